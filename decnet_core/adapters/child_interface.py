"""What the host's child interface shall be, is, and the ``ip`` commands from one to the other: no effects.

An interface is ours by its alias ``decnet:<fleet>``; one of the same name without it belongs to
somebody else and is left alone.
"""

import hashlib
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address

from decnet_core.domain.errors import HostUnfitError
from decnet_core.domain.network import Driver, NetworkConfig

Command = tuple[str, ...]
"""The arguments of one ``ip``."""

ROUTE_PROTOCOL = "157"
"""Marks our routes, so that those of an operator on the same interface are left alone."""

_MODES = {Driver.MACVLAN: "bridge", Driver.IPVLAN: "l2"}


@dataclass(frozen=True)
class Child:
    """The child interface as it shall be."""

    fleet: str
    driver: Driver
    parent: str
    mac: str
    address: IPv4Address
    routes: frozenset[IPv4Address]

    @property
    def name(self) -> str:
        """The interface's name."""
        return child_name(self.fleet)


@dataclass(frozen=True)
class ChildState:
    """The child interface as it is.

    Attributes:
        ours: made by us for this fleet; what is not ours is never touched.
        routes: the addresses that our routes lead to.
    """

    name: str
    exists: bool = False
    ours: bool = False
    up: bool = False
    kind: str = ""
    parent: str = ""
    mac: str = ""
    addresses: tuple[IPv4Address, ...] = ()
    routes: frozenset[IPv4Address] = frozenset()


def child_name(fleet: str) -> str:
    """Name the child interface of *fleet*: at most the kernel's 15 characters, and no two fleets alike."""
    name = f"dn-{fleet}"
    if len(name) <= 15:
        return name
    return f"{name[:9].rstrip('-')}-{hashlib.sha256(fleet.encode()).hexdigest()[:5]}"


def child_mac(fleet: str, parent_mac: str) -> str:
    """Return a locally administered MAC that stays the same over reboots."""
    return "02:" + hashlib.sha256(f"{fleet}/{parent_mac}".encode()).digest()[:5].hex(":")


def candidates(config: NetworkConfig, taken: Collection[IPv4Address]) -> Iterator[IPv4Address]:
    """Yield free addresses for the child, from the top of the subnet, those outside ``ip_range`` only."""
    subnet = config.subnet
    for offset in range(subnet.num_addresses - 2, 0, -1):
        address = subnet[offset]
        if address == config.gateway or address in taken or (config.ip_range and address in config.ip_range):
            continue
        yield address


def commands(want: Child, have: ChildState) -> tuple[Command, ...]:
    """Return what must be run to turn *have* into *want*; nothing when they are alike.

    Raises:
        HostUnfitError: the name belongs to an interface that is not ours.
    """
    require_ours(want.fleet, have)
    kept = have
    steps: list[Command] = []
    if have.exists and not _same_link(want, have):
        steps.append(("link", "del", "dev", want.name))
        kept = ChildState(want.name)
    if not kept.exists:
        own_mac = ("address", want.mac) if want.driver is Driver.MACVLAN else ()
        kind = ("type", want.driver.value, "mode", _MODES[want.driver])
        head = ("link", "add", "link", want.parent, "name", want.name)
        steps.append((*head, *own_mac, "alias", _alias(want.fleet), *kind))
    steps += [("addr", "del", f"{old}/32", "dev", want.name) for old in kept.addresses if old != want.address]
    if want.address not in kept.addresses:
        steps.append(("addr", "add", f"{want.address}/32", "dev", want.name))
    if not kept.up:
        steps.append(("link", "set", "dev", want.name, "alias", _alias(want.fleet), "up"))
    # A route names the source address: with another address, each is made anew.
    routes = kept.routes if want.address in kept.addresses else frozenset()
    marked = ("dev", want.name, "proto", ROUTE_PROTOCOL)
    steps += [("route", "del", f"{gone}/32", *marked) for gone in sorted(routes - want.routes)]
    add = [("route", "add", f"{new}/32", *marked, "src", str(want.address)) for new in sorted(want.routes - routes)]
    return (*steps, *add)


def removal(fleet: str, have: ChildState) -> tuple[Command, ...]:
    """Return what must be run so that the child of *fleet* is gone; its routes go with it.

    Raises:
        HostUnfitError: the name belongs to an interface that is not ours.
    """
    require_ours(fleet, have)
    return (("link", "del", "dev", have.name),) if have.exists else ()


def read_state(fleet: str, parent_mac: str, links: str, addresses: str, routes: str) -> ChildState:
    """Read the child's state from what ``ip -json`` printed of its link, addresses and routes."""
    link = json.loads(links)[0]
    mac, alias = link.get("address", ""), link.get("ifalias", "")
    # A kernel that takes no alias at creation leaves an unmarked one when we are killed in between.
    unfinished = not alias and mac == child_mac(fleet, parent_mac)
    own = [row["local"] for entry in json.loads(addresses or "[]") for row in entry.get("addr_info", [])]
    leads = [row["dst"] for row in json.loads(routes or "[]") if row.get("protocol") == ROUTE_PROTOCOL]
    return ChildState(
        name=child_name(fleet),
        exists=True,
        ours=alias == _alias(fleet) or unfinished,
        up="UP" in link.get("flags", ()),
        kind=link.get("linkinfo", {}).get("info_kind", ""),
        parent=link.get("link", ""),
        mac=mac,
        addresses=tuple(IPv4Address(text) for text in own),
        routes=frozenset(IPv4Address(text.removesuffix("/32")) for text in leads),
    )


def require_ours(fleet: str, have: ChildState) -> None:
    """Refuse to go on when the name belongs to an interface that is not ours.

    Raises:
        HostUnfitError: it does.
    """
    if have.exists and not have.ours:
        raise HostUnfitError(
            (f"interface {have.name} is not ours (no alias {_alias(fleet)}) and is left alone: rename or remove it",)
        )


def _same_link(want: Child, have: ChildState) -> bool:
    same_mac = have.mac == want.mac or want.driver is not Driver.MACVLAN
    return same_mac and (have.kind, have.parent) == (want.driver.value, want.parent)


def _alias(fleet: str) -> str:
    return f"decnet:{fleet}"
