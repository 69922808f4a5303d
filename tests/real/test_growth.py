"""Five running, one more: nobody of the five notices, whatever becomes of the sixth."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from decnet_core.domain.operation import OperationStatus
from tests.real.conftest import MakeWorld
from tests.real.engine import DECKY, Identity
from tests.real.sessions import Session
from tests.real.world import Request, World, telnet

pytestmark = [pytest.mark.docker, pytest.mark.lan, pytest.mark.prefect, pytest.mark.clients]

_FIVE = ("one", "two", "three", "four", "five")
_PASSWORD = "50% of #$HOME & 'quotes\""


@dataclass
class Office:
    """Five deckies, and an intruder who is connected to two of them."""

    world: World
    shell: Session
    line: Session
    before: dict[str, Identity]

    def is_as_it_was(self) -> bool:
        """Whether nobody of the five was touched and nobody was cut off."""
        self.line.say("NOOP\r")
        self.line.hear("200 ")
        return self.world.identities(*_FIVE) == self.before and self.shell.still_answers() and self.line.is_open


@pytest.fixture(scope="module")
def office(make_world: MakeWorld, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with make_world() as world:
        ssh = {"users": {"root": _PASSWORD}}
        one = telnet("one", services=["ssh", "telnet"], service_config={"ssh": ssh}, ip=world.ip(11))
        two = telnet("two", services=["ftp"], service_config={"ftp": {"anonymous": True}}, ip=world.ip(12))
        world.deployed(one, two, *map(telnet, _FIVE[2:]), env={"DECNET_SETTLE": "0.5"})
        scratch = tmp_path_factory.mktemp("askpass")
        with (
            Session.ssh(world.lan, world.ip(11), "root", _PASSWORD, scratch) as shell,
            Session.tcp(world.lan, world.ip(12), 21) as line,
        ):
            for said, answer in (("USER anonymous", "331 "), ("PASS a@b", "230 ")):
                line.say(f"{said}\r")
                line.hear(answer)
            assert shell.still_answers()
            yield Office(world, shell, line, world.identities(*_FIVE))


def test_given_five_running_when_one_is_added_then_nobody_of_the_five_is_touched(office: Office):
    result = office.world.deployed(telnet("six"))

    assert str(result.plan) == "create six: not found\nkeep five\nkeep four\nkeep one\nkeep three\nkeep two"
    assert office.is_as_it_was()
    office.world.check(*_FIVE, "six")


def test_given_six_running_when_the_sixth_is_torn_down_then_nobody_of_the_five_is_touched(office: Office):
    office.world.deployed(telnet("six"))

    result = office.world.teardown("six").succeeded()

    assert str(result.plan.steps[0]) == "remove six: torn down"
    assert office.is_as_it_was()
    office.world.check(*_FIVE)


def test_given_six_running_when_the_sixth_gets_another_face_then_it_keeps_its_address_and_mac(office: Office):
    office.world.deployed(telnet("six"))
    was = office.world.identity("six")

    result = office.world.deployed(telnet("six", services=["http"]), update=True)

    now = office.world.identity("six")
    assert [str(step) for step in result.plan.steps] == [
        "recreate six: configuration changed (services telnet -> http)"
    ]
    assert (now.ip, now.mac) == (was.ip, was.mac)
    assert now.container_id != was.container_id
    assert office.is_as_it_was()
    office.world.teardown("six").succeeded()


def test_given_the_fleet_submitted_again_when_deployed_then_there_is_nothing_to_do(office: Office):
    result = office.world.deployed(*map(telnet, _FIVE[2:]))

    assert result.plan.is_empty
    assert office.is_as_it_was()


Spoil = Callable[[World, str], Request]


def _no_command(world: World, tag: str) -> Request:
    world.engine.add_empty_image(tag)
    return telnet("six", base_image=tag)


def _no_such_program(world: World, tag: str) -> Request:
    world.engine.add_image(tag, ["/no/such/program"])
    return telnet("six", base_image=tag)


def _dies_at_once(world: World, tag: str) -> Request:
    world.engine.add_image(tag, ["python3", "-c", "raise SystemExit('spoilt on purpose')"])
    return telnet("six", base_image=tag)


def _never_listens(world: World, tag: str) -> Request:
    world.engine.add_image(tag, ["python3", "-c", "import signal; signal.pause()"])
    return telnet("six", base_image=tag)


@pytest.mark.parametrize(
    ("spoil", "kind", "words"),
    [
        pytest.param(_no_command, "StepFailedError", "no command specified", marks=pytest.mark.slow),
        (_no_such_program, "StepFailedError", "/no/such/program"),
        (_dies_at_once, "NotServingError", "spoilt on purpose"),
        pytest.param(_never_listens, "NotServingError", "23/tcp does not listen", marks=pytest.mark.slow),
    ],
)
def test_given_five_running_when_the_sixth_fails_then_it_leaves_nothing_and_can_be_submitted_again_at_once(
    office: Office, spoil: Spoil, kind: str, words: str
):
    world, tag = office.world, f"decnet-test-{office.world.name}:{spoil.__name__.strip('_')}"
    try:
        failed = world.deploy(spoil(world, tag), env={"DECNET_SERVE_WAIT": "3"})

        assert words in failed.refused(kind)
        assert failed.result.status is OperationStatus.REVERTED
        assert [(one.name, one.state) for one in failed.result.deckies] == [("six", "failed")]
        assert office.is_as_it_was()
        world.check(*_FIVE)

        world.deployed(telnet("six"))
        assert office.is_as_it_was()
        world.check(*_FIVE, "six")
    finally:
        world.teardown("six")
        world.engine.remove_image(tag)


def test_given_six_running_when_its_change_fails_then_its_old_face_is_back_and_serves(office: Office):
    world, tag = office.world, f"decnet-test-{office.world.name}:change"
    world.deployed(telnet("six"))
    face = world.identity("six")
    try:
        failed = world.deploy(_dies_at_once(world, tag), update=True, env={"DECNET_SERVE_WAIT": "3"})

        assert "spoilt on purpose" in failed.refused("NotServingError")
        assert failed.result.status is OperationStatus.REVERTED
        now = world.identity("six")
        assert (now.ip, now.mac) == (face.ip, face.mac)
        assert office.is_as_it_was()
        world.check(*_FIVE, "six")
    finally:
        world.teardown("six")
        world.engine.remove_image(tag)


def test_given_the_address_is_taken_between_plan_and_apply_when_applied_then_the_failure_is_taken_back(office: Office):
    world = office.world
    run = world.start_deploy(telnet("six", ip=world.ip(60)), telnet("seven"))
    run.until_stage("plan")
    run.freeze()
    world.engine.add_foreign(f"{world.name}-squatter", world.name, network=f"decnet-{world.name}", ip=world.ip(60))
    run.thaw()
    run.wait()

    assert "Address already in use" in run.refused("StepFailedError")
    assert office.is_as_it_was()
    world.check(*_FIVE)
    world.engine.remove(f"{world.name}-squatter")
    world.deployed(telnet("six", ip=world.ip(60)), telnet("seven"))
    world.check(*_FIVE, "six", "seven")
    world.teardown("six", "seven").succeeded()


def test_given_keep_was_asked_for_when_the_sixth_fails_then_it_stays_for_inspection_and_stands_in_nobodys_way(
    office: Office,
):
    world, tag = office.world, f"decnet-test-{office.world.name}:kept"
    try:
        failed = world.deploy(_dies_at_once(world, tag), on_failure="keep", env={"DECNET_SERVE_WAIT": "3"})

        assert failed.result.status is OperationStatus.FAILED
        assert "six" in world.containers()
        assert {row.name: row.state for row in world.memory().recorded}["six"] == "failed"
        assert office.is_as_it_was()
        world.deployed(telnet("seven"))
        assert "seven" in world.running()
        world.deployed(telnet("six", base_image=DECKY), update=True)
        world.check(*_FIVE, "seven", "six")
        assert office.is_as_it_was()
    finally:
        world.teardown("six", "seven")
        world.engine.remove_image(tag)


def test_given_a_dry_run_when_deployed_then_nothing_is_written(office: Office):
    world = office.world
    files = _files(world.state)

    run = world.start_submission(world.submission(telnet("six")), dry_run=True).wait()

    assert run.succeeded().dry_run
    assert str(run.result.plan).startswith("create six: not found")
    assert _files(world.state) == files
    assert office.is_as_it_was()


def _files(state: Path) -> dict[str, int]:
    fleets = state / "fleets"
    return {str(path): path.stat().st_mtime_ns for path in sorted(fleets.rglob("*")) if path.is_file()}
