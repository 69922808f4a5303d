"""Intent before effect, record after fact, on every kind of database."""

from datetime import UTC, datetime

import pytest

from decnet_core.domain.decky import DeckySpec
from decnet_core.domain.errors import StoreUnavailableError
from decnet_core.domain.operation import EventKind, OperationStatus
from decnet_core.domain.snapshot import DeckyState, Intent, RecordedDecky
from decnet_core.store.mirror import Mirror
from tests.store.builders import (
    FLEET,
    HOST,
    at,
    config,
    create,
    deploy,
    event,
    finish,
    operation,
    recreate,
    remove,
    seen,
    spec,
    start,
)
from tests.store.conftest import KINDS

pytestmark = pytest.mark.parametrize("url", KINDS, indirect=True)

CHANGED = ("smb",)


def rows(mirror: Mirror) -> dict[str, RecordedDecky]:
    return {row.name: row for row in mirror.remember(FLEET, HOST).recorded}


def test_given_an_operation_when_begun_then_it_reads_back_whole_and_open(mirror: Mirror):
    begun = operation(
        "op-1", create("a"), recreate("b", spec("b"), spec("b", services=CHANGED)), remove("c"), start("d")
    )

    mirror.begin(begun)

    assert mirror.operation("op-1") == begun
    assert mirror.history() == [begun]


def test_given_a_new_decky_when_its_creation_begins_then_its_row_is_pending_with_all_it_shall_be(mirror: Mirror):
    mirror.begin(operation("op-1", create("a", protected=True)))

    row = rows(mirror)["a"]
    assert (row.state, row.wanted, row.reason, row.container_id) == (DeckyState.PENDING, True, "not found", None)
    assert row.spec == spec("a", protected=True)


def test_given_a_recorded_decky_when_its_change_begins_then_the_row_keeps_the_face_until_it_is_done(mirror: Mirror):
    deploy(mirror, seen("a"))

    mirror.begin(
        operation("op-2", recreate("a", spec("a"), spec("a", generation=2, operation="op-2", services=CHANGED)))
    )

    row = rows(mirror)["a"]
    assert (row.state, row.config, row.generation, row.operation) == (DeckyState.PENDING, config("a"), 1, "op-1")
    assert row.container_id == "id-a"


def test_given_an_unrecorded_decky_when_its_change_begins_then_the_row_tells_what_it_is_now(mirror: Mirror):
    mirror.begin(operation("op-1", recreate("a", spec("a"), spec("a", generation=2, services=CHANGED))))

    assert rows(mirror)["a"].spec == spec("a")


def test_given_a_tombstone_when_a_container_of_that_name_is_changed_then_the_row_tells_what_it_is(mirror: Mirror):
    deploy(mirror, seen("a"))
    mirror.begin(operation("op-2", remove("a")))
    finish(mirror, "op-2", retired=["a"])
    other = spec("a", generation=7, ip="10.77.0.99")

    mirror.begin(operation("op-3", recreate("a", other, spec("a", generation=8))))

    row = rows(mirror)["a"]
    assert (row.wanted, row.spec) == (True, other)


def test_given_a_removal_when_it_begins_then_the_row_is_retiring_and_still_counts(mirror: Mirror):
    deploy(mirror, seen("a"))

    mirror.begin(operation("op-2", remove("a")))

    row = rows(mirror)["a"]
    assert (row.state, row.wanted, row.config) == (DeckyState.RETIRING, False, config("a"))


def test_given_an_unrecorded_decky_when_it_is_removed_then_it_leaves_a_tombstone_too(mirror: Mirror):
    mirror.begin(operation("op-1", remove("a")))

    finish(mirror, "op-1", retired=["a"])

    assert [row.config for row in mirror.remember(FLEET, HOST).retired] == [config("a")]


def test_given_a_stopped_decky_when_its_start_begins_then_it_is_pending(mirror: Mirror):
    deploy(mirror, seen("a", state=DeckyState.STOPPED))

    mirror.begin(operation("op-2", start("a"), start("unrecorded")))

    assert {name: row.state for name, row in rows(mirror).items()} == {
        "a": DeckyState.PENDING,
        "unrecorded": DeckyState.PENDING,
    }


