"""The preview: the plan of the deploy, decided without changing anything."""

import pytest

from decnet_core.domain.errors import RemovalRefusedError
from decnet_core.domain.submission import DeployOptions
from decnet_core.planning.preview import preview, preview_teardown
from tests.builders import IMAGE, decide, seen, snapshot, submission


def test_given_a_submission_when_previewed_then_it_prints_the_plan_of_the_deploy():
    before = snapshot(seen("a"), seen("b", state="exited"))

    plan = preview(before, submission("c"), image=IMAGE)

    assert str(plan) == str(decide(before, submission("c"))[1]) == "create c: not found\nstart b: stopped\nkeep a"


def test_given_a_share_when_previewed_then_it_is_the_guard():
    before = snapshot(*map(seen, "abcd"))
    half = submission("a", "b")

    with pytest.raises(RemovalRefusedError):
        preview(before, half, DeployOptions(replace=True), image=IMAGE)
    assert preview(before, half, DeployOptions(replace=True), image=IMAGE, share=50).summary() == "2 to remove, 2 kept"


def test_given_names_when_their_teardown_is_previewed_then_they_alone_go():
    assert str(preview_teardown(snapshot(seen("a"), seen("b")), frozenset({"a"}))) == "remove a: torn down\nkeep b"
