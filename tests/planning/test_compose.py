"""The Compose document: the whole fleet, secrets byte for byte, survivors from their own labels."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from decnet_core.domain.decky import DeckySpec
from decnet_core.planning.compose import document, render_hash, service
from decnet_core.planning.labels import decky_labels, read_decky
from tests.builders import FLEET, SYSCTLS, decky, network
from tests.strategies import secrets

GOLDEN = Path(__file__).parent / "goldens" / "compose.json"


def _expanded(value: Any) -> Any:
    """Undo what Compose undoes: ``$$`` is a ``$``; a single one would be a variable."""
    if isinstance(value, dict):
        return {key: _expanded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_expanded(item) for item in value]
    if isinstance(value, str):
        assert "$" not in value.replace("$$", "")
        return value.replace("$$", "$")
    return value


def _with_secret(secret: str) -> DeckySpec:
    return decky("a", service_config={"ssh": {"users": {"admin": secret}}})


def test_given_a_fleet_then_the_document_is_this():
    fleet = (decky("a"), decky("b", services={"http", "ftp"}, nmap_os="windows", distro="windows10", protected=True))

    whole = document(network(), fleet, SYSCTLS)

    for made in whole["services"].values():  # both follow the catalogue, and have tests of their own
        made["environment"]["DECNET_PERSONA"] = "the persona"
        made["labels"]["com.decnet.render"] = "its hash"
    assert json.loads(GOLDEN.read_text()) == whole, f"on purpose? write it to {GOLDEN}"


@given(secrets)
def test_a_secret_arrives_byte_for_byte(secret: str):
    made = _expanded(service(FLEET, _with_secret(secret), SYSCTLS))

    persona = json.loads(made["environment"]["DECNET_PERSONA"])
    assert persona["services"]["ssh"]["users"]["admin"] == secret
    assert read_decky(made["labels"]).spec == _with_secret(secret)
    assert json.dumps(made, ensure_ascii=False).isascii()


@given(secrets)
def test_a_survivor_rendered_from_its_own_labels_is_rendered_the_same(secret: str):
    made = service(FLEET, _with_secret(secret), SYSCTLS)

    again = read_decky(_expanded(made)["labels"]).spec

    assert service(FLEET, again, SYSCTLS) == made
    assert render_hash(FLEET, again, SYSCTLS) == made["labels"]["com.decnet.render"]


@pytest.mark.parametrize(
    "changed",
    [{"services": {"ftp"}}, {"ip": "10.77.1.9"}, {"hostname": "X"}, {"nmap_os": "bsd"}, {"base_image": "x:1"}],
)
def test_given_another_face_then_it_is_rendered_otherwise(changed: dict[str, Any]):
    assert render_hash(FLEET, decky("a", **changed), SYSCTLS) != render_hash(FLEET, decky("a"), SYSCTLS)


def test_given_only_another_history_then_it_is_rendered_the_same():
    later = decky("a", generation=7, operation="op-9", mutate_interval="off", host_uuid="elsewhere")

    assert render_hash(FLEET, later, SYSCTLS) == render_hash(FLEET, decky("a"), SYSCTLS)


def test_given_a_kernel_that_lacks_a_key_then_it_is_left_out():
    made = service(FLEET, decky("a"), frozenset({"net.ipv4.ip_default_ttl", "net.ipv4.ip_unprivileged_port_start"}))

    assert made["sysctls"] == {"net.ipv4.ip_default_ttl": "64", "net.ipv4.ip_unprivileged_port_start": "0"}


def test_given_any_decky_then_it_is_hardened():
    made = service(FLEET, decky("a"), SYSCTLS)

    assert (made["cap_drop"], made["read_only"], made["user"]) == (["ALL"], True, "65532:65532")
    assert made["security_opt"] == ["no-new-privileges:true"]
    assert made["pids_limit"]
    assert made["mem_limit"]
    assert not made.keys() & {"privileged", "cap_add", "volumes", "ports", "network_mode", "pid", "devices"}


def test_given_the_fleets_network_then_compose_neither_makes_nor_removes_it():
    whole = document(network(), [decky("a")], SYSCTLS)

    assert whole["networks"] == {"lan": {"name": "decnet-office", "external": True}}
    assert decky_labels(FLEET, decky("a")).items() <= _expanded(whole["services"]["a"]["labels"]).items()


def test_given_an_ipvlan_when_rendered_then_no_decky_asks_for_an_address_of_its_own_card():
    whole = document(network(driver="ipvlan"), [decky("a")], SYSCTLS)

    assert whole["services"]["a"]["networks"]["lan"] == {"ipv4_address": str(decky("a").ip)}
