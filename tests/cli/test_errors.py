"""Errors: each kind's exit code, sentences and way out; faults of our own; harmless text."""

import pickle
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decnet_core.adapters.orchestrator import RunFailedError
from decnet_core.cli.errors import WAYS_OUT, failure_of
from decnet_core.cli.neutral import neutral
from decnet_core.domain import errors as kinds
from decnet_core.domain.snapshot import Snapshot
from decnet_core.settings import Settings
from tests.cli.conftest import MemoryWorld, Terminal

ERRORS = [
    (kinds.InvalidSubmissionError((kinds.Cause("a:1:2", "bad", "do"), kinds.Cause("b", "worse"))), 2, 2),
    (kinds.CollisionError((kinds.Claim("ip", "10.0.0.5", "a", "b"),)), 3, 1),
    (kinds.RemovalRefusedError(("a",), "protected"), 3, 0),
    (kinds.StalePlanError("1", "2"), 4, 0),
    (kinds.LockedError("operation 1"), 4, 0),
    (kinds.HostSilentError("unix:///x"), 5, 0),
    (kinds.HostUnfitError(("one", "two")), 5, 2),
    (kinds.UnreadableLabelError(("one",)), 5, 1),
    (kinds.ImageMissingError(("decnet/decky:0",)), 5, 0),
    (kinds.ComposeRejectedError("no"), 5, 0),
    (kinds.StepFailedError({"a": "no", "b": "neither"}), 5, 2),
    (kinds.NotServingError({"a": "22/tcp"}), 5, 1),
    (kinds.SurvivorTouchedError({"a": "restarted"}), 5, 1),
    (kinds.StoreUnavailableError("sqlite", "locked"), 6, 0),
    (kinds.ExportFailedError("/x", "disk full"), 6, 0),
    (kinds.FleetError("something"), 1, 0),
]


@pytest.mark.parametrize(("error", "code", "causes"), ERRORS, ids=[type(error).__name__ for error, *_ in ERRORS])
def test_given_an_error_when_translated_then_its_kind_gives_exit_code_and_causes(
    error: kinds.FleetError, code: int, causes: int
):
    failure = failure_of(error)

    assert (failure.kind, failure.exit, len(failure.causes)) == (type(error).__name__, code, causes)
    assert failure.text


@pytest.mark.parametrize(("error", "code", "causes"), ERRORS, ids=[type(error).__name__ for error, *_ in ERRORS])
def test_given_the_same_error_from_a_flow_when_translated_then_it_ends_alike(
    error: kinds.FleetError, code: int, causes: int
):
    here = failure_of(error)

    there = failure_of(RunFailedError(here.kind, 1, str(error), here.causes))

    assert (there.exit, there.text, there.way_out) == (here.exit, here.text, here.way_out)


def test_every_way_out_belongs_to_a_kind():
    assert all(hasattr(kinds, kind) for kind in WAYS_OUT.keys() - {"Cancelled"})


def test_given_a_failed_run_when_pickled_then_it_is_the_same():
    error = RunFailedError("LockedError", 4, "locked", ("a",))

    assert pickle.loads(pickle.dumps(error)).args == error.args


@dataclass
class BrokenWorld(MemoryWorld):
    """A world in which reading a fleet is a fault of ours."""

    fault: BaseException = field(default_factory=lambda: KeyError("x"))

    def snapshot(self, settings: Settings, fleet: str) -> Snapshot:
        """Fail."""
        raise self.fault


def test_given_a_fault_of_ours_when_it_happens_then_there_is_a_sentence_and_no_traceback(
    decnet: Terminal, world: MemoryWorld
):
    decnet.world = BrokenWorld(world.directory, world.mirror)

    done = decnet.run("status")

    assert done.exit_code == 1
    assert "unexpected KeyError: 'x'" in done.stderr
    assert "Traceback" not in done.stderr


def test_given_debug_when_something_fails_then_the_traceback_is_shown(decnet: Terminal, world: MemoryWorld):
    decnet.world = BrokenWorld(world.directory, world.mirror)

    assert "Traceback" in decnet.run("--debug", "status").stderr


def test_given_ctrl_c_when_looking_then_it_ends_with_130(decnet: Terminal, world: MemoryWorld):
    decnet.world = BrokenWorld(world.directory, world.mirror, fault=KeyboardInterrupt())

    done = decnet.run("status")

    assert (done.exit_code, "cancelled" in done.stderr) == (130, True)


def test_given_a_misspelt_command_when_run_then_a_near_one_is_named(decnet: Terminal):
    done = decnet.run("deplyo")

    assert done.exit_code == 2
    assert "'deploy'" in done.stderr


@given(st.text())
def test_neutral_text_never_drives_a_terminal(text: str):
    assert neutral(text).isprintable()


def test_neutral_text_keeps_what_is_harmless():
    assert neutral("naïve ключ 漢字 50% \\n") == "naïve ключ 漢字 50% \\n"
