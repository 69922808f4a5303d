"""The child interface as commands: what is run, for which difference. No root, no interface."""

import json
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from itertools import islice
from pathlib import Path

import pytest

from decnet_core.adapters.child_interface import (
    Child,
    ChildState,
    candidates,
    child_mac,
    child_name,
    commands,
    read_state,
    removal,
)
from decnet_core.adapters.interfaces import keep_quiet, run_ip, state, up
from decnet_core.domain.errors import HostError, HostUnfitError
from decnet_core.domain.network import Driver, NetworkConfig

OWN = IPv4Address("192.0.2.254")
A, B, C = (IPv4Address(f"192.0.2.{last}") for last in (10, 11, 12))

WANT = Child("office", Driver.MACVLAN, "eth0", "02:aa:bb:cc:dd:ee", OWN, frozenset({A, B}))
ABSENT = ChildState("dn-office")
THERE = ChildState(
    "dn-office",
    exists=True,
    ours=True,
    up=True,
    kind="macvlan",
    parent="eth0",
    mac="02:aa:bb:cc:dd:ee",
    addresses=(OWN,),
    routes=frozenset({A, B}),
)


def network(**fields: object) -> NetworkConfig:
    values: dict[str, object] = {
        "fleet": "office",
        "driver": "macvlan",
        "interface": "eth0",
        "subnet": IPv4Network("192.0.2.0/24"),
    }
    return NetworkConfig.model_validate(values | fields)


def said(want: Child, have: ChildState) -> list[str]:
    return [" ".join(command) for command in commands(want, have)]


def test_given_nothing_when_a_child_is_wanted_then_it_is_made_marked_and_routed():
    assert said(WANT, ABSENT) == [
        "link add link eth0 name dn-office address 02:aa:bb:cc:dd:ee alias decnet:office type macvlan mode bridge",
        "addr add 192.0.2.254/32 dev dn-office",
        "link set dev dn-office alias decnet:office up",
        "route add 192.0.2.10/32 dev dn-office proto 157 src 192.0.2.254",
        "route add 192.0.2.11/32 dev dn-office proto 157 src 192.0.2.254",
    ]


def test_given_ipvlan_when_a_child_is_wanted_then_it_is_layer_2_and_shares_the_parents_mac():
    first = said(replace(WANT, driver=Driver.IPVLAN), ABSENT)[0]

    assert first == "link add link eth0 name dn-office alias decnet:office type ipvlan mode l2"


def test_given_the_child_as_wanted_when_asked_again_then_nothing_is_run():
    assert said(WANT, THERE) == []


def test_given_one_decky_more_and_one_less_when_brought_up_then_only_their_routes_change():
    assert said(replace(WANT, routes=frozenset({B, C})), THERE) == [
        "route del 192.0.2.10/32 dev dn-office proto 157",
        "route add 192.0.2.12/32 dev dn-office proto 157 src 192.0.2.254",
    ]


def test_given_another_address_when_brought_up_then_the_routes_get_it_as_their_source():
    assert said(replace(WANT, address=C), THERE) == [
        "addr del 192.0.2.254/32 dev dn-office",
        "addr add 192.0.2.12/32 dev dn-office",
        "route add 192.0.2.10/32 dev dn-office proto 157 src 192.0.2.12",
        "route add 192.0.2.11/32 dev dn-office proto 157 src 192.0.2.12",
    ]


def test_given_a_child_that_was_switched_off_when_brought_up_then_it_is_switched_on():
    off = replace(THERE, up=False, routes=frozenset())

    assert said(WANT, off)[0] == "link set dev dn-office alias decnet:office up"


@pytest.mark.parametrize(
    "other", [replace(THERE, parent="eth1"), replace(THERE, kind="ipvlan"), replace(THERE, mac="02:00:00:00:00:01")]
)
def test_given_our_child_on_another_parent_or_of_another_kind_when_brought_up_then_it_is_made_anew(other: ChildState):
    ran = said(WANT, other)

    assert ran[0] == "link del dev dn-office"
    assert ran[1:] == said(WANT, ABSENT)


def test_given_a_foreign_interface_of_our_name_when_brought_up_or_down_then_it_is_refused():
    foreign = replace(THERE, ours=False)

    with pytest.raises(HostUnfitError, match="dn-office is not ours"):
        commands(WANT, foreign)
    with pytest.raises(HostUnfitError, match="dn-office is not ours"):
        removal("office", foreign)


def test_given_a_child_or_none_when_taken_down_then_only_what_is_there_is_removed():
    assert removal("office", THERE) == (("link", "del", "dev", "dn-office"),)
    assert removal("office", ABSENT) == ()


