"""What is remembered, on every kind of database."""

from datetime import timedelta

import pytest

from decnet_core.domain.decky import MutateInterval
from decnet_core.domain.errors import InvalidSubmissionError
from decnet_core.domain.snapshot import DeckyState, Memory
from decnet_core.store.mirror import Mirror
from tests.store.builders import FLEET, HOST, at, config, deploy, finish, network, operation, remove, seen
from tests.store.conftest import KINDS

pytestmark = pytest.mark.parametrize("url", KINDS, indirect=True)

AWKWARD = "100% #1 $HOME \"quoted\" 'single' back\\slash\nsecond line\ttab {{brace}} ünïcode \U0001f40d \x00 end"


def test_given_nothing_written_when_remembered_then_it_is_empty(mirror: Mirror):
    assert mirror.remember(FLEET, HOST) == Memory()


def test_given_a_decky_with_every_field_when_remembered_then_no_field_is_lost(mirror: Mirror):
    whole = seen(
        "files-01",
        generation=3,
        operation="op-1",
        reason="up",
        mutate_interval=45,
        last_seen=at(3),
        archetype="file-server",
        nmap_os="windows",
        build_base="debian:12",
        protected=True,
        host_uuid=HOST,
        last_mutated=at(1),
        last_login_attempt=at(2),
        service_config={"ssh": {"users": {"admin": AWKWARD}, "port": 22, "delay": 0.25, "banner": None}},
    )

    deploy(mirror, whole)

    assert mirror.remember(FLEET, HOST).recorded == (whole,)


def test_given_times_of_another_zone_when_remembered_then_they_are_the_same_instants(mirror: Mirror):
    here = at(0).astimezone(tz=None).tzinfo
    elsewhere = seen("a", last_seen=at(1).astimezone(here) + timedelta(microseconds=1))

    deploy(mirror, elsewhere)

    assert mirror.remember(FLEET, HOST).recorded[0].last_seen == at(1) + timedelta(microseconds=1)


def test_given_two_fleets_and_two_hosts_when_one_is_remembered_then_the_others_stay_out(mirror: Mirror):
    for fleet, host in [(FLEET, HOST), ("plant", HOST), (FLEET, "host-2")]:
        mirror.begin(operation(f"{fleet}-{host}", fleet=fleet, host=host))
        finish(mirror, f"{fleet}-{host}", seen("a", operation=f"{fleet}-{host}"), network=network(fleet))

    memory = mirror.remember("plant", HOST)

    assert [row.operation for row in memory.recorded] == ["plant-host-1"]
    assert memory.network == network("plant")


def test_given_a_network_when_another_operation_knows_none_then_the_last_known_is_remembered(mirror: Mirror):
    last = network(ip_range="10.77.0.96/27", mutation={"every": 30, "at_most": 20, "quiet": 5})
    mirror.begin(operation("op-1"))
    finish(mirror, "op-1", network=network())
    mirror.begin(operation("op-2"))
    finish(mirror, "op-2", network=last)
    mirror.begin(operation("op-3"))
    finish(mirror, "op-3", network=None)

    assert mirror.remember(FLEET, HOST).network == last


def test_given_a_row_seen_again_when_it_does_not_know_what_only_the_mirror_knows_then_that_is_kept(mirror: Mirror):
    deploy(mirror, seen("a", last_login_attempt=at(2), last_seen=at(3)))
    mirror.set_mutate_interval(FLEET, HOST, "a", "off")

    deploy(mirror, seen("a", generation=2, last_seen=None), name="op-2")

    (row,) = mirror.remember(FLEET, HOST).recorded
    assert row.generation == 2
    assert (row.config.last_login_attempt, row.last_seen, row.mutate_interval) == (at(2), at(3), "off")


@pytest.mark.parametrize("value", [1, 90, "off", None])
def test_given_a_decky_when_its_interval_is_set_then_it_overrides_the_labels(mirror: Mirror, value: MutateInterval):
    deploy(mirror, seen("a", mutate_interval=15), seen("b", number=2))

    mirror.set_mutate_interval(FLEET, HOST, "a", value)

    assert [row.mutate_interval for row in mirror.remember(FLEET, HOST).recorded] == [value, None]


def test_given_no_such_decky_when_its_interval_is_set_then_it_is_refused_by_name(mirror: Mirror):
    with pytest.raises(InvalidSubmissionError, match="ghost: no decky of this name in fleet office"):
        mirror.set_mutate_interval(FLEET, HOST, "ghost", 5)


def test_given_a_retired_decky_when_remembered_then_its_tombstone_keeps_the_face_and_no_policy(mirror: Mirror):
    deploy(mirror, seen("a"), seen("b", number=2))
    mirror.set_mutate_interval(FLEET, HOST, "a", 5)
    mirror.begin(operation("op-2", remove("a")))

    finish(mirror, "op-2", seen("b", number=2), retired=["a"])

    memory = mirror.remember(FLEET, HOST)
    assert [row.name for row in memory.recorded] == ["b"]
    (tombstone,) = memory.retired
    assert tombstone.config == config("a")
    assert (tombstone.state, tombstone.wanted, tombstone.reason) == (DeckyState.STOPPED, False, "retired")
    assert (tombstone.container_id, tombstone.mutate_interval) == (None, None)


def test_given_a_tombstone_when_the_name_comes_back_then_it_is_recorded_and_no_tombstone(mirror: Mirror):
    deploy(mirror, seen("a"))
    mirror.begin(operation("op-2", remove("a"), minutes=2))
    finish(mirror, "op-2", retired=["a"])

    deploy(mirror, seen("a", operation="op-3"), name="op-3", minutes=10)

    memory = mirror.remember(FLEET, HOST)
    assert ([row.name for row in memory.recorded], memory.retired) == (["a"], ())


def test_given_what_other_hosts_report_when_remembered_then_their_last_word_counts(mirror: Mirror):
    mirror.report(FLEET, "host-2", [seen("x", number=8), seen("y", number=9)], at(0))
    mirror.report(FLEET, "host-2", [seen("y", number=9)], at(1))
    mirror.report(FLEET, HOST, [seen("mine")], at(1))
    mirror.report("plant", "host-2", [seen("z")], at(1))

    assert mirror.remember(FLEET, HOST).shards == (seen("y", number=9),)


def test_given_a_fleet_when_forgotten_then_only_its_history_stays(mirror: Mirror):
    deploy(mirror, seen("a"))

    mirror.forget(FLEET, HOST)

    assert mirror.remember(FLEET, HOST) == Memory()
    assert [done.id for done in mirror.history()] == ["op-1"]


def test_given_a_host_when_it_speaks_up_again_then_it_is_no_second_host(mirror: Mirror):
    mirror.heartbeat(HOST, "alpha", "10.0.0.1", at(0))

    mirror.heartbeat(HOST, "alpha", None, at(1))

    assert mirror.remember(FLEET, HOST) == Memory()
