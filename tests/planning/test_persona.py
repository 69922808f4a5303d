"""The persona: what a decky is told about itself."""

import json

from decnet_core.planning.persona import persona, persona_json
from tests.builders import config


def test_given_a_decky_then_its_persona_holds_who_it_is_and_its_services_with_all_options():
    made = persona(config("a", services={"ssh", "telnet"}, service_config={"ssh": {"users": {"admin": "x"}}}))

    assert {key: value for key, value in made.items() if key not in ("services", "seed")} == {
        "v": 1,
        "name": "a",
        "hostname": "SRV-A",
        "os_family": "linux",
        "distro": "debian",
    }
    assert made["services"].keys() == {"ssh", "telnet"}
    assert made["services"]["ssh"]["users"] == {"admin": "x"}
    assert made["services"]["ssh"]["version"].startswith("OpenSSH_9.2p1")
    assert made["seed"] == config("a").seed


def test_given_a_persona_then_its_text_is_canonical():
    text = persona_json(config("a"))

    assert json.loads(text) == persona(config("a"))
    assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))


def test_given_what_is_nobodys_business_then_the_persona_does_not_tell():
    text = persona_json(config("a", protected=True, mutate_interval=30))

    assert "10.77.1.1" not in text
    assert "decnet" not in text
    assert "host_uuid" not in text