def test_given_an_operation_when_begun_then_survivors_rows_are_as_before(mirror: Mirror):
    deploy(mirror, seen("a"), seen("b", number=2))
    before = rows(mirror)["b"]

    mirror.begin(operation("op-2", create("c", number=3), remove("a")))

    assert rows(mirror)["b"] == before


def _wanted(mirror: Mirror, operation_id: str) -> dict[str, DeckySpec | None]:
    intents = mirror.remember(FLEET, HOST).intents
    return {one.decky: one.spec for one in intents if one.operation == operation_id}


def test_given_an_operation_that_never_ended_when_remembered_then_it_still_wants_what_it_planned(mirror: Mirror):
    shall = spec("b", generation=2, services=CHANGED)

    mirror.begin(operation("op-1", create("a"), recreate("b", spec("b"), shall), remove("c"), start("d")))

    assert _wanted(mirror, "op-1") == {"a": spec("a"), "b": shall, "c": None, "d": spec("d")}


def test_given_an_operation_being_taken_back_when_remembered_then_it_wants_what_was(mirror: Mirror):
    steps = create("a"), recreate("b", spec("b"), spec("b", generation=2, services=CHANGED)), remove("c"), start("d")
    mirror.begin(operation("op-1", *steps))

    mirror.mark("op-1", OperationStatus.REVERTING)

    assert _wanted(mirror, "op-1") == {"a": None, "b": spec("b"), "c": spec("c"), "d": spec("d")}


def test_given_two_operations_that_never_ended_when_remembered_then_the_later_has_the_last_word(mirror: Mirror):
    mirror.begin(operation("op-z", create("a"), create("b"), minutes=1))
    mirror.begin(operation("op-a", remove("a"), minutes=2))

    assert mirror.remember(FLEET, HOST).intents == (
        Intent(operation="op-a", decky="a", spec=None),
        Intent(operation="op-z", decky="b", spec=spec("b")),
    )


def test_given_dead_operations_when_the_next_one_ends_then_those_of_its_fleet_and_host_are_superseded(mirror: Mirror):
    mirror.begin(operation("dead", create("a")))
    mirror.begin(operation("dead-in-reverse", create("b", number=2), minutes=1))
    mirror.mark("dead-in-reverse", OperationStatus.REVERTING)
    mirror.begin(operation("elsewhere", create("a"), host="host-2", minutes=2))
    mirror.begin(operation("other-fleet", create("a"), fleet="plant", minutes=3))
    mirror.begin(operation("next", create("c", number=3), minutes=4))

    finish(mirror, "next", seen("c", number=3), minutes=5)

    assert {done.id: done.status.value for done in mirror.history()} == {
        "dead": "superseded",
        "dead-in-reverse": "superseded",
        "elsewhere": "running",
        "other-fleet": "running",
        "next": "succeeded",
    }
    dead = mirror.operation("dead")
    assert dead is not None
    assert (dead.ended_at, dead.error) == (at(5), "its process died; operation next took over")
    assert mirror.remember(FLEET, HOST).intents == ()


def test_given_an_operation_when_it_ends_then_how_is_told(mirror: Mirror):
    mirror.begin(operation("op-1", create("a")))

    finish(mirror, "op-1", status=OperationStatus.FAILED, error="a: port is taken", minutes=7)

    ended = mirror.operation("op-1")
    assert ended is not None
    assert (ended.status, ended.error, ended.ended_at) == (OperationStatus.FAILED, "a: port is taken", at(7))
    assert list(ended.stages.items()) == [("snapshot", 0.1), ("apply", 2.5)]


