"""The plan: whole printed plans, as an operator reads them."""

from tests.builders import decky, fleet, make_plan, seen, snapshot


def test_given_a_changed_service_when_planned_then_only_that_decky_is_recreated():
    plan = make_plan(
        snapshot(seen("a"), seen("b", services={"ssh"})), fleet(decky("a"), decky("b", services={"http"}))
    )

    assert str(plan) == "recreate b: configuration changed (services ssh -> http)\nkeep a"
