"""Mirror and state directory lost: labels on the containers tell everything again, and nothing is touched."""

import shutil
from collections.abc import Callable, Iterator

import pytest

from tests.real.conftest import MakeWorld
from tests.real.world import Request, World, telnet

pytestmark = [pytest.mark.docker, pytest.mark.lan, pytest.mark.prefect]


@pytest.fixture(scope="module")
def peopled(make_world: MakeWorld) -> Iterator[World]:
    with make_world() as world:
        secret = {"telnet": {"users": {"root": "a$b%c#d'e\"f"}}}
        world.deployed(telnet("plain"), telnet("kept", protected=True), telnet("rich", service_config=secret))
        yield world


def _lose_mirror(world: World) -> None:
    for file in world.state.glob("decnet.db*"):
        file.unlink()


def _lose_files(world: World) -> None:
    shutil.rmtree(world.state / "fleets")


def _lose_both(world: World) -> None:
    shutil.rmtree(world.state)


Lose = Callable[[World], None]


@pytest.mark.parametrize(
    ("lose", "more"),
    [
        (_lose_mirror, [telnet("new")]),
        (_lose_files, [telnet("new")]),
        (_lose_both, []),
        (_lose_both, [telnet("new")]),
        pytest.param(_lose_mirror, [], marks=pytest.mark.slow),
        pytest.param(_lose_files, [], marks=pytest.mark.slow),
    ],
)
def test_given_a_lost_store_when_deployed_then_all_is_rebuilt_from_labels_and_nothing_is_touched(
    peopled: World, lose: Lose, more: list[Request]
):
    before = peopled.identities("plain", "kept", "rich")
    configs = {row.name: row.config for row in peopled.memory().recorded if row.name in before}
    lose(peopled)

    result = peopled.deployed(*more)

    assert {step.subject for step in result.plan.steps} <= {"new"}
    assert peopled.identities(*before) == before
    peopled.check(*before, *(["new"] if "new" in peopled.containers() else []))
    assert {row.name: row.config for row in peopled.memory().recorded if row.name in before} == configs


def test_given_a_lost_mirror_when_torn_down_then_only_what_was_named_goes(peopled: World):
    before = peopled.identities("plain", "kept", "rich")
    peopled.deployed(telnet("leaves"))
    _lose_both(peopled)

    peopled.teardown("leaves").succeeded()

    assert peopled.identities(*before) == before
    peopled.check(*peopled.containers())
