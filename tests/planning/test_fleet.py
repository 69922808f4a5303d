"""The fleet as it is meant to be: observed, missing, and what a dead operation was about."""

from typing import Any

import pytest

from decnet_core.domain.snapshot import DeckyState, Snapshot
from decnet_core.planning.fleet import members, unfinished_removals
from tests.builders import decky, intent, row, seen, snapshot, tombstone

OLD: dict[str, Any] = {"generation": 1, "operation": "op-1"}
NEW: dict[str, Any] = {"generation": 2, "operation": "0ead0ead0ead", "services": {"http"}}


def _told(before: Snapshot) -> dict[str, tuple[tuple[str, ...], str]]:
    return {name: (member.spec.config.services, member.cause) for name, member in sorted(members(before).items())}


def test_given_containers_and_rows_then_missing_ones_count_and_retired_ones_do_not():
    before = snapshot(
        seen("a"),
        seen("b", state="exited"),
        row("c"),
        row("d", state=DeckyState.RETIRING, wanted=False),
        tombstone("e"),
    )

    assert _told(before) == {"a": (("ssh",), ""), "b": (("ssh",), ""), "c": (("ssh",), "missing")}


def test_given_what_docker_shows_then_it_outranks_what_is_remembered():
    assert _told(snapshot(seen("a", services={"ftp"}), row("a", services={"ssh"}))) == {"a": (("ftp",), "")}


UNFINISHED = "unfinished operation 0ead0ead"


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([intent("a", decky("a", **NEW))], {"a": (("http",), UNFINISHED)}),
        ([seen("a", **NEW), intent("a", decky("a", **NEW))], {"a": (("http",), "")}),
        ([seen("a", **OLD), intent("a", decky("a", **NEW))], {"a": (("http",), UNFINISHED)}),
        ([row("a"), intent("a", decky("a", **NEW))], {"a": (("http",), UNFINISHED)}),
        ([seen("a", generation=3, services={"ftp"}), intent("a", decky("a", **NEW))], {"a": (("ftp",), "")}),
        ([seen("a", **OLD), intent("a", decky("a", **OLD))], {"a": (("ssh",), "")}),
        ([seen("a", **OLD), intent("a", None)], {}),
        ([row("a", state=DeckyState.RETIRING, wanted=False), intent("a", None)], {}),
    ],
    ids=[
        "never created",
        "created",
        "not yet re-created",
        "old one gone, new one not there",
        "somebody changed it since",
        "a start",
        "not yet removed",
        "removed",
    ],
)
def test_given_a_dead_operation_going_forward_then_it_is_finished(parts, expected):
    assert _told(snapshot(*parts)) == expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([seen("a", **NEW), intent("a", decky("a", **OLD))], {"a": (("ssh",), UNFINISHED)}),
        ([seen("a", **OLD), intent("a", decky("a", **OLD))], {"a": (("ssh",), "")}),
        ([row("a"), intent("a", decky("a", **OLD))], {"a": (("ssh",), "missing")}),
        ([row("a", state=DeckyState.RETIRING, wanted=False), intent("a", decky("a"))], {"a": (("ssh",), UNFINISHED)}),
        ([seen("a", **NEW), intent("a", None)], {}),
    ],
    ids=["re-creation not yet undone", "undone", "undone half", "removal undone", "creation not yet undone"],
)
def test_given_a_dead_operation_that_was_being_taken_back_then_it_is_taken_back(parts, expected):
    assert _told(snapshot(*parts)) == expected


def test_given_dead_removals_then_those_still_shown_are_unfinished():
    before = snapshot(seen("a"), seen("b"), intent("a", None), intent("c", None), intent("b", decky("b")))

    assert unfinished_removals(before) == {"a": "0ead0ead0ead"}
