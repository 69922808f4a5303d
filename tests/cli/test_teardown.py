"""`decnet teardown`: what the flow is told, what is asked, what is refused."""

import pytest

from decnet_core.domain.plan import Action
from tests.cli.conftest import MemoryWorld, Terminal
from tests.cli.fake_child import outcome, success


def test_given_names_when_torn_down_then_the_flow_is_told_them(decnet: Terminal, world: MemoryWorld):
    world.script = success(outcome("a", action=Action.REMOVE))

    done = decnet.run("teardown", "b", "a", "b", "--force", "--yes")

    assert done.exit_code == 0, done.output
    assert world.flows == ["teardown-fleet"]
    assert (world.told["names"], world.told["all"], world.told["fleet"]) == (["a", "b"], False, "office")
    assert world.told["options"] == {"force": True, "on_failure": "revert"}


def test_given_all_when_torn_down_then_the_flow_is_told_so(decnet: Terminal, world: MemoryWorld):
    world.script = success()

    decnet.run("teardown", "--all", "--yes")

    assert (world.told["names"], world.told["all"]) == ([], True)


TEARDOWNS = {
    "nobody": (["--yes"], "nobody was named"),
    "both": (["a", "--all", "--yes"], "names everybody"),
    "no terminal": (["a"], "there is no terminal to ask at"),
}


@pytest.mark.parametrize(("arguments", "fault"), TEARDOWNS.values(), ids=TEARDOWNS)
def test_given_an_unclear_teardown_when_asked_for_then_no_flow_is_started(
    decnet: Terminal, world: MemoryWorld, arguments: list[str], fault: str
):
    done = decnet.run("teardown", *arguments)

    assert (done.exit_code, world.flows) == (2, [])
    assert fault in done.stderr


def test_given_a_terminal_when_torn_down_then_the_plan_is_confirmed(decnet: Terminal, world: MemoryWorld):
    world.add("a", 5)
    world.add("b", 6)
    world.script = success()

    done = decnet.run("teardown", "a", ask=True, typed="y\n")

    assert done.exit_code == 0, done.output
    assert "- remove          a" in done.stderr
    assert "= keep            b" in done.stderr
    assert world.told["options"]["expected_revision"] == world.engine_revision("office")
