"""Probing a real LAN: who answers, who does not, and what stands in the way."""

import subprocess
import sys
import time
from ipaddress import IPv4Address

import pytest

from decnet_core.adapters.lan import answering
from decnet_core.domain.errors import HostUnfitError
from tests.lan import PrivateLan, lan, module_lan, why_no_lan

__all__ = ["lan", "module_lan"]

pytestmark = [pytest.mark.lan, pytest.mark.skipif(why_no_lan() is not None, reason=why_no_lan() or "")]

STRANGER = "00:1b:21:aa:bb:cc"


def test_given_a_stranger_when_the_whole_lan_is_probed_then_only_he_and_the_intruder_answer(module_lan: PrivateLan):
    taken = module_lan.subnet[77]
    module_lan.add_stranger(taken, STRANGER)

    found = answering(module_lan.parent, list(module_lan.subnet.hosts()))

    assert set(found) == {taken, module_lan.intruder_ip}
    assert found[taken] == STRANGER


def test_given_one_round_without_a_sender_when_probed_then_linux_answers_it(module_lan: PrivateLan):
    assert set(answering(module_lan.parent, [module_lan.intruder_ip], attempts=1)) == {module_lan.intruder_ip}


def test_given_everyone_answered_when_probed_then_it_does_not_wait_for_the_timeout(module_lan: PrivateLan):
    started = time.monotonic()

    answering(module_lan.parent, [module_lan.intruder_ip], timeout=5)

    assert time.monotonic() - started < 2


def test_given_nobody_when_probed_then_it_takes_the_timeout_and_no_longer(module_lan: PrivateLan):
    started = time.monotonic()

    assert answering(module_lan.parent, [module_lan.subnet[9]], timeout=0.2) == {}
    assert 0.2 <= time.monotonic() - started < 1


def test_given_a_probe_when_heard_by_a_neighbour_then_it_learns_no_address_from_it(module_lan: PrivateLan):
    answering(module_lan.parent, [module_lan.intruder_ip])

    neighbours = module_lan.intruder("ip", "neigh", "show").stdout
    assert "0.0.0.0" not in neighbours


def test_given_a_macvlan_child_of_the_parent_when_its_address_is_probed_then_it_does_not_answer(lan: PrivateLan):
    child = f"{lan.parent}c"
    subprocess.run(
        ["ip", "link", "add", child, "link", lan.parent, "up", "type", "macvlan", "mode", "bridge"], check=True
    )
    subprocess.run(["ip", "addr", "add", f"{lan.subnet[50]}/32", "dev", child], check=True)

    assert answering(lan.parent, [lan.subnet[50]]) == {}


def test_given_no_addresses_when_probed_then_no_socket_is_needed():
    assert answering("no-such-interface", []) == {}


@pytest.mark.parametrize(("interface", "why"), [("no-such-if0", "No such device"), ("lo", "not Ethernet")])
def test_given_an_interface_that_cannot_be_probed_when_probed_then_it_is_named_with_the_reason(
    interface: str, why: str
):
    with pytest.raises(HostUnfitError, match=why) as caught:
        answering(interface, [IPv4Address("192.0.2.1")])

    assert interface in str(caught.value)


def test_given_a_parent_that_is_down_when_probed_then_it_says_so(lan: PrivateLan):
    subprocess.run(["ip", "link", "set", lan.parent, "down"], check=True)

    with pytest.raises(HostUnfitError, match="Network is down"):
        answering(lan.parent, [lan.subnet[9]])


UNPRIVILEGED = """
import os
from ipaddress import IPv4Address
from decnet_core.adapters.lan import answering
from decnet_core.domain.errors import HostUnfitError

os.setuid(65534)
try:
    answering("lo", [IPv4Address("192.0.2.1")])
except HostUnfitError as error:
    print(error)
"""


def test_given_no_right_to_raw_sockets_when_probed_then_it_says_which_right_is_missing():
    done = subprocess.run([sys.executable, "-c", UNPRIVILEGED], capture_output=True, text=True, check=True)

    assert "raw socket" in done.stdout
    assert "CAP_NET_RAW" in done.stdout
