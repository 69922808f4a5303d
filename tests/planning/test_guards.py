"""Removal is named, and never more than was meant."""

import pytest

from decnet_core.domain.errors import RemovalRefusedError, StalePlanError
from decnet_core.domain.submission import DeployOptions
from decnet_core.planning.plan import Guards, make_plan, teardown_plan
from tests.builders import decide, decky, fleet, intent, row, seen, snapshot, submission

TEN = tuple("abcdefghij")


def _refusal(*parts: object, asked: tuple[str, ...], **options: object) -> str:
    with pytest.raises(RemovalRefusedError) as refused:
        decide(snapshot(*parts), submission(*asked), DeployOptions.model_validate({"replace": True, **options}))  # type: ignore[arg-type]
    return str(refused.value)


def test_given_a_fleet_without_somebody_nobody_named_when_planned_then_it_is_refused():
    with pytest.raises(RemovalRefusedError) as refused:
        make_plan(snapshot(seen("a"), seen("b")), fleet(decky("a")))

    assert str(refused.value) == "refused to remove b: the submission does not name them"


def test_given_an_empty_replace_when_planned_then_it_needs_its_own_word():
    assert _refusal(seen("a"), seen("b"), asked=()) == (
        "refused to remove a, b: the submission is empty and would remove the whole fleet (say --empty)"
    )


def test_given_an_empty_replace_of_deckies_that_are_all_missing_when_planned_then_it_is_refused_just_the_same():
    assert "would remove the whole fleet" in _refusal(row("a"), row("b"), asked=())


def test_given_an_empty_replace_that_is_meant_when_planned_then_all_go():
    _, plan = decide(snapshot(*map(seen, TEN)), submission(), DeployOptions(replace=True, empty=True))

    assert plan.summary() == "10 to remove, 0 kept"


def test_given_a_quarter_when_replaced_then_it_goes_without_a_word_and_one_more_does_not():
    two = decide(snapshot(*map(seen, TEN)), submission(*TEN[2:]), DeployOptions(replace=True))[1]

    assert two.summary() == "2 to remove, 8 kept"
    assert _refusal(*map(seen, TEN), asked=TEN[3:]) == (
        "refused to remove a, b, c: 3 removals, the guard allows 2 (say --allow-removals 3)"
    )


def test_given_a_small_fleet_when_replaced_then_one_may_always_go():
    _, plan = decide(snapshot(seen("a"), seen("b")), submission("a"), DeployOptions(replace=True))

    assert str(plan) == "remove b: no longer desired\nkeep a"


def test_given_a_number_allowed_when_replaced_then_it_is_the_limit():
    allowed = DeployOptions(replace=True, allow_removals=3)

    assert decide(snapshot(*map(seen, TEN)), submission(*TEN[3:]), allowed)[1].summary() == "3 to remove, 7 kept"
    assert "the guard allows 0" in _refusal(seen("a"), seen("b"), asked=("a",), allow_removals=0)


def test_given_a_protected_decky_when_removed_then_it_takes_force():
    before = snapshot(seen("a", protected=True), seen("b"))

    assert _refusal(*before.observed.values(), asked=("b",)) == "refused to remove a: protected (say --force)"
    with pytest.raises(RemovalRefusedError, match="protected"):
        teardown_plan(before, frozenset({"a"}), Guards())
    assert str(teardown_plan(before, frozenset({"a"}), Guards(force=True))) == "remove a: torn down\nkeep b"


def test_given_a_protected_decky_that_is_missing_when_torn_down_then_it_takes_force_too():
    with pytest.raises(RemovalRefusedError, match="protected"):
        teardown_plan(snapshot(row("a", protected=True)), frozenset({"a"}), Guards())


def test_given_an_unfinished_removal_when_planned_then_no_guard_counts_it_again():
    before = snapshot(*map(seen, TEN), *(intent(name, None) for name in TEN[:5]))

    _, plan = decide(before, submission("k"))

    assert plan.summary() == "5 to remove, 1 to create, 5 kept"


def test_given_another_revision_than_expected_when_planned_then_it_is_stale():
    before = snapshot(seen("a"))
    at_this = DeployOptions(expected_revision=before.revision)

    assert decide(before, submission("b"), at_this)[1].revision == before.revision
    with pytest.raises(StalePlanError):
        decide(snapshot(seen("a", state="exited")), submission("b"), at_this)
