"""The plan: whole printed plans, as an operator reads them."""

from typing import Any

from decnet_core.domain.plan import Action
from decnet_core.domain.submission import DeployOptions
from decnet_core.planning.plan import Guards, make_plan, teardown_plan
from tests.builders import decide, decky, fleet, intent, request, row, seen, snapshot, submission

UPDATE = DeployOptions(update=True)


def test_given_a_changed_service_when_planned_then_only_that_decky_is_recreated():
    plan = make_plan(snapshot(seen("a"), seen("b", services={"ssh"})), fleet(decky("a"), decky("b", services={"http"})))

    assert str(plan) == "recreate b: configuration changed (services ssh -> http)\nkeep a"


def test_given_no_fleet_when_planned_then_the_network_comes_first():
    plan = make_plan(snapshot(live=None), fleet(decky("b"), decky("a")))

    assert str(plan) == "create network decnet-office: not found\ncreate a: not found\ncreate b: not found"


def test_given_nothing_to_do_when_planned_then_it_says_so():
    plan = make_plan(snapshot(seen("a")), fleet(decky("a")))

    assert plan.is_empty
    assert (str(plan), plan.summary()) == ("keep a", "1 kept")


def test_given_one_more_when_submitted_then_the_others_are_kept():
    _, plan = decide(snapshot(seen("a"), seen("b")), submission("c"))

    assert str(plan) == "create c: not found\nkeep a\nkeep b"
    assert plan.summary() == "1 to create, 2 kept"


def test_given_every_kind_of_step_when_planned_then_they_come_in_the_order_of_their_doing():
    before = snapshot(
        seen("a"), seen("b"), seen("c"), seen("c", state="created", remnant=True), seen("d", state="exited"), row("e")
    )
    asked = submission("c", "d", "e", "f", request("b", services=["http"]))

    _, plan = decide(before, asked, DeployOptions(replace=True, update=True))

    assert str(plan) == (
        "sweep c: left by a re-creation that was cut off\n"
        "remove a: no longer desired\n"
        "recreate b: configuration changed (services ssh -> http)\n"
        "create e: missing\n"
        "create f: not found\n"
        "start d: stopped\n"
        "keep c"
    )


def test_given_containers_that_do_not_run_when_planned_then_each_is_brought_back_and_the_cause_named():
    states = {"a": "exited", "b": "created", "c": "paused", "d": "dead", "e": "running"}

    _, plan = decide(snapshot(*(seen(name, state=state) for name, state in states.items())), submission())

    assert str(plan) == "recreate d: dead\nstart a: stopped\nstart b: created\nkeep c\nkeep e"
    assert not any(step.named for step in plan.steps)


def test_given_several_changes_when_planned_then_the_cause_lists_them_and_no_secret():
    changed: dict[str, Any] = {
        "services": {"http"},
        "ip": "10.77.1.50",
        "service_config": {"http": {"title": "x"}},
        "protected": True,
    }

    plan = make_plan(snapshot(seen("b")), fleet(decky("b", **changed)))

    assert str(plan) == (
        "recreate b: configuration changed (ip 10.77.1.2 -> 10.77.1.50; services ssh -> http; "
        "service_config changed; protected False -> True)"
    )


def test_given_a_label_hashed_by_another_release_when_planned_then_the_decky_is_kept():
    _, plan = decide(snapshot(seen("a", fingerprint="of another release")), submission("b"))

    assert str(plan) == "create b: not found\nkeep a"


def test_given_open_sessions_when_counted_then_the_steps_that_cut_them_say_so():
    _, plan = decide(snapshot(seen("a"), seen("b")), submission(request("a", services=["http"]), "c"), UPDATE)

    counted = plan.with_sessions({"a": 2, "b": 7, "c": 1})

    assert str(counted) == (
        "recreate a: configuration changed (services ssh -> http) [cuts 2 open session(s)]\ncreate c: not found\nkeep b"
    )


def test_given_an_unfinished_creation_when_somebody_else_is_submitted_then_it_is_finished_unnamed():
    _, plan = decide(snapshot(seen("a"), intent("b", decky("b"))), submission("c"))

    assert str(plan) == "create b: unfinished operation 0ead0ead\ncreate c: not found\nkeep a"
    assert [step.named for step in plan.steps] == [False, True]


def test_given_an_unfinished_removal_when_somebody_else_is_submitted_then_it_is_finished():
    _, plan = decide(snapshot(seen("a"), seen("b"), intent("b", None)), submission("c"))

    assert str(plan) == "remove b: unfinished removal of operation 0ead0ead\ncreate c: not found\nkeep a"


def test_given_names_when_torn_down_then_only_they_go():
    plan = teardown_plan(snapshot(seen("a"), seen("b"), seen("c", state="exited")), frozenset({"b"}), Guards())

    assert str(plan) == "remove b: torn down\nkeep a\nkeep c"


def test_given_a_remnant_when_its_decky_is_torn_down_then_both_containers_go():
    before = snapshot(seen("a"), seen("a", state="created", remnant=True))

    plan = teardown_plan(before, frozenset({"a"}), Guards())

    assert [(step.action, step.container_id) for step in plan.steps] == [
        (Action.SWEEP, "id-a-remnant"),
        (Action.REMOVE, "id-a"),
    ]


def test_given_missing_ones_when_they_are_not_wanted_any_more_then_that_is_a_step_too():
    before = snapshot(seen("a"), row("b"), row("c"))

    _, replaced = decide(before, submission("a"), DeployOptions(replace=True, allow_removals=2))
    torn_down = teardown_plan(before, frozenset({"b"}), Guards())

    told = "remove b: no longer desired (missing)\nremove c: no longer desired (missing)\nkeep a"
    assert str(replaced) == told
    assert str(torn_down) == "remove b: torn down (missing)\nkeep a"
    assert [(step.container_id, step.was) for step in torn_down.steps] == [(None, decky("b"))]


def test_given_an_unfinished_removal_when_another_is_torn_down_then_both_are_done():
    plan = teardown_plan(snapshot(seen("a"), seen("b"), intent("b", None)), frozenset({"a"}), Guards())

    assert str(plan) == "remove a: torn down\nremove b: unfinished removal of operation 0ead0ead"
    assert [step.named for step in plan.steps] == [True, False]
