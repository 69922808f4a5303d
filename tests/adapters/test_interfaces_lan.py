"""The child interface on a real LAN: the host reaches its deckies, and only them, through it."""

import subprocess
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from decnet_core.adapters.child_interface import child_name
from decnet_core.adapters.interfaces import down, run_ip, state, up
from decnet_core.domain.errors import HostUnfitError
from decnet_core.domain.network import NetworkConfig
from tests.lan import PrivateLan, lan, why_no_lan

__all__ = ["lan"]

pytestmark = [pytest.mark.lan, pytest.mark.skipif(why_no_lan() is not None, reason=why_no_lan() or "")]


@pytest.fixture
def config(lan: PrivateLan) -> NetworkConfig:
    """A fleet of this LAN's own; its child goes with the parent."""
    return NetworkConfig.model_validate(
        {"fleet": f"t{lan.run}", "driver": "macvlan", "interface": lan.parent, "subnet": lan.subnet}
    )


@pytest.fixture
def decky(lan: PrivateLan) -> Iterator[IPv4Address]:
    """A sibling on the same parent, as a decky's container has: a macvlan in a namespace of its own."""
    space = f"decnet-test-{lan.run}-decky"
    child = f"{lan.parent}d"
    address = lan.subnet[20]
    ip("netns", "add", space)
    try:
        ip("link", "add", child, "link", lan.parent, "type", "macvlan", "mode", "bridge")
        ip("link", "set", child, "netns", space)
        inside = ("nsenter", f"--net=/run/netns/{space}", "ip")  # 'ip -n' fails where / is no mount, as in a chroot
        subprocess.run([*inside, "addr", "add", f"{address}/24", "dev", child], check=True)
        subprocess.run([*inside, "link", "set", child, "up"], check=True)
        yield address
    finally:
        ip("netns", "del", space)


def ip(*arguments: str) -> str:
    return run_ip(arguments)


def reached(address: IPv4Address) -> bool:
    """Whether TCP gets an answer from *address*: a refused connection is one."""
    script = f"import socket; s = socket.socket(); s.settimeout(2); print(s.connect_ex(('{address}', 9)))"
    done = subprocess.run(["python3", "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.strip() == "111"


def test_given_a_decky_on_the_parent_when_the_child_is_up_then_the_host_reaches_it(
    config: NetworkConfig, decky: IPv4Address
):
    assert not reached(decky)

    child = up(config, [decky])

    assert child is not None
    assert child.ours
    assert reached(decky)


def test_given_a_child_that_is_up_when_brought_up_again_then_it_is_the_same_interface(config: NetworkConfig):
    deckies = [config.subnet[20]]
    before = up(config, deckies)
    index = Path(f"/sys/class/net/{child_name(config.fleet)}/ifindex").read_text()

    assert up(config, deckies) == before
    assert Path(f"/sys/class/net/{child_name(config.fleet)}/ifindex").read_text() == index


def test_given_strangers_at_the_top_of_the_subnet_when_brought_up_then_a_free_address_is_taken(
    lan: PrivateLan, config: NetworkConfig
):
    lan.add_stranger(lan.subnet[253])

    child = up(config, [lan.subnet[20]])

    assert child is not None
    assert child.addresses == (lan.subnet[252],)


def test_given_the_subnet_when_the_child_is_up_then_only_the_deckies_are_routed_through_it(
    lan: PrivateLan, config: NetworkConfig
):
    child = up(config, [lan.subnet[20], lan.subnet[21]])

    assert child is not None
    assert child.routes == {lan.subnet[20], lan.subnet[21]}
    assert child.name not in ip("route", "get", str(lan.subnet[22]))


def test_given_the_lan_when_it_asks_for_the_hosts_other_addresses_then_the_child_keeps_quiet(
    lan: PrivateLan, config: NetworkConfig
):
    ip("addr", "add", f"{lan.subnet[2]}/24", "dev", lan.parent)
    child = up(config, [lan.subnet[20]])

    lan.intruder("python3", "-c", f"import socket; socket.socket(2, 2).sendto(b'x', ('{lan.subnet[2]}', 9))")
    neighbour = lan.intruder("sh", "-c", f"sleep 0.3; ip neigh show {lan.subnet[2]}").stdout

    assert child is not None
    assert Path(f"/sys/class/net/{lan.parent}/address").read_text().strip() in neighbour
    assert child.mac not in neighbour


def test_given_a_child_when_taken_down_then_it_is_gone_and_a_second_time_is_harmless(config: NetworkConfig):
    up(config, [config.subnet[20]])

    assert down(config.fleet)
    assert not state(config.fleet).exists
    assert not down(config.fleet)


def test_given_a_foreign_interface_of_our_name_when_brought_up_or_down_then_it_stays_as_it_is(
    lan: PrivateLan, config: NetworkConfig
):
    name = child_name(config.fleet)
    ip("link", "add", name, "link", lan.parent, "type", "macvlan", "mode", "bridge")
    before = ip("-json", "-details", "link", "show", "dev", name)

    with pytest.raises(HostUnfitError, match="not ours"):
        up(config, [config.subnet[20]])
    with pytest.raises(HostUnfitError, match="not ours"):
        down(config.fleet)

    assert ip("-json", "-details", "link", "show", "dev", name) == before


def test_given_no_such_parent_when_brought_up_then_it_is_named(config: NetworkConfig):
    with pytest.raises(Exception, match="no-such-if0"):
        up(config.model_copy(update={"interface": "no-such-if0"}), [config.subnet[20]])
