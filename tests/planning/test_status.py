"""Status: what every decky is doing, and why."""

import pytest

from decnet_core.domain.snapshot import DeckyState
from decnet_core.planning.status import states
from tests.builders import decky, intent, row, seen, snapshot, tombstone


@pytest.mark.parametrize(
    ("parts", "state", "reason"),
    [
        ([seen("a")], DeckyState.RUNNING, ""),
        ([seen("a", state="exited", status="Exited (0)")], DeckyState.STOPPED, "Exited (0)"),
        ([seen("a", state="restarting", status="Restarting (1)")], DeckyState.FAILED, "Restarting (1)"),
        ([row("a")], DeckyState.MISSING, "missing"),
        ([row("a", reason="no container")], DeckyState.MISSING, "no container"),
        ([intent("a", decky("a"))], DeckyState.MISSING, "unfinished operation 0ead0ead"),
        (
            [seen("a"), row("a", state=DeckyState.DEGRADED, reason="22/tcp does not listen", container_id="id-a")],
            DeckyState.DEGRADED,
            "22/tcp does not listen",
        ),
        ([seen("a"), row("a", state=DeckyState.DEGRADED, reason="x", container_id="older")], DeckyState.RUNNING, ""),
        ([seen("a"), row("a", state=DeckyState.FAILED, reason="x", container_id="id-a")], DeckyState.RUNNING, ""),
        (
            [seen("a", state="created"), row("a", state=DeckyState.FAILED, reason="no image", container_id="id-a")],
            DeckyState.FAILED,
            "no image",
        ),
    ],
)
def test_given_what_is_seen_and_remembered_then_the_state_has_its_reason(parts, state: DeckyState, reason: str):
    (outcome,) = states(snapshot(*parts, recorded=False))

    assert (outcome.state, outcome.reason) == (state, reason)
    assert (outcome.name, outcome.ip, outcome.mac) == ("a", "10.77.1.1", "00:11:32:00:00:01")


def test_given_a_fleet_then_every_decky_is_listed_once_by_name():
    before = snapshot(seen("c"), seen("c", state="created", remnant=True), seen("a"), row("b"), tombstone("d"))

    assert [outcome.name for outcome in states(before)] == ["a", "b", "c"]
