"""The host's own child interface: a macvlan parent cannot talk to its children, a sibling of theirs can.

It carries one /32 and a route to each decky, never to the subnet, so that the host's other traffic stays
where it was. It does not survive a reboot: ``decnet network up`` makes it again.
"""

import json
import re
import subprocess
from collections.abc import Callable, Collection, Iterable, Mapping
from ipaddress import IPv4Address
from itertools import islice
from pathlib import Path

from decnet_core.adapters.child_interface import (
    Child,
    ChildState,
    Command,
    candidates,
    child_mac,
    child_name,
    commands,
    read_state,
    removal,
    require_ours,
)
from decnet_core.adapters.lan import answering
from decnet_core.domain.errors import HostError, HostUnfitError
from decnet_core.domain.network import Driver, NetworkConfig

Run = Callable[[Command], str]
"""Carries out one command and returns what it printed."""
Probe = Callable[[str, Collection[IPv4Address]], Mapping[IPv4Address, str]]
"""Tells who on the LAN answers for which address."""

_CANDIDATES = 8
_ABSENT = re.compile(r"does not exist|Cannot find device")
_MEANING = {
    "Operation not permitted": "run as root, or with CAP_NET_ADMIN",
    "Unknown device type": "this kernel has no such kind of interface: load its module, or use another driver",
    "Operation not supported": "this kernel has no such kind of interface: load its module, or use another driver",
    "Device or resource busy": "the parent already carries children of the other kind, or is part of a bridge or bond",
    "File exists": "somebody else has a route or an interface there: `ip route`, `ip link` show it",
}


def run_ip(command: Command) -> str:
    """Run one ``ip`` command and return its output.

    Raises:
        HostUnfitError: no iproute2, or the host does not allow or know it; with ip's own words.
        HostError: anything else ip says no to.
    """
    try:
        done = subprocess.run(("ip", *command), capture_output=True, text=True, timeout=20, check=False)
    except FileNotFoundError as exc:
        raise HostUnfitError(("the command `ip` is missing: install iproute2",)) from exc
    except subprocess.TimeoutExpired as exc:
        raise HostError(f"`ip {' '.join(command)}` did not end within 20 s") from exc
    if done.returncode == 0:
        return done.stdout
    words = " ".join(done.stderr.split()) or f"exit status {done.returncode}"
    sentence = f"`ip {' '.join(command)}`: {words}"
    for said, meaning in _MEANING.items():
        if said in words:
            raise HostUnfitError((f"{sentence} ({meaning})",))
    raise HostError(sentence)


def state(fleet: str, *, run: Run = run_ip) -> ChildState:
    """Return the child interface of *fleet* as it is; one that is not there has ``exists`` False.

    Raises:
        HostError: the host's interfaces cannot be read.
    """
    name = child_name(fleet)
    try:
        links = run(("-json", "-details", "link", "show", "dev", name))
    except HostError as exc:
        if _ABSENT.search(str(exc)):
            return ChildState(name)
        raise
    parent = json.loads(links)[0].get("link", "")
    addresses = run(("-json", "-4", "addr", "show", "dev", name))
    routes = run(("-json", "-4", "route", "show", "dev", name))
    return read_state(fleet, _mac(parent, run) if parent else "", links, addresses, routes)


def up(
    config: NetworkConfig,
    deckies: Collection[IPv4Address],
    *,
    address: IPv4Address | None = None,
    taken: Collection[IPv4Address] = (),
    run: Run = run_ip,
    probe: Probe = answering,
) -> ChildState | None:
    """Make the host reach *deckies* and nothing else through a child interface; repeat at will.

    The child keeps the address it has; without one it takes *address*, or the highest of the subnet
    outside ``ip_range`` that is neither in *taken* nor answering on the LAN.

    Returns:
        The child as it is now; None for a bridge network, which the host reaches without.

    Raises:
        HostUnfitError: no such parent, no right, no free address, or the name belongs to somebody else.
        HostError: ip refused a step, in its own words.
    """
    if config.driver is Driver.BRIDGE or config.interface is None:
        return None
    have = state(config.fleet, run=run)
    require_ours(config.fleet, have)
    if address is not None:
        _require_usable(config, address, deckies)
    wanted = Child(
        fleet=config.fleet,
        driver=config.driver,
        parent=config.interface,
        mac=child_mac(config.fleet, _mac(config.interface, run)),
        address=address or _kept(config, have, deckies) or _free(config, {*taken, *deckies}, probe),
        routes=frozenset(deckies),
    )
    for command in commands(wanted, have):
        if command[:2] == ("link", "set"):
            keep_quiet(wanted.name)
        run(command)
    return state(config.fleet, run=run)


def down(fleet: str, *, run: Run = run_ip) -> bool:
    """Remove the child interface of *fleet* with its routes; say whether there was one.

    Raises:
        HostUnfitError: the name belongs to an interface that is not ours.
        HostError: ip refused, in its own words.
    """
    steps = removal(fleet, state(fleet, run=run))
    for command in steps:
        run(command)
    return bool(steps)


def keep_quiet(name: str, root: Path = Path("/proc/sys/net")) -> None:
    """Let interface *name* speak for its own address only.

    Otherwise the host would answer for its other addresses with this MAC too, and pick up IPv6
    addresses and a default route from the LAN's router.
    """
    for key, value in (
        ("ipv6/conf/{}/disable_ipv6", "1"),
        ("ipv4/conf/{}/arp_ignore", "1"),
        ("ipv4/conf/{}/arp_announce", "2"),
    ):
        setting = root / key.format(name)
        try:
            if setting.exists():
                setting.write_text(value, encoding="ascii")
        except OSError as exc:
            raise HostUnfitError((f"cannot set {setting}: {exc.strerror}",)) from exc


def _require_usable(config: NetworkConfig, address: IPv4Address, deckies: Collection[IPv4Address]) -> None:
    if address in deckies or address == config.gateway or not _is_host(config, address):
        raise HostUnfitError((f"{address} cannot be the host's own: a free address in {config.subnet} is needed",))


def _is_host(config: NetworkConfig, address: IPv4Address) -> bool:
    return config.subnet.network_address < address < config.subnet.broadcast_address


def _kept(config: NetworkConfig, have: ChildState, deckies: Iterable[IPv4Address]) -> IPv4Address | None:
    """Return the address the child has, unless a decky has been given it or the subnet changed."""
    return next((own for own in have.addresses if own in config.subnet and own not in set(deckies)), None)


def _free(config: NetworkConfig, taken: Collection[IPv4Address], probe: Probe) -> IPv4Address:
    tried = list(islice(candidates(config, taken), _CANDIDATES))
    answers = probe(config.interface or "", tried)
    for address in tried:
        if address not in answers:
            return address
    raise HostUnfitError((f"no free address in {config.subnet} for the host's own interface: give one with --address",))


def _mac(interface: str, run: Run) -> str:
    return str(json.loads(run(("-json", "link", "show", "dev", interface)))[0].get("address", ""))