def test_given_an_operation_that_ended_when_the_call_is_repeated_then_nothing_is_told_twice(mirror: Mirror):
    mirror.begin(operation("op-1", create("a")))
    finish(mirror, "op-1", seen("a"), events=[event("a")])

    finish(mirror, "op-1", seen("a", state=DeckyState.FAILED), events=[event("a")])

    assert mirror.events(FLEET) == [event("a")]
    assert rows(mirror)["a"].state is DeckyState.RUNNING


def test_given_a_row_not_among_those_of_an_ending_then_it_stays_as_it_was_written(mirror: Mirror):
    deploy(mirror, seen("a"), seen("b", number=2))
    mirror.begin(operation("op-2", create("c", number=3)))

    finish(mirror, "op-2", seen("c", number=3))

    assert set(rows(mirror)) == {"a", "b", "c"}


def test_given_no_such_operation_when_marked_then_that_is_an_error(mirror: Mirror):
    with pytest.raises(StoreUnavailableError, match="holds no operation ghost"):
        mirror.mark("ghost", OperationStatus.REVERTING)


def test_given_no_such_operation_when_finished_then_that_is_an_error_and_nothing_is_kept(mirror: Mirror):
    with pytest.raises(StoreUnavailableError, match="holds no operation ghost"):
        finish(mirror, "ghost", seen("a"), events=[event("a")])

    assert (rows(mirror), mirror.events(FLEET)) == ({}, [])


def test_given_an_operation_that_is_stored_when_the_call_is_repeated_then_nothing_changes(mirror: Mirror):
    mirror.begin(operation("op-1", create("a")))
    mirror.mark("op-1", OperationStatus.REVERTING)

    mirror.begin(operation("op-1", create("a")))

    assert [done.status for done in mirror.history()] == [OperationStatus.REVERTING]


def test_given_events_when_read_then_the_newest_come_first_and_each_decky_can_be_asked_for(mirror: Mirror):
    mirror.begin(operation("op-1"))
    told = [event("a"), event("b"), event("a", EventKind.MUTATED), event("b", EventKind.FAILED)]
    finish(mirror, "op-1", events=told)

    assert mirror.events(FLEET) == told[::-1]
    assert mirror.events(FLEET, "a") == [told[2], told[0]]
    assert mirror.events(FLEET, limit=1) == [told[3]]
    assert mirror.events("plant") == []


def test_given_operations_when_history_is_read_then_the_newest_come_first_up_to_the_limit(mirror: Mirror):
    for number in range(4):
        mirror.begin(operation(f"op-{number}", minutes=number, fleet=FLEET if number else "plant"))

    assert [done.id for done in mirror.history(limit=2)] == ["op-3", "op-2"]
    assert [done.id for done in mirror.history("plant")] == ["op-0"]


def test_given_operations_when_one_is_asked_for_by_its_beginning_then_only_a_clear_one_is_found(mirror: Mirror):
    for name in ("ab12", "ab34", "cd", "cd56", "e_f", "exf"):
        mirror.begin(operation(name))

    found = {asked: mirror.operation(asked) for asked in ("ab1", "ab", "cd", "e_", "%", "")}

    assert {asked: done and done.id for asked, done in found.items()} == {
        "ab1": "ab12",
        "ab": None,
        "cd": "cd",
        "e_": "e_f",
        "%": None,
        "": None,
    }


def test_given_words_that_no_database_takes_when_stored_then_the_rest_of_them_is(mirror: Mirror):
    mirror.begin(operation("op-1", create("a")))
    broken = seen("a", state=DeckyState.FAILED, reason="exec \0 format \ud800 error")

    finish(mirror, "op-1", broken, status=OperationStatus.FAILED, error="broken\0 \udfff pipe")

    ended = mirror.operation("op-1")
    assert ended is not None
    assert (rows(mirror)["a"].reason, ended.error) == ("exec  format ? error", "broken ? pipe")


def test_given_an_operation_when_begun_now_then_its_time_is_kept_to_the_microsecond(mirror: Mirror):
    now = datetime.now(UTC)

    mirror.begin(operation("op-1").model_copy(update={"started_at": now}))

    assert mirror.history()[0].started_at == now
