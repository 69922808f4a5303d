"""Errors: each says a sentence, and each survives a journey between processes."""

import pickle
from collections.abc import Iterator

import pytest

from decnet_core.domain import errors
from decnet_core.domain.errors import Cause, Claim, FleetError
from decnet_core.domain.operation import OperationResult, OperationStatus
from decnet_core.domain.plan import Plan

RESULT = OperationResult(
    operation="op-1",
    fleet="office",
    status=OperationStatus.REVERTED,
    plan=Plan(fleet="office", host_uuid="h", revision="r"),
)
WORDS = {"a": "no such image"}
EXAMPLES = (
    (errors.InvalidSubmissionError, ((Cause("decky a", "is odd", "make it even"), Cause("fleet", "x")),)),
    (errors.CollisionError, ((Claim("ip", "10.0.0.5", "decky a", "decky b", "choose another"),),)),
    (errors.RemovalRefusedError, (("a", "b"), "protected")),
    (errors.StalePlanError, ("abc", "def")),
    (errors.LockedError, ("operation 12345678, pid 7",)),
    (errors.HostSilentError, ("unix:///x.sock", "no route")),
    (errors.HostUnfitError, (("no promiscuous mode",),)),
    (errors.UnreadableLabelError, (("container x: not JSON",),)),
    (errors.ImageMissingError, (("decnet/decky:0.1.0",),)),
    (errors.ComposeRejectedError, ("yaml: line 3",)),
    (errors.StepFailedError, (WORDS,)),
    (errors.NotServingError, (WORDS,)),
    (errors.SurvivorTouchedError, (WORDS,)),
    (errors.StoreUnavailableError, ("sqlite:///x", "locked")),
    (errors.ExportFailedError, ("/x/y", "No space left on device")),
    (errors.OperationFailedError, (errors.StepFailedError(WORDS), RESULT)),
)


def _tree(kind: type[FleetError]) -> Iterator[type[FleetError]]:
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            yield child
            yield from _tree(child)


@pytest.mark.parametrize(("kind", "payload"), EXAMPLES, ids=lambda one: getattr(one, "__name__", ""))
def test_given_an_error_when_pickled_then_it_says_the_same_sentence(
    kind: type[FleetError], payload: tuple[object, ...]
):
    error = kind(*payload)

    again = pickle.loads(pickle.dumps(error))

    assert type(again) is kind
    assert str(again) == str(error)
    assert str(error)
    assert again.__dict__.keys() == error.__dict__.keys()


def test_given_the_tree_then_every_leaf_has_an_example_here_and_a_line_in_the_drawing():
    leaves = {kind for kind in _tree(FleetError) if not kind.__subclasses__()}

    assert leaves == {kind for kind, _ in EXAMPLES}
    assert [kind.__name__ for kind in _tree(FleetError) if kind.__name__ not in str(errors.__doc__)] == []


def test_given_several_causes_then_one_round_of_fixing_is_enough():
    error = errors.InvalidSubmissionError((Cause("decky a", "is odd", "make it even"), Cause("fleet", "is empty")))

    assert str(error) == "2 problem(s): decky a: is odd (make it even); fleet: is empty"


def test_given_an_operation_that_failed_then_it_says_what_became_of_its_works():
    error = errors.OperationFailedError(errors.StepFailedError(WORDS), RESULT)

    assert str(error) == "a: no such image (what it made was taken back)"
