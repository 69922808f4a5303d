"""What can go wrong while an operation runs, and what of it nobody else notices."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from decnet_core.adapters.memory_host import MemoryHost
from decnet_core.domain.errors import (
    ComposeRejectedError,
    ExportFailedError,
    HostSilentError,
    ImageMissingError,
    OperationFailedError,
    StalePlanError,
    SurvivorTouchedError,
)
from decnet_core.domain.operation import OperationStatus
from decnet_core.domain.snapshot import DeckyState
from decnet_core.domain.submission import DeployOptions, OnFailure
from decnet_core.planning.batches import Batch
from decnet_core.store.mirror import Mirror
from tests.builders import FLEET, network, submission
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


class Spoilt(MemoryHost):
    """A host where something happens just before the plan is carried out, or while it is."""

    before: Callable[[], None] = staticmethod(lambda: None)
    meanwhile: Callable[[], None] = staticmethod(lambda: None)

    def check_document(self, text: str) -> None:
        self.before()

    def execute(self, batch: Batch, document: Path) -> dict[str, str]:
        failures = super().execute(batch, document)
        self.meanwhile()
        return failures


def _spoilt(tmp_path: Path, mirror: Mirror) -> tuple[Spoilt, Office]:
    host = Spoilt()
    host.create_network(network())
    office = Office(host, tmp_path, mirror)
    office.deploy(submission("a", "b"))
    host.touched.clear()
    return host, office


def test_given_a_fleet_that_moved_since_the_plan_when_applied_then_nothing_is_done(tmp_path: Path, mirror: Mirror):
    host, office = _spoilt(tmp_path, mirror)
    host.before = lambda: host.stop("b")

    failed = _fails(lambda: office.deploy(submission("c")))

    assert isinstance(failed.reason, StalePlanError)
    assert host.touched == []
    assert _rows(office).keys() == {"a", "b"}


def test_given_a_document_that_compose_refuses_when_deployed_then_the_old_one_stays(tmp_path: Path, mirror: Mirror):
    host, office = _spoilt(tmp_path, mirror)
    file = office.settings.fleet_dir(FLEET) / "compose.yaml"
    before = file.read_text()
    refusals = [ComposeRejectedError("line 3")]

    def refuse_once() -> None:
        if refusals:
            raise refusals.pop()

    host.before = refuse_once

    failed = _fails(lambda: office.deploy(submission("c")))

    assert isinstance(failed.reason, ComposeRejectedError)
    assert (host.touched, file.read_text()) == ([], before)


def test_given_a_survivor_restarted_meanwhile_when_verified_then_it_is_said_and_nothing_is_taken_back(
    tmp_path: Path, mirror: Mirror
):
    host, office = _spoilt(tmp_path, mirror)
    host.meanwhile = lambda: host.stop("a")

    failed = _fails(lambda: office.deploy(submission("c")))

    assert isinstance(failed.reason, SurvivorTouchedError)
    assert failed.reason.findings == {"a": "was running, is exited"}
    assert failed.result.status is OperationStatus.FAILED
    assert "c" in _rows(office)


def test_given_an_image_that_is_missing_when_deployed_then_nothing_is_touched(host: MemoryHost, office: Office):
    host.images = frozenset()

    failed = _fails(lambda: office.deploy(submission("a")))

    assert isinstance(failed.reason, ImageMissingError)
    assert (host.touched, _rows(office)) == ([], {})


def test_given_a_directory_that_cannot_be_written_when_deployed_then_nothing_is_touched(
    host: MemoryHost, mirror: Mirror
):
    office = Office(host, Path("/proc/decnet"), mirror)

    failed = _fails(lambda: office.deploy(submission("a")))

    assert isinstance(failed.reason, ExportFailedError)
    assert host.touched == []


def test_given_a_silent_host_when_deployed_then_it_ends_before_anything_is_written(
    host: MemoryHost, office: Office, mirror: Mirror
):
    office.deploy(submission("a"))
    host.silent = True

    for act in (lambda: office.deploy(submission("b")), lambda: office.teardown("a")):
        with pytest.raises(HostSilentError):
            act()

    host.silent = False
    assert len(mirror.history(FLEET)) == 1
    assert office.look().drift == ()
