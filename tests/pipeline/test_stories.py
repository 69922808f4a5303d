"""The two stories from end to end: what is made, taken back, recorded, refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from decnet_core.adapters.memory_host import MemoryHost
from decnet_core.domain.errors import (
    InvalidSubmissionError,
    NotServingError,
    OperationFailedError,
    RemovalRefusedError,
    StepFailedError,
)
from decnet_core.domain.operation import OperationStatus
from decnet_core.domain.plan import Action
from decnet_core.domain.snapshot import DeckyState
from decnet_core.domain.submission import DeployOptions, OnFailure
from decnet_core.store.mirror import Mirror
from tests.builders import FLEET, HOST, network, request, submission
from tests.pipeline.plain import Office

UPDATE = DeployOptions(update=True)
KEEP = DeployOptions(on_failure=OnFailure.KEEP)
STAGES = ["snapshot", "validate", "merge", "plan", "record intent", "write compose", "apply", "verify", "mirror"]
MACVLAN = {"driver": "macvlan", "interface": "eth0", "subnet": "10.77.0.0/16"}


def _fails(act: Any) -> OperationFailedError:
    with pytest.raises(OperationFailedError) as failed:
        act()
    return failed.value


def _rows(office: Office) -> dict[str, tuple[DeckyState, str]]:
    return {row.name: (row.state, row.reason) for row in office.look().memory.recorded}


def test_given_nothing_when_deployed_then_network_and_deckies_are_there_and_all_is_recorded(
    tmp_path: Path, mirror: Mirror
):
    office = Office(MemoryHost(), tmp_path, mirror)

    result = office.deploy(submission("a", "b", network=MACVLAN))

    assert str(result.plan) == "create network decnet-office: not found\ncreate a: not found\ncreate b: not found"
    assert [(one.name, one.state, one.action) for one in result.deckies] == [
        ("a", DeckyState.RUNNING, Action.CREATE),
        ("b", DeckyState.RUNNING, Action.CREATE),
    ]
    assert (result.status, list(result.stages), result.warnings) == (OperationStatus.SUCCEEDED, STAGES, ())
    assert office.look().drift == ()
    assert mirror.remember(FLEET, HOST).network == network()
    (operation,) = mirror.history(FLEET)
    assert (operation.status, operation.who, operation.error) == (OperationStatus.SUCCEEDED, "tester", None)
    assert {(event.decky, event.kind) for event in mirror.events(FLEET)} == {("a", "created"), ("b", "created")}


def test_given_a_fleet_when_one_is_added_then_only_it_is_touched_and_the_files_hold_everyone(
    host: MemoryHost, office: Office
):
    office.deploy(submission("a", "b"))
    host.touched.clear()

    result = office.deploy(submission("c"))

    made = next(one for one in host.containers.values() if one.spec.name == "c")
    assert (set(host.touched), result.plan.keeps) == ({made.id}, ("a", "b"))
    directory = office.settings.fleet_dir(FLEET)
    compose = (directory / "compose.yaml").read_text()
    assert json.loads(compose.partition("\n")[2])["services"].keys() == {"a", "b", "c"}
    exported = json.loads((directory / "decnet-state.json").read_text())
    assert {one["name"] for one in exported["config"]["deckies"]} == {"a", "b", "c"}


def test_given_a_dry_run_when_told_then_nothing_at_all_is_written(host: MemoryHost, office: Office, mirror: Mirror):
    office.deploy(submission("a"))
    files = sorted(office.settings.state_dir.rglob("*"))
    host.touched.clear()

    grown = office.deploy(submission("b"), dry_run=True)
    shrunk = office.teardown("a", dry_run=True)

    assert (str(grown.plan), str(shrunk.plan)) == ("create b: not found\nkeep a", "remove a: torn down")
    assert (grown.operation, grown.dry_run, grown.deckies) == (None, True, ())
    assert (host.touched, len(mirror.history(FLEET))) == ([], 1)
    assert sorted(office.settings.state_dir.rglob("*")) == files


def test_given_one_that_does_not_start_when_deployed_then_all_of_this_operation_is_taken_back(
    host: MemoryHost, office: Office, mirror: Mirror
):
    office.deploy(submission("a"))
    before, host.refuses = dict(host.containers), {"c": "no such device"}

    failed = _fails(lambda: office.deploy(submission("b", "c")))

    assert isinstance(failed.reason, StepFailedError)
    assert failed.reason.failures == {"c": "no such device"}
    assert host.containers == before
    assert _rows(office) == {"a": (DeckyState.RUNNING, "")}
    told = {one.name: (one.state, one.reason) for one in failed.result.deckies}
    assert told["b"] == (DeckyState.STOPPED, "taken back")
    assert "no such device" in told["c"][1]
    assert mirror.history(FLEET)[0].status is OperationStatus.REVERTED

    host.refuses = {}
    assert office.deploy(submission("b", "c")).status is OperationStatus.SUCCEEDED


def test_given_a_change_that_fails_when_deployed_then_the_old_face_serves_again(host: MemoryHost, office: Office):
    office.deploy(submission("a", "b"))
    old = office.look().observed["a"].spec
    host.refuses = {"telnet": "exec format error"}

    _fails(lambda: office.deploy(submission(request("a", services=["telnet"])), UPDATE))

    after = office.look()
    assert (after.observed["a"].spec, after.observed["a"].running) == (old, True)
    assert after.drift == ()


def test_given_one_that_does_not_start_when_it_shall_be_kept_then_it_stays_to_be_looked_at(
    host: MemoryHost, office: Office, mirror: Mirror
):
    host.refuses = {"b": "no such device"}

    failed = _fails(lambda: office.deploy(submission("a", "b"), KEEP))

    assert failed.result.status is OperationStatus.FAILED
    assert len(host.containers) == 2
    assert _rows(office) == {"a": (DeckyState.RUNNING, ""), "b": (DeckyState.FAILED, "no such device")}
    assert mirror.history(FLEET)[0].error == "b: no such device"


def test_given_one_that_is_up_and_deaf_when_deployed_then_it_does_not_count_as_running(
    host: MemoryHost, office: Office
):
    host.deaf = frozenset({"a"})

    failed = _fails(lambda: office.deploy(submission("a"), KEEP))

    assert isinstance(failed.reason, NotServingError)
    assert _rows(office) == {"a": (DeckyState.DEGRADED, "22/tcp does not listen")}


def test_given_a_missing_decky_asked_for_again_when_it_fails_then_its_row_is_not_lost(host: MemoryHost, office: Office):
    office.deploy(submission("a", "b"))
    old = office.look().recorded["a"].config
    host.lose("a")
    host.refuses = {"a": "no such device"}

    _fails(lambda: office.deploy(submission("a")))

    assert office.look().recorded["a"].config == old
    host.refuses = {}
    office.deploy(submission())
    assert office.look().observed["a"].spec.config == old


def test_given_one_that_cannot_be_healed_when_another_is_deployed_then_that_is_a_warning(
    host: MemoryHost, office: Office
):
    office.deploy(submission("a"))
    host.stop("a")
    host.refuses = {"a": "no such device"}

    result = office.deploy(submission("b"))

    assert result.status is OperationStatus.SUCCEEDED
    assert result.warnings == ("a could not be healed: no such device",)
    assert {one.name: one.state for one in result.deckies} == {"a": DeckyState.FAILED, "b": DeckyState.RUNNING}


def test_given_names_when_torn_down_then_they_alone_are_gone_and_remembered(
    host: MemoryHost, office: Office, mirror: Mirror
):
    office.deploy(submission("a", "b", "c"))
    face = office.look().observed["a"].spec.config

    result = office.teardown("a", "b")

    assert {one.name: (one.state, one.reason) for one in result.deckies} == {
        "a": (DeckyState.STOPPED, "retired"),
        "b": (DeckyState.STOPPED, "retired"),
    }
    assert [one.spec.name for one in host.containers.values()] == ["c"]
    assert {row.name for row in mirror.remember(FLEET, HOST).retired} == {"a", "b"}
    office.deploy(submission("a"))
    again = office.look().observed["a"].spec
    assert (again.config, again.generation) == (face, 2)


def test_given_a_name_that_is_not_there_when_torn_down_then_nobody_is(host: MemoryHost, office: Office):
    office.deploy(submission("web-01"))

    with pytest.raises(InvalidSubmissionError, match=r"did you mean 'web-01'\?"):
        office.teardown("web-01", "web-1")

    assert len(host.containers) == 1


def test_given_a_protected_decky_when_everything_is_torn_down_then_it_takes_force(host: MemoryHost, office: Office):
    office.deploy(submission(request("a", services=["ssh"], protected=True), "b"))

    with pytest.raises(RemovalRefusedError, match="refused to remove a: protected"):
        office.teardown(everything=True)
    office.teardown(everything=True, options=DeployOptions(force=True))

    assert host.containers == {}
    assert host.network is not None
