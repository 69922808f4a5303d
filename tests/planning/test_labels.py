"""Labels: what is written is read back, and what cannot be read is said so."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decnet_core.domain.decky import DeckySpec, DeployType
from decnet_core.planning.labels import LabelError, decky_labels, network_labels, read_decky, read_network
from tests.builders import FLEET, NOW, decky, network
from tests.strategies import secrets

CONFIG, SCHEMA, NAME = "com.decnet.config", "com.decnet.schema", "com.decnet.name"


def test_given_a_decky_then_its_labels_are_these():
    spec = decky("a", services={"http", "ssh"}, protected=True, last_mutated=NOW, generation=3)

    labels = decky_labels(FLEET, spec)

    assert json.loads(labels.pop(CONFIG)) == spec.config.model_dump(
        mode="json", exclude={"last_mutated", "last_login_attempt"}
    )
    assert labels == {
        "com.decnet.host": "true",
        "com.decnet.fleet": FLEET,
        "com.decnet.name": "a",
        "com.decnet.service": "http,ssh",
        "com.decnet.deploy_type": "cli",
        "com.decnet.fingerprint": spec.config.fingerprint,
        "com.decnet.generation": "3",
        "com.decnet.operation": "op-1",
        "com.decnet.protected": "true",
        "com.decnet.last_mutated": "2026-01-01T00:00:00+00:00",
        "com.decnet.schema": "1",
    }


@given(secrets, st.integers(1, 99), st.sampled_from(DeployType), st.sampled_from([None, NOW]), st.booleans())
def test_any_decky_survives_its_labels(secret: str, generation: int, by: DeployType, mutated: Any, protected: bool):
    options = {"ssh": {"users": {"admin": secret}}}
    config = decky("a", service_config=options, last_mutated=mutated, protected=protected).config
    spec = DeckySpec(config=config, generation=generation, operation="op", deploy_type=by)

    labels = decky_labels(FLEET, spec)

    read = read_decky(labels)
    assert (read.spec, read.fleet, read.fingerprint) == (spec, FLEET, config.fingerprint)
    assert all(text.isascii() and text.isprintable() for text in labels.values())


def _broken(**changed: Any) -> dict[str, str]:
    labels = {**decky_labels(FLEET, decky("a")), **{f"com.decnet.{key}": value for key, value in changed.items()}}
    return {key: value for key, value in labels.items() if value is not None}


def _config(**changed: Any) -> str:
    return json.dumps({**json.loads(decky("a").config.label_json()), **changed})


@pytest.mark.parametrize(
    ("labels", "why"),
    [
        (_broken(schema=None), "com.decnet.schema is None, this release reads '1'"),
        (_broken(schema="2"), "com.decnet.schema is '2', this release reads '1'"),
        (_broken(config=None), "label com.decnet.config is missing"),
        (_broken(config=""), "com.decnet.config cannot be read: Expecting value"),
        (_broken(config='{"name": "a"'), "com.decnet.config cannot be read: Expecting"),
        (_broken(config="[]"), "com.decnet.config cannot be read: "),
        (_broken(config="null"), "com.decnet.config cannot be read: "),
        (_broken(config='"x"'), "com.decnet.config cannot be read: "),
        (_broken(config="[" * 100_000), "com.decnet.config cannot be read: "),
        (_broken(config=_config(ip="10.0.0.300")), "com.decnet.config cannot be read: ip: "),
        (_broken(config=_config(mac_address="ff:ff:ff:ff:ff:ff")), "com.decnet.config cannot be read: mac_address: "),
        (_broken(config=_config(seed="short")), "com.decnet.config cannot be read: seed: "),
        (_broken(config=_config(colour="red")), "com.decnet.config cannot be read: colour: "),
        (_broken(config=_config(name="b")), "com.decnet.name says 'a', com.decnet.config says 'b'"),
        (_broken(name=None), "com.decnet.name says None, com.decnet.config says 'a'"),
        (_broken(generation=None), "label com.decnet.generation is missing"),
        (_broken(generation="many"), "com.decnet.generation is 'many', not a number"),
        (_broken(generation="0"), "com.decnet.config cannot be read: generation: "),
        (_broken(operation=None), "label com.decnet.operation is missing"),
        (_broken(deploy_type="magic"), "com.decnet.config cannot be read: deploy_type: "),
        (_broken(fingerprint=None), "label com.decnet.fingerprint is missing"),
        (_broken(fleet=None), "label com.decnet.fleet is missing"),
        (_broken(last_mutated="yesterday"), "com.decnet.config cannot be read: last_mutated: "),
    ],
)
def test_given_a_label_that_cannot_be_read_then_it_says_which_and_why(labels: dict[str, str], why: str):
    with pytest.raises(LabelError) as refused:
        read_decky(labels)

    assert str(refused.value).startswith(why)


@given(st.dictionaries(st.sampled_from(sorted(decky_labels(FLEET, decky("a")))), st.text(max_size=30)))
def test_whatever_somebody_writes_on_a_label_it_is_read_or_refused(changed: dict[str, str]):
    try:
        read = read_decky({**decky_labels(FLEET, decky("a")), **changed})
    except LabelError as refusal:
        assert "com.decnet." in str(refusal)  # noqa: PT017 - either outcome is right
    else:
        assert read.spec.config == decky("a").config.model_copy(update={"last_mutated": read.spec.last_mutated})


def test_given_a_network_then_its_labels_are_read_back():
    whole = network(ip_range="10.77.8.0/24", routed=True)

    labels = network_labels(whole)

    assert labels.keys() == {"com.decnet.network", "com.decnet.fleet", SCHEMA}
    assert read_network(labels) == whole


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({SCHEMA: "9"}, "com.decnet.schema is '9'"),
        ({"com.decnet.network": "{"}, "com.decnet.network cannot be read: document: "),
        ({"com.decnet.network": '{"fleet": "office"}'}, "com.decnet.network cannot be read: "),
    ],
)
def test_given_a_network_label_that_cannot_be_read_then_it_says_why(changed: dict[str, str], why: str):
    with pytest.raises(LabelError) as refused:
        read_network({**network_labels(network()), **changed})

    assert str(refused.value).startswith(why)


def test_given_a_network_without_its_label_then_it_says_so():
    with pytest.raises(LabelError, match=r"label com\.decnet\.network is missing"):
        read_network({SCHEMA: "1"})
