"""`decnet deploy`: what the flow is told, what is asked, what is printed, how it ends."""

import json
from pathlib import Path

import pytest

from decnet_core.domain.snapshot import DeckyState
from tests.cli.conftest import MemoryWorld, Terminal
from tests.cli.fake_child import failure, outcome, result, success

OFFICE = """\
fleet: office
network: {driver: bridge, subnet: 10.77.0.0/24}
deckies:
  - {name: web, count: 2, archetype: linux-server}
"""


@pytest.fixture
def office(tmp_path: Path) -> str:
    path = tmp_path / "office.yaml"
    path.write_text(OFFICE)
    return str(path)


def test_given_a_file_when_deployed_then_the_flow_is_told_all_of_it(decnet: Terminal, world: MemoryWorld, office: str):
    world.script = success()

    done = decnet.run("deploy", office, "--replace", "--update", "--allow-removals", "3", "--on-failure", "keep")

    assert done.exit_code == 0, done.output
    assert world.flows == ["deploy-fleet"]
    assert world.told["submission"]["deckies"][0]["name"] == "web"
    assert world.told["options"] == {
        "replace": True,
        "update": True,
        "on_failure": "keep",
        "allow_removals": 3,
        "empty": False,
        "force": False,
        "expected_revision": None,
    }
    assert (world.told["dry_run"], world.told["deploy_type"]) == (False, "cli")


def test_given_standard_input_when_deployed_then_it_is_the_file(decnet: Terminal, world: MemoryWorld):
    world.script = success()

    decnet.run("deploy", "-", typed=OFFICE)

    assert world.told["submission"]["fleet"] == "office"


def test_given_options_when_deployed_then_they_are_a_submission(decnet: Terminal, world: MemoryWorld):
    world.script = success()

    decnet.run("deploy", "--name", "nas", "--services", "ssh, http", "--ip", "10.77.0.9", "--subnet", "10.77.0.0/24")

    submission = world.told["submission"]
    assert submission["fleet"] == "office"
    assert submission["network"]["subnet"] == "10.77.0.0/24"
    assert submission["deckies"][0]["services"] == ["http", "ssh"]


def test_given_a_bad_option_when_deployed_then_the_option_is_named(decnet: Terminal):
    done = decnet.run("deploy", "--name", "Nas_1", "--ip", "10.0.0.300")

    assert done.exit_code == 2
    assert "--name: deckies[0] (Nas_1) name: 'Nas_1' is not a name" in done.stderr
    assert "--ip: deckies[0] (Nas_1) ip: '10.0.0.300' is not an IPv4 address" in done.stderr


def test_given_a_file_and_options_when_deployed_then_it_is_refused(decnet: Terminal, office: str):
    done = decnet.run("deploy", office, "--name", "x", "--ip", "10.0.0.1")

    assert done.exit_code == 2
    assert "--name, --ip: cannot be said beside a file" in done.stderr


def test_given_neither_file_nor_name_when_deployed_then_it_is_refused(decnet: Terminal):
    assert decnet.run("deploy").exit_code == 2


def test_given_a_file_without_a_fleet_when_deployed_then_the_settings_fleet_is_meant(
    decnet: Terminal, world: MemoryWorld
):
    world.script = success()

    decnet.run("deploy", "-", typed="deckies: [{name: a, services: [ssh]}]")

    assert world.told["submission"]["fleet"] == "office"


def test_given_a_bad_file_when_deployed_then_no_flow_is_started(decnet: Terminal, world: MemoryWorld):
    done = decnet.run("deploy", "-", typed="deckies:\n  - {name: a, servics: [ssh]}")

    assert (done.exit_code, world.flows) == (2, [])
    assert "<stdin>:2:15: unknown key 'servics' (did you mean 'services'?)" in done.stderr
    assert done.stderr.rstrip().splitlines()[-1].strip().startswith("→ ")


def test_given_a_good_run_when_printed_then_deckies_seconds_and_stages_are_there(
    decnet: Terminal, world: MemoryWorld, office: str
):
    world.script = success(outcome("web-01"), outcome("web-02", action=None), warnings=("the LAN was not asked",))

    done = decnet.run("deploy", office)

    assert "web-01" in done.stdout
    assert "Synology" in done.stdout
    assert "! the LAN was not asked" in done.stdout
    assert "fleet office succeeded" in done.stdout
    assert "snapshot 0.02 · apply 1.50" in done.stdout
    assert "snapshot: done in 0.02 s" in done.stderr


def test_given_json_when_deployed_then_standard_output_is_the_result_and_nothing_else(
    decnet: Terminal, world: MemoryWorld, office: str
):
    world.script = success(outcome("web-01"))

    done = decnet.run("deploy", office, "--json")

    assert json.loads(done.stdout) == result(outcome("web-01")).model_dump(mode="json")
    assert done.stderr == ""


def test_given_many_untouched_deckies_when_printed_then_they_are_counted(
    decnet: Terminal, world: MemoryWorld, office: str
):
    quiet = [outcome(f"old-{number:02}", action=None, named=False) for number in range(40)]
    world.script = success(*quiet, outcome("web-01"), outcome("sick", action=None, state=DeckyState.FAILED, reason="x"))

    done = decnet.run("deploy", office)

    assert "and 40 deckies that were not touched and are running" in done.stdout
    assert "old-07" not in done.stdout
    assert "sick" in done.stdout


