"""The predecessor's files: what is carried over, and what is said about the rest."""

import json
from pathlib import Path
from textwrap import dedent

import pytest

from decnet_core.adapters.legacy import Imported, read_ini, read_legacy, read_state
from decnet_core.domain.errors import InvalidSubmissionError

INI = """\
    [general]
    net = 192.168.1.7/24
    gw = 192.168.1.1
    interface = eth0
    colour = green

    [Files_01]
    ip = 192.168.1.101
    services = ssh, gopher
    nmap_os = linux

    [web]
    archetype = linux-server
    amount = 4
    distro = slackware

    [web.ssh]
    users = 50%% # of $HOME
    shoe_size = 43
    """

STATE = {
    "config": {
        "mode": "unihost",
        "interface": "eth0",
        "subnet": "192.168.1.0/24",
        "gateway": "192.168.1.1",
        "mutate_interval": 30,
        "deckies": [
            {
                "name": "decky-01",
                "ip": "192.168.1.101",
                "services": ["ssh", "http"],
                "distro": "debian",
                "base_image": "debian:bookworm-slim",
                "build_base": "debian:bookworm-slim",
                "hostname": "SRV-ALPHA-01",
                "archetype": None,
                "service_config": {"ssh": {"users": {"admin": "p%#"}}},
                "nmap_os": "linux",
                "mutate_interval": 45,
                "last_mutated": 0.0,
                "last_login_attempt": 0.0,
                "host_uuid": "7",
            }
        ],
    },
    "compose_path": "/root/decnet-compose.yml",
}


def ini(text: str = INI) -> Imported:
    return read_ini(dedent(text), "office")


def test_given_an_ini_when_read_then_network_and_deckies_are_carried_over():
    submission = ini().submission

    assert submission.network is not None
    assert str(submission.network.subnet) == "192.168.1.0/24"
    assert submission.network.driver == "macvlan"
    files, web = submission.deckies
    assert (files.name, str(files.ip), files.services) == ("files-01", "192.168.1.101", ("ssh",))
    assert (web.name, web.count, web.archetype, web.distro) == ("web", 4, "linux-server", None)


def test_given_an_ini_when_read_then_all_that_was_left_out_is_said():
    assert ini().warnings == (
        "general setting 'colour' has no counterpart, left out",
        "no driver is said, so macvlan is assumed",
        "'Files_01' is not a name here, taken over as 'files-01'",
        "files-01: service 'gopher' is not in the catalogue, left out",
        "web: distro 'slackware' is not in the catalogue, left out",
        "web: ssh has no option shoe_size here, left out",
    )


def test_given_a_secret_in_an_ini_when_read_then_it_is_byte_exact():
    assert ini().submission.deckies[1].service_config == {"ssh": {"users": "50%% # of $HOME"}}


def test_given_a_state_file_when_read_then_each_decky_is_carried_over():
    found = read_state(json.dumps(STATE), "office")

    decky = found.submission.deckies[0]
    assert (decky.name, decky.hostname, decky.mutate_interval) == ("decky-01", "SRV-ALPHA-01", 45)
    assert decky.service_config == {"ssh": {"users": {"admin": "p%#"}}}
    assert decky.base_image is None
    assert found.submission.mutation is not None
    assert found.submission.mutation.every == 30
    assert "base_image of 1 deckies left out: it is decided here anew" in found.warnings


BROKEN_INI = {
    "no section": ("ip = 1", "<ini>:1: stands before any section"),
    "a line of noise": ("[a]\nip = 10.0.0.1\n???", "<ini>:3: not a line of an INI file"),
    "a section twice": ("[a]\n[a]", "<ini>:2: [a] stands twice"),
    "a key twice": ("[a]\nip = 1\nip = 2", "<ini>:3: 'ip' stands twice in [a]"),
    "a bad address": ("[a]\nip = 10.0.0.300", "<ini>: a: deckies[0] (a) ip: '10.0.0.300' is not an IPv4 address"),
}


@pytest.mark.parametrize(("text", "fault"), BROKEN_INI.values(), ids=BROKEN_INI)
def test_given_a_broken_ini_when_read_then_the_place_is_named(text: str, fault: str):
    with pytest.raises(InvalidSubmissionError) as caught:
        read_ini(text)

    assert str(caught.value.causes[0]).startswith(fault)


BROKEN_STATE = {"not JSON": "{", "a list": "[]", "no deckies": '{"config": {}}', "another shape": '{"deckies": {}}'}


@pytest.mark.parametrize("text", BROKEN_STATE.values(), ids=BROKEN_STATE)
def test_given_a_broken_state_file_when_read_then_it_is_refused(text: str):
    with pytest.raises(InvalidSubmissionError):
        read_state(text)


def test_given_either_file_when_read_then_its_content_tells_which_it_is(tmp_path: Path):
    (tmp_path / "a").write_text(json.dumps(STATE))
    (tmp_path / "b").write_text(dedent(INI))

    assert len(read_legacy(tmp_path / "a", "office").submission.deckies) == 1
    assert len(read_legacy(tmp_path / "b", "office").submission.deckies) == 2


def test_given_no_file_when_read_then_it_is_named(tmp_path: Path):
    with pytest.raises(InvalidSubmissionError, match="none: cannot be read: No such file"):
        read_legacy(tmp_path / "none", "office")
