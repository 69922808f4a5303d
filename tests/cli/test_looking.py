"""The commands that look: plan, status, show, history, the catalogue. They change nothing."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from decnet_core.domain.decky import DeployType
from decnet_core.domain.operation import EventKind, FleetEvent, Operation, OperationKind, OperationStatus
from decnet_core.domain.plan import Plan
from tests.cli.conftest import SEED, MemoryWorld, Terminal

FILE = (
    "fleet: office\nnetwork: {driver: bridge, subnet: 10.77.0.0/24}\ndeckies: [{name: web, archetype: linux-server}]\n"
)
EVIL = "\x1b]0;owned\x07\x1b[2J\u202etxt.exe\x9b31m\n"


def operation(number: int) -> Operation:
    return Operation(
        id=f"{number:x}bcdef0123456789",
        kind=OperationKind.DEPLOY,
        fleet="office",
        host_uuid="host-1",
        who="root",
        deploy_type=DeployType.CLI,
        request={},
        plan=Plan(fleet="office", host_uuid="host-1", revision="abc123", keeps=("a",)),
        base_revision="abc123",
        started_at=datetime(2026, 11, 23, 8, 30, number, tzinfo=UTC),
    )


def test_given_a_new_fleet_when_planned_then_its_steps_are_printed_and_no_flow_is_started(
    decnet: Terminal, world: MemoryWorld
):
    done = decnet.run("plan", "-", typed=FILE)

    assert done.exit_code == 0, done.output
    assert "+ create network  decnet-office" in done.stdout
    assert "+ create          web            10.77.0.2" in done.stdout
    assert (world.flows, world.engine.touched) == ([], [])


def test_given_steps_when_planned_with_exit_code_then_it_is_ten(decnet: Terminal):
    assert decnet.run("plan", "-", "--exit-code", typed=FILE).exit_code == 10


def test_given_no_steps_when_planned_with_exit_code_then_it_is_zero(decnet: Terminal, world: MemoryWorld):
    world.add("nas")

    done = decnet.run("plan", "-", "--exit-code", typed="{fleet: office, deckies: [{name: nas}]}")

    assert done.exit_code == 0
    assert "= keep            nas" in done.stdout


def test_given_json_when_planned_then_it_is_the_plan(decnet: Terminal):
    plan = Plan.model_validate_json(decnet.run("plan", "-", "--json", typed=FILE).stdout)

    assert [step.subject for step in plan.steps] == ["decnet-office", "web"]


def test_given_a_silent_engine_when_planned_then_the_doctor_is_recommended(decnet: Terminal, world: MemoryWorld):
    world.engine.silent = True

    done = decnet.run("plan", "-", typed=FILE)

    assert done.exit_code == 5
    assert "`decnet doctor`" in done.stderr


def test_given_a_fleet_when_its_status_is_asked_as_json_then_scripts_find_everything(
    decnet: Terminal, world: MemoryWorld
):
    world.add("nas", 5, archetype="file-server", protected=True)
    world.add("web", 6)
    world.engine.stop("web")
    world.holding = "operation 0123, pid 7, since now"

    document = json.loads(decnet.run("status", "--json").stdout)

    assert document["fleet"] == "office"
    assert document["network"]["subnet"] == "10.77.0.0/24"
    assert document["revision"] == world.engine_revision("office")
    assert document["operation"] == "operation 0123, pid 7, since now"
    assert [(decky["name"], decky["state"]) for decky in document["deckies"]] == [
        ("nas", "running"),
        ("web", "stopped"),
    ]
    assert document["deckies"][0] | {"reason": "", "last_seen": None} == {
        "name": "nas",
        "ip": "10.77.0.5",
        "mac": "00:11:32:00:00:05",
        "hostname": "NAS",
        "state": "running",
        "reason": "",
        "services": ["http", "ssh"],
        "archetype": "file-server",
        "distro": "debian",
        "nmap_os": "linux",
        "generation": 1,
        "deploy_type": "cli",
        "protected": True,
        "container_id": "c-nas",
        "container": "office-nas",
        "last_seen": None,
    }
    assert {"kind": "stopped", "subject": "web", "detail": "exited"} in document["drift"]


def test_given_a_fleet_when_its_status_is_printed_then_each_decky_has_a_row(decnet: Terminal, world: MemoryWorld):
    world.add("nas", 5, protected=True)
    world.add("web", 6)
    world.engine.stop("web")
    world.holding = "operation 0123"

    shown = decnet.run("status").stdout

    assert "1 of 2 running" in shown
    assert "00:11:32:00:00:05  Synology" in shown
    assert "drift  3 difference(s)" in shown
    assert "operation 0123" in shown


@pytest.mark.parametrize("width", [80, 120])
def test_given_any_width_when_status_is_printed_then_no_line_is_longer(
    decnet: Terminal, world: MemoryWorld, width: int
):
    for number in range(5, 9):
        world.add(f"decky-with-a-name-{number}", number, services=["ssh", "http", "ftp", "telnet"])

    lines = decnet.run("status", width=width).stdout.splitlines()

    assert max(map(len, lines)) <= width


def test_given_no_fleet_when_its_status_is_asked_then_it_says_how_to_begin(decnet: Terminal):
    done = decnet.run("status")

    assert done.exit_code == 0
    assert "decnet deploy --help" in done.stdout


def test_given_several_fleets_when_none_is_named_then_it_asks_which(decnet: Terminal, tmp_path: Path):
    decnet.settings = decnet.settings.model_copy()
    decnet.settings.__pydantic_fields_set__.discard("fleet")
    for name in ("lab", "plant"):
        (tmp_path / "state" / "fleets" / name).mkdir(parents=True)

    done = decnet.run("status")

    assert done.exit_code == 2
    assert "several fleets live here: lab, plant" in done.stderr


def test_given_watch_and_json_when_asked_then_it_is_refused(decnet: Terminal):
    assert decnet.run("status", "--watch", "--json").exit_code == 2


def test_given_a_decky_when_shown_as_json_then_everything_is_there_but_its_seed(decnet: Terminal, world: MemoryWorld):
    world.add("nas", service_config={"ssh": {"users": {"admin": "a%#"}}})
    world.engine.lines = ['{"event":"auth.attempt","service":"ssh","src_ip":"10.0.0.9","data":{"password":"x"}}']

    done = decnet.run("show", "nas", "--json")

    document = json.loads(done.stdout)
    assert SEED not in done.stdout
    assert document["config"]["service_config"] == {"ssh": {"users": {"admin": "a%#"}}}
    assert document["labels"]["com.decnet.name"] == "nas"
    assert document["interactions"][0]["event"] == "auth.attempt"


def test_given_an_intruders_escape_sequences_when_shown_then_they_are_visible_and_harmless(
    decnet: Terminal, world: MemoryWorld
):
    world.add("nas")
    event = {"event": "auth.attempt", "service": EVIL, "src_ip": EVIL, "data": {"username": EVIL, EVIL: [EVIL]}}
    world.engine.lines = [json.dumps(event, ensure_ascii=False), EVIL, "[1]", "null"]

    done = decnet.run("show", "nas", width=200)

    assert done.exit_code == 0, done.output
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(done.stdout)
    assert "\\x1b]0;owned\\x07" in done.stdout


def test_given_an_intruders_escape_sequences_when_shown_as_json_then_they_are_escaped(
    decnet: Terminal, world: MemoryWorld
):
    world.add("nas")
    world.engine.lines = [json.dumps({"event": "data", "data": {"x": EVIL}}, ensure_ascii=False)]

    done = decnet.run("show", "nas", "--json")

    assert done.stdout.isascii()
    assert "\x1b" not in done.stdout
    assert json.loads(done.stdout)["interactions"][0]["data"]["x"] == EVIL


def test_given_events_when_a_decky_is_shown_then_its_history_is_there(decnet: Terminal, world: MemoryWorld):
    config = world.add("nas")
    world.mirror.begin(operation(1))
    event = FleetEvent(
        at=datetime(2026, 11, 23, tzinfo=UTC), fleet="office", host_uuid=world.engine.host_uuid, decky=config.name,
        kind=EventKind.CREATED, detail="10.77.0.5", operation=operation(1).id,
    )  # fmt: skip
    world.mirror.finish(
        operation(1).id, status=OperationStatus.SUCCEEDED, rows=[], retired=[], events=[event], network=None,
        stages={}, error=None, ended_at=datetime(2026, 11, 23, tzinfo=UTC),
    )  # fmt: skip

    assert "created" in decnet.run("show", "nas").stdout


def test_given_an_unknown_decky_when_shown_then_a_near_one_is_named(decnet: Terminal, world: MemoryWorld):
    world.add("web-01")

    done = decnet.run("show", "web-1")

    assert done.exit_code == 2
    assert "did you mean 'web-01'?" in done.stderr


def test_given_operations_when_history_is_asked_then_the_newest_is_first(decnet: Terminal, world: MemoryWorld):
    for number in (1, 2):
        world.mirror.begin(operation(number))

    shown = decnet.run("history").stdout
    documents = json.loads(decnet.run("history", "--json").stdout)

    assert shown.index("2bcdef01") < shown.index("1bcdef01")
    assert [document["id"][0] for document in documents] == ["2", "1"]


def test_given_the_beginning_of_an_id_when_history_is_asked_then_that_operation_is_shown(
    decnet: Terminal, world: MemoryWorld
):
    world.mirror.begin(operation(1))

    assert json.loads(decnet.run("history", "1b", "--json").stdout)["id"] == operation(1).id
    assert "revision abc123" in decnet.run("history", "1b").stdout


def test_given_an_unknown_id_when_history_is_asked_then_it_is_refused(decnet: Terminal):
    assert decnet.run("history", "beef").exit_code == 2


@pytest.mark.parametrize("command", ["archetypes", "services", "distros"])
def test_the_catalogue_is_listed_for_people_and_for_scripts(decnet: Terminal, command: str):
    rows = json.loads(decnet.run(command, "--json").stdout)
    shown = decnet.run(command).stdout

    assert rows
    assert all(row[command.removesuffix("s")] in shown for row in rows)


def test_given_a_service_when_listed_then_its_options_are_explained(decnet: Terminal):
    assert "users" in decnet.run("services", "ssh").stdout
    assert "properties" in json.loads(decnet.run("services", "ssh", "--json").stdout)["options"]


def test_given_an_unknown_service_when_listed_then_the_known_ones_are_named(decnet: Terminal):
    done = decnet.run("services", "shh")

    assert done.exit_code == 2
    assert "ssh" in done.stderr


def test_the_schema_and_the_version_are_printed(decnet: Terminal):
    assert json.loads(decnet.run("schema").stdout)["title"] == "DECNET fleet file"
    assert json.loads(decnet.run("version", "--json").stdout)["image"].startswith("decnet/decky:")
    assert decnet.run("version").stdout.startswith("decnet ")
