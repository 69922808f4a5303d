"""A decky's configuration: complete, comparable, and the same after any journey."""

from typing import Any

import pytest
from hypothesis import given
from pydantic import ValidationError

from decnet_core.domain.decky import DeckyConfig, canonical_json
from tests.builders import NOW, config
from tests.strategies import secrets

PREDECESSORS = {
    "name", "ip", "services", "distro", "base_image", "build_base", "hostname", "archetype", "service_config",
    "nmap_os", "mutate_interval", "last_mutated", "last_login_attempt", "host_uuid",
}  # fmt: skip


def test_given_the_predecessors_record_then_every_field_of_it_is_there():
    assert DeckyConfig.model_fields.keys() - PREDECESSORS == {"mac_address", "protected", "seed"}
    assert DeckyConfig.model_fields.keys() > PREDECESSORS


@given(secrets)
def test_any_decky_rehydrates_from_its_dump_without_loss(secret: str):
    options = {"ssh": {"users": {"admin": secret}}}
    made = config("a", service_config=options, last_mutated=NOW, last_login_attempt=NOW, mutate_interval="off")

    assert DeckyConfig.model_validate_json(made.model_dump_json()) == made
    assert DeckyConfig.model_validate(made.model_dump()) == made


@pytest.mark.parametrize(
    "changed",
    [{"host_uuid": None}, {"last_mutated": NOW}, {"last_login_attempt": NOW}, {"mutate_interval": 30}],
)
def test_given_another_history_or_policy_then_the_fingerprint_is_the_same(changed: dict[str, Any]):
    assert config("a", **changed).fingerprint == config("a").fingerprint


@pytest.mark.parametrize(
    "changed",
    [
        {"ip": "10.77.1.9"},
        {"mac_address": "00:11:32:00:00:09"},
        {"hostname": "X"},
        {"services": {"ftp"}},
        {"service_config": {"ssh": {}}},
        {"archetype": "printer"},
        {"distro": "alpine"},
        {"nmap_os": "bsd"},
        {"base_image": "x"},
        {"build_base": "x"},
        {"seed": "0" * 64},
        {"protected": True},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_given_another_face_then_the_fingerprint_is_another(changed: dict[str, Any]):
    assert config("a", **changed).fingerprint != config("a").fingerprint


def test_given_the_same_options_in_another_order_then_the_fingerprint_is_the_same():
    one = config("a", services=["ssh", "http"], service_config={"ssh": {"a": 1, "b": 2}, "http": {}})
    other = config("a", services=("http", "ssh"), service_config={"http": {}, "ssh": {"b": 2, "a": 1}})

    assert one.fingerprint == other.fingerprint


@pytest.mark.parametrize("ip", ["224.0.0.1", "127.0.0.1", "0.0.0.0", "255.255.255.255", "240.0.0.1"])
def test_given_an_address_that_is_not_unicast_then_there_is_no_such_decky(ip: str):
    with pytest.raises(ValidationError, match="not a unicast LAN address"):
        config("a", ip=ip)


@given(secrets)
def test_canonical_json_is_ascii_that_every_reader_of_yaml_takes(secret: str):
    text = canonical_json({"b": secret, "a": [secret]})

    assert text.isascii()
    assert text.isprintable()
    assert text.startswith('{"a":[')