def test_given_any_fleet_when_its_child_is_named_then_the_name_fits_and_is_its_own():
    fleets = ["office", "a-fleet-of-twelve", "a-fleet-of-twenty", "x" * 32, "x" * 31]
    names = [child_name(fleet) for fleet in fleets]

    assert all(len(name) <= 15 for name in names)
    assert len(set(names)) == len(fleets)
    assert names[0] == "dn-office"


def test_given_a_parent_when_the_child_gets_a_mac_then_it_is_local_unicast_and_sticky():
    mac = child_mac("office", "52:54:00:12:34:56")

    assert mac == child_mac("office", "52:54:00:12:34:56")
    assert mac != child_mac("lab", "52:54:00:12:34:56")
    assert int(mac[:2], 16) & 0b11 == 0b10


def test_given_a_subnet_when_an_address_is_looked_for_then_it_comes_from_the_top_outside_the_deckies_range():
    config = network(ip_range="192.0.2.248/29", gateway="192.0.2.247")

    found = list(islice(candidates(config, {IPv4Address("192.0.2.246")}), 2))

    assert found == [IPv4Address("192.0.2.245"), IPv4Address("192.0.2.244")]


LINK = {
    "ifname": "dn-office",
    "link": "eth0",
    "flags": ["BROADCAST", "MULTICAST", "UP", "LOWER_UP"],
    "address": "02:aa:bb:cc:dd:ee",
    "linkinfo": {"info_kind": "macvlan", "info_data": {"mode": "bridge"}},
    "ifalias": "decnet:office",
}
ADDRESSES = json.dumps([{"addr_info": [{"family": "inet", "local": "192.0.2.254", "prefixlen": 32}]}])
ROUTES = json.dumps(
    [
        {"dst": "192.0.2.10", "protocol": "157", "prefsrc": "192.0.2.254"},
        {"dst": "192.0.2.11", "protocol": "157", "prefsrc": "192.0.2.254"},
        {"dst": "198.51.100.0/24", "protocol": "static"},
    ]
)


def read(**changes: object) -> ChildState:
    link = {key: value for key, value in (LINK | changes).items() if value is not None}
    return read_state("office", "52:54:00:12:34:56", json.dumps([link]), ADDRESSES, ROUTES)


def test_given_ips_output_when_read_then_it_is_the_childs_state_without_an_operators_routes():
    assert read() == THERE


def test_given_no_alias_and_another_mac_when_read_then_it_is_not_ours():
    assert not read(ifalias=None).ours
    assert not read(ifalias="decnet:lab").ours


def test_given_no_alias_but_the_mac_we_derive_when_read_then_it_is_ours_unfinished():
    assert read(ifalias=None, address=child_mac("office", "52:54:00:12:34:56")).ours


def test_given_a_bridge_network_when_brought_up_then_no_child_is_needed_and_nothing_is_run():
    def refuse(command: tuple[str, ...]) -> str:
        raise AssertionError(command)

    assert up(network(driver="bridge", interface=None), [A], run=refuse) is None


@pytest.mark.parametrize("address", ["192.0.2.10", "192.0.2.1", "192.0.2.0", "192.0.2.255", "198.51.100.1"])
def test_given_an_address_that_cannot_be_the_hosts_when_brought_up_then_it_is_refused(address: str):
    def nothing_there(_: tuple[str, ...]) -> str:
        raise HostError('Device "dn-office" does not exist.')

    with pytest.raises(HostUnfitError, match="a free address in"):
        up(network(), [A], address=IPv4Address(address), run=nothing_there)


def test_given_every_candidate_answers_when_brought_up_then_it_says_how_to_go_on():
    def only_the_parent(command: tuple[str, ...]) -> str:
        if "dn-office" in command:
            raise HostError('Device "dn-office" does not exist.')
        return json.dumps([{"address": "52:54:00:12:34:56"}])

    with pytest.raises(HostUnfitError, match="--address"):
        up(network(), [A], run=only_the_parent, probe=lambda _, asked: dict.fromkeys(asked, "00:1b:21:aa:bb:cc"))


def test_given_ip_says_no_when_run_then_its_own_words_are_in_the_error():
    with pytest.raises(HostError, match='Device "no-such-if0" does not exist'):
        run_ip(("link", "show", "dev", "no-such-if0"))


def test_given_no_child_when_its_state_is_read_then_it_does_not_exist():
    assert state("no-such-fleet-anywhere") == ChildState(child_name("no-such-fleet-anywhere"))


def test_given_a_kernel_without_ipv6_when_a_child_is_quieted_then_only_what_exists_is_set(tmp_path: Path):
    conf = tmp_path / "ipv4" / "conf" / "dn-office"
    conf.mkdir(parents=True)
    for key in ("arp_ignore", "arp_announce"):
        (conf / key).write_text("0")

    keep_quiet("dn-office", tmp_path)

    assert [(conf / key).read_text() for key in ("arp_ignore", "arp_announce")] == ["1", "2"]
