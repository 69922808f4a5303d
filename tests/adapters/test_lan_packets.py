"""ARP packets as bytes, and the kernel's tables as text: no socket, no root."""

from ipaddress import IPv4Address
from pathlib import Path

import pytest

from decnet_core.adapters.lan import (
    Claimed,
    arp_request,
    host_addresses,
    interface_facts,
    kernel_sysctls,
    local_addresses,
    read_claim,
)

OWN_MAC = bytes.fromhex("02005e000001")
ASKED = IPv4Address("192.0.2.77")

REPLY = bytes.fromhex(
    "02005e000001 001b21aabbcc 0806"  # to us, from the stranger, ARP
    "0001 0800 06 04 0002"  # Ethernet, IPv4, reply
    "001b21aabbcc c000024d"  # sender: the stranger, 192.0.2.77
    "02005e000001 00000000".replace(" ", "")
)

FIB_TRIE = """\
Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 192.0.2.0
        /24 link UNICAST
Local:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     |-- 127.0.0.1
        /32 host LOCAL
     |-- 192.0.2.9
        /32 host LOCAL
     |-- 192.0.2.2
        /32 host LOCAL
     |-- 192.0.2.255
        /32 link BROADCAST
"""


def altered(frame: bytes, at: int, octets: str) -> bytes:
    replacement = bytes.fromhex(octets)
    return frame[:at] + replacement + frame[at + len(replacement) :]


def test_given_an_address_when_a_probe_is_built_then_it_follows_rfc_5227():
    frame = arp_request(ASKED, OWN_MAC)

    assert frame[:14].hex() == "ffffffffffff02005e0000010806"
    assert frame[14:22].hex() == "0001080006040001"
    assert frame[22:42].hex() == "02005e00000100000000" + "000000000000" + "c000024d"


def test_given_the_interfaces_address_when_a_request_is_built_then_it_is_the_sender():
    frame = arp_request(ASKED, OWN_MAC, IPv4Address("192.0.2.1"))

    assert frame[28:32] == IPv4Address("192.0.2.1").packed


def test_given_a_short_payload_when_a_probe_is_built_then_it_is_padded_to_ethernets_minimum():
    assert len(arp_request(ASKED, OWN_MAC)) == 60


def test_given_a_reply_when_read_then_it_claims_the_address_for_its_sender():
    assert read_claim(REPLY) == Claimed(ASKED, "00:1b:21:aa:bb:cc")


def test_given_a_padded_reply_when_read_then_the_padding_is_ignored():
    assert read_claim(REPLY.ljust(60, b"\0")) == read_claim(REPLY)


def test_given_a_request_from_an_address_when_read_then_it_claims_that_address_too():
    assert read_claim(altered(REPLY, 20, "0001")) == Claimed(ASKED, "00:1b:21:aa:bb:cc")


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(b"", id="empty"),
        pytest.param(REPLY[:41], id="cut off"),
        pytest.param(altered(REPLY, 12, "0800"), id="not ARP"),
        pytest.param(altered(REPLY, 14, "0006"), id="not Ethernet addresses"),
        pytest.param(altered(REPLY, 16, "86dd"), id="not IPv4"),
        pytest.param(altered(REPLY, 18, "0804"), id="odd address size"),
        pytest.param(altered(REPLY, 28, "00000000"), id="a probe by somebody else"),
        pytest.param(altered(REPLY, 22, "ffffffffffff"), id="broadcast as sender"),
        pytest.param(arp_request(ASKED, OWN_MAC), id="our own probe"),
    ],
)
def test_given_a_frame_that_claims_nothing_when_read_then_there_is_no_claim(frame: bytes):
    assert read_claim(frame) is None


def test_given_the_routing_trie_when_read_then_local_addresses_are_found_without_loopback():
    assert local_addresses(FIB_TRIE) == (IPv4Address("192.0.2.2"), IPv4Address("192.0.2.9"))


def test_given_this_host_when_asked_then_its_addresses_and_sysctls_can_be_read():
    assert all(not address.is_loopback for address in host_addresses())
    assert {"net.ipv4.ip_default_ttl", "net.ipv4.tcp_timestamps", "net.ipv4.icmp_ratelimit"} <= kernel_sysctls()


def test_given_no_proc_when_sysctls_are_read_then_none_is_known(tmp_path: Path):
    assert kernel_sysctls(tmp_path / "nowhere") == frozenset()


def interface(root: Path, name: str, flags: str, **files: str) -> None:
    (root / name).mkdir()
    values = {"flags": flags, "address": "02:00:5e:00:00:01", "mtu": "1500", "operstate": "up", "uevent": "IFINDEX=2"}
    for file, text in (values | files).items():
        (root / name / file).write_text(f"{text}\n")


def test_given_a_network_card_when_its_facts_are_read_then_they_are_the_kernels(tmp_path: Path):
    interface(tmp_path, "eth0", "0x1103")

    facts = interface_facts("eth0", tmp_path)

    assert (facts.exists, facts.up, facts.running, facts.promiscuous) == (True, True, True, True)
    assert (facts.mac, facts.mtu, facts.kind, facts.wireless) == ("02:00:5e:00:00:01", 1500, "", False)


def test_given_a_card_that_is_off_when_its_facts_are_read_then_it_is_down(tmp_path: Path):
    interface(tmp_path, "eth1", "0x1002", operstate="down")

    facts = interface_facts("eth1", tmp_path)

    assert (facts.exists, facts.up, facts.running, facts.promiscuous) == (True, False, False, False)


def test_given_a_wireless_card_when_its_facts_are_read_then_it_is_wireless(tmp_path: Path):
    interface(tmp_path, "wlan0", "0x1003", uevent="DEVTYPE=wlan\nIFINDEX=3")
    (tmp_path / "wlan0" / "phy80211").mkdir()

    assert interface_facts("wlan0", tmp_path).wireless


@pytest.mark.parametrize(
    ("kind", "is_bridge", "is_child"), [("bridge", True, False), ("macvlan", False, True), ("ipvlan", False, True)]
)
def test_given_a_virtual_interface_when_its_facts_are_read_then_its_kind_is_named(
    tmp_path: Path, kind: str, is_bridge: bool, is_child: bool
):
    interface(tmp_path, "x0", "0x1003", uevent=f"DEVTYPE={kind}")
    (tmp_path / "x0" / "lower_eth0").mkdir()

    facts = interface_facts("x0", tmp_path)

    assert (facts.is_bridge, facts.is_child, facts.lower) == (is_bridge, is_child, ("eth0",))


@pytest.mark.parametrize("name", ["", "eth9", "../eth0", "."])
def test_given_no_such_interface_when_its_facts_are_read_then_it_does_not_exist(tmp_path: Path, name: str):
    interface(tmp_path, "eth0", "0x1003")

    assert not interface_facts(name, tmp_path).exists
