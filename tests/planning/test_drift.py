"""Drift: every difference between what is, what is remembered and what today's release would make."""

import pytest

from decnet_core.domain.snapshot import Snapshot
from tests.builders import decky, intent, row, seen, snapshot, stranger, tombstone


def _told(before: Snapshot) -> list[str]:
    return [f"{drift.kind} {drift.subject}: {drift.detail}" for drift in before.drift]


def test_given_a_fleet_as_it_should_be_then_there_is_none():
    assert _told(snapshot(seen("a"), seen("b"), tombstone("c"), stranger("printer", "10.77.0.9"))) == []


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (row("a"), "missing a: missing"),
        (seen("a", state="exited", status="Exited (1) 2 minutes ago"), "stopped a: Exited (1) 2 minutes ago"),
        (seen("a", fingerprint="x"), "altered a: its labels contradict each other"),
        (seen("a", render="x"), "outdated a: made by another release or for another kernel"),
        (seen("a", live_ip="10.77.1.9"), "moved a: is at 10.77.1.9 00:11:32:00:00:01, should be at 10.77.1.1"),
        (seen("a", live_ip=None, live_mac=None), "moved a: is at no address, should be at 10.77.1.1"),
        (stranger("box", "10.77.0.9", on_network=True), "foreign box: container in the fleet's network"),
        (intent("a", decky("a")), "missing a: unfinished operation 0ead0ead"),
    ],
)
def test_given_one_difference_then_it_is_named(part, expected: str):
    assert expected in _told(snapshot(part))


def test_given_no_mirror_then_everything_is_unrecorded():
    assert _told(snapshot(seen("a"), recorded=False)) == ["unrecorded a: the mirror has no row of it"]
    other = snapshot(seen("a"), row("a", container_id="another"))
    assert _told(other) == ["unrecorded a: the mirror has a row of another container"]


def test_given_a_remnant_and_a_dead_operation_then_both_are_named():
    before = snapshot(seen("a"), seen("a", state="created", remnant=True), intent("b", None))

    assert _told(before) == [
        "unfinished 0ead0ead: still open: under way, or its process died and the next run finishes it",
        "remnant a: second container office-a",
    ]
