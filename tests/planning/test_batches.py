"""Batches: what is asked of the engine in one go, in an order in which no address is held twice."""

from decnet_core.adapters.memory_host import MemoryHost
from decnet_core.domain.plan import Action, Plan
from decnet_core.planning.batches import batches
from decnet_core.planning.plan import make_plan
from tests.builders import decky, execute_all, fleet, look_at, seen, snapshot


def _told(plan: Plan, size: int = 25) -> list[str]:
    return [f"{batch.action} {' '.join(batch.names)}" for batch in batches(plan, size)]


def test_given_more_steps_than_fit_when_cut_then_no_batch_is_larger():
    plan = make_plan(snapshot(live=None), fleet(*map(decky, "abcde")))

    assert _told(plan, 2) == ["create network decnet-office", "create a b", "create c d", "create e"]


def test_given_every_action_when_cut_then_what_goes_goes_first():
    before = snapshot(
        seen("a"), seen("b"), seen("c", state="exited"), seen("d"), seen("d", state="created", remnant=True)
    )
    after = fleet(decky("b", services={"http"}), decky("c"), decky("d"), decky("e"), named="abcde")

    assert _told(make_plan(before, after)) == ["remove a", "remove d", "recreate b", "create e", "start c"]


def test_given_an_address_that_a_removed_decky_had_when_cut_then_it_is_free_before_it_is_taken():
    before = snapshot(seen("a"), seen("b"))
    after = fleet(decky("b", ip="10.77.1.1", generation=2), named="ab")

    assert _told(make_plan(before, after)) == ["remove a", "recreate b"]


def test_given_two_that_swap_addresses_when_carried_out_then_both_end_where_they_shall():
    before = snapshot(seen("a"), seen("b"), seen("c"), seen("d"))
    after = fleet(
        decky("a", ip="10.77.1.2", generation=2),
        decky("b", ip="10.77.1.1", generation=2),
        decky("c", services={"ftp"}, generation=2),
        decky("d"),
    )
    plan, host = make_plan(before, after), MemoryHost.from_snapshot(before)

    assert _told(plan) == ["remove a b", "recreate c", "create a b"]
    assert execute_all(host, plan) == {}
    assert make_plan(look_at(host), after).is_empty


def test_given_a_chain_of_takeovers_when_carried_out_one_by_one_then_no_address_is_held_twice():
    before = snapshot(*map(seen, "abcd"))
    after = fleet(*(decky(name, ip=f"10.77.1.{number}", generation=2) for number, name in enumerate("abcd", start=2)))
    plan, host = make_plan(before, after), MemoryHost.from_snapshot(before)

    assert {batch.action for batch in batches(plan, 1)} == {Action.REMOVE, Action.CREATE}
    assert execute_all(host, plan, size=1) == {}
    assert make_plan(look_at(host), after).is_empty


def test_given_two_that_swap_macs_when_cut_then_they_are_taken_down_first():
    macs = "00:11:32:00:00:02", "00:11:32:00:00:01"
    after = fleet(decky("a", mac_address=macs[0]), decky("b", mac_address=macs[1]))

    assert _told(make_plan(snapshot(seen("a"), seen("b")), after)) == ["remove a b", "create a b"]
