"""Submissions as people write them."""

from typing import Any

import pytest
from pydantic import ValidationError

from decnet_core.domain.submission import DeckyRequest, MutationRequest, Submission, as_request
from tests.builders import config


@pytest.mark.parametrize(
    ("written", "minutes"),
    [("30m", 30), ("30 min", 30), (" 2h ", 120), ("1d", 1440), (45, 45), ("45", 45), ("off", "off"), (None, None)],
)
def test_given_a_time_when_read_then_it_is_minutes(written: Any, minutes: object):
    assert MutationRequest.model_validate({"every": written}).every == minutes


@pytest.mark.parametrize("written", ["0m", 0, -5, "soon", "1w", "1.5h", "-3m", "never", [30]])
def test_given_no_time_when_read_then_it_is_refused(written: Any):
    with pytest.raises(ValidationError):
        MutationRequest.model_validate({"every": written})


@pytest.mark.parametrize(("written", "percent"), [("10%", 10), (" 10% ", 10), ("10 %", 10), (10, 10), ("100", 100)])
def test_given_a_share_when_read_then_it_is_percent(written: Any, percent: int):
    assert MutationRequest.model_validate({"at_most": written}).at_most == percent


@pytest.mark.parametrize("written", ["0%", "101%", "%", "ten", 0, "10%%"])
def test_given_no_share_when_read_then_it_is_refused(written: Any):
    with pytest.raises(ValidationError):
        MutationRequest.model_validate({"at_most": written})


def test_given_nothing_quiet_when_read_then_no_minute_is_fine():
    assert MutationRequest.model_validate({"quiet": 0}).quiet == 0


@pytest.mark.parametrize("name", ["a", "web-01", "0", "x" * 63, "a--b"])
def test_given_a_name_when_read_then_it_is_taken(name: str):
    assert DeckyRequest.model_validate({"name": name}).name == name


@pytest.mark.parametrize(
    "name", ["", "A", "web_01", "-a", "a-", "x" * 64, "a.b", "a b", "ä", "a\n", "\na", "a/b", "$(id)", "..", None, 5]
)
def test_given_a_name_outside_the_grammar_when_read_then_it_is_refused(name: Any):
    with pytest.raises(ValidationError):
        DeckyRequest.model_validate({"name": name})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ip", "10.0.0.300"),
        ("ip", "10.0.0.1/24"),
        ("ip", "fe80::1"),
        ("mac_address", "01:00:5e:00:00:01"),
        ("mac_address", "00:00:00:00:00:00"),
        ("mac_address", "ff:ff:ff:ff:ff:ff"),
        ("mac_address", "00:11:32:00:00"),
        ("mac_address", "zz:11:32:00:00:01"),
        ("hostname", "a_b"),
        ("hostname", "-a"),
        ("hostname", "x" * 65),
        ("hostname", "a..b"),
        ("services", "ssh"),
        ("count", 0),
        ("count", 1001),
        ("mutate_interval", 0),
        ("mutate_interval", "sometimes"),
        ("protected", "perhaps"),
        ("service_config", {"ssh": "x"}),
        ("colour", "red"),
    ],
)
def test_given_a_value_that_cannot_be_when_read_then_it_is_refused_at_its_place(field: str, value: Any):
    with pytest.raises(ValidationError) as refused:
        Submission.model_validate({"deckies": [{"name": "a", field: value}]})

    assert refused.value.errors()[0]["loc"][:3] == ("deckies", 0, field)


def test_given_services_in_any_order_when_read_then_they_are_a_sorted_set():
    assert DeckyRequest.model_validate({"name": "a", "services": ["ssh", "http", "ssh"]}).services == ("http", "ssh")


def test_given_a_mac_in_another_spelling_when_read_then_it_is_canonical():
    asked = DeckyRequest.model_validate({"name": "a", "mac_address": " 00-11-32-AA-BB-CC "})

    assert asked.mac_address == "00:11:32:aa:bb:cc"


def test_given_nothing_when_read_then_it_is_the_default_fleet_and_nobody():
    assert Submission.model_validate({}) == Submission(fleet="decnet", network=None, mutation=None, deckies=())


def test_given_a_decky_when_asked_for_exactly_then_every_field_is_said():
    made = config("a", services={"http"}, archetype="printer", protected=True, mutate_interval=30)

    asked = as_request(made)

    assert asked.model_dump(exclude={"count"}) == made.model_dump(include=set(DeckyRequest.model_fields) - {"count"})