EXITS = {
    "InvalidSubmissionError": 2,
    "CollisionError": 3,
    "RemovalRefusedError": 3,
    "StalePlanError": 4,
    "LockedError": 4,
    "HostSilentError": 5,
    "ImageMissingError": 5,
    "StepFailedError": 5,
    "StoreUnavailableError": 6,
    "ExportFailedError": 6,
    "EngineStartError": 1,
}


@pytest.mark.parametrize(("kind", "code"), EXITS.items(), ids=EXITS)
def test_given_a_failed_run_when_it_ends_then_its_kind_is_the_exit_code(
    decnet: Terminal, world: MemoryWorld, office: str, kind: str, code: int
):
    world.script = failure(kind, "ip 10.0.0.5: taken")

    done = decnet.run("deploy", office)

    assert done.exit_code == code
    assert "    ip 10.0.0.5: taken" in done.stderr.splitlines()
    assert "Traceback" not in done.stderr


def test_given_a_failed_run_when_json_is_wanted_then_the_error_is_the_document(
    decnet: Terminal, world: MemoryWorld, office: str
):
    taken_back = result(outcome("web-01", state=DeckyState.FAILED, reason="port 22 taken"), status="reverted")
    world.script = failure("StepFailedError", "web-01: port 22 taken", result=taken_back.model_dump(mode="json"))

    done = decnet.run("deploy", office, "--json")

    document = json.loads(done.stdout)
    assert document["error"]["kind"] == "StepFailedError"
    assert document["error"]["causes"] == ["web-01: port 22 taken"]
    assert document["result"]["status"] == "reverted"
    assert done.stderr == ""


def test_given_a_failed_run_when_printed_then_the_outcome_of_each_decky_is_there(
    decnet: Terminal, world: MemoryWorld, office: str
):
    taken_back = result(outcome("web-01", state=DeckyState.FAILED, reason="port 22 taken"), status="reverted")
    world.script = failure("StepFailedError", "web-01: port 22 taken", result=taken_back.model_dump(mode="json"))

    done = decnet.run("deploy", office)

    assert "port 22 taken" in done.stdout
    assert "✗ fleet office reverted" in done.stdout


def test_given_a_cancelled_run_when_it_ends_then_the_exit_code_is_130(
    decnet: Terminal, world: MemoryWorld, office: str
):
    world.script = [*failure("Cancelled"), {"do": "exit", "status": 130}]

    done = decnet.run("deploy", office)

    assert done.exit_code == 130
    assert "`decnet status` shows what is left" in done.stderr


def test_given_a_killed_flow_when_deployed_then_the_way_on_is_said_last(
    decnet: Terminal, world: MemoryWorld, office: str
):
    world.script = [{"do": "read"}, {"do": "say", "text": "Killed"}, {"do": "kill"}]

    done = decnet.run("deploy", office)

    assert done.exit_code == 1
    assert "was killed by SIGKILL" in done.stderr
    assert "run the command again" in done.stderr.splitlines()[-1]


def test_given_a_terminal_when_the_plan_is_confirmed_then_the_flow_is_bound_to_its_revision(
    decnet: Terminal, world: MemoryWorld, office: str
):
    world.script = success()

    done = decnet.run("deploy", office, ask=True, typed="y\n")

    assert done.exit_code == 0, done.output
    assert "+ create          web-01" in done.stderr
    assert world.told["options"]["expected_revision"] == world.engine_revision("office")


def test_given_many_new_deckies_when_the_plan_is_shown_then_its_beginning_is(decnet: Terminal, world: MemoryWorld):
    world.add("nas", 5)
    world.script = success()

    done = decnet.run("deploy", "--name", "web", "--count", "60", "--services", "ssh", ask=True, typed="y\n")

    assert "web-40" in done.stderr
    assert "web-41" not in done.stderr
    assert "and 20 more" in done.stderr


def test_given_a_terminal_when_the_plan_is_not_confirmed_then_the_flow_is_told_nothing(
    decnet: Terminal, world: MemoryWorld, office: str
):
    world.script = success()[1:]

    done = decnet.run("deploy", office, ask=True, typed="n\n")

    assert done.exit_code == 130
    assert "nothing was changed" in done.stderr
    assert world.wait_told() == {}


def test_given_a_terminal_when_the_submission_collides_then_nobody_is_asked(
    decnet: Terminal, world: MemoryWorld, office: str
):
    world.add("nas", 9)
    world.script = success()

    done = decnet.run("deploy", "--name", "x", "--services", "ssh", "--ip", "10.77.0.9", ask=True)

    assert done.exit_code == 3
    assert "ip 10.77.0.9: wanted by" in done.stderr
    assert "Go ahead?" not in done.stderr


def test_given_a_terminal_when_nothing_is_to_do_then_nobody_is_asked(decnet: Terminal, world: MemoryWorld):
    world.add("nas", 9)
    world.script = success()

    done = decnet.run("deploy", "--name", "nas", ask=True)

    assert done.exit_code == 0
    assert "Go ahead?" not in done.stderr


def test_given_yes_when_the_engine_is_silent_then_the_flow_decides(decnet: Terminal, world: MemoryWorld, office: str):
    world.engine.silent = True
    world.script = success()

    assert decnet.run("deploy", office, "--yes", ask=True).exit_code == 0
    assert world.told


def test_given_a_dry_run_when_deployed_then_nobody_is_asked(decnet: Terminal, world: MemoryWorld, office: str):
    world.script = success(dry_run=True)

    done = decnet.run("deploy", office, "--dry-run", ask=True)

    assert world.told["dry_run"] is True
    assert "dry run, nothing was changed" in done.stdout
