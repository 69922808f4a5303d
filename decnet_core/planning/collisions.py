"""Every collision at once, each with both claimants."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address

from decnet_core.domain.decky import DeckyConfig
from decnet_core.domain.errors import Cause, Claim
from decnet_core.domain.names import container_name
from decnet_core.domain.network import NetworkConfig
from decnet_core.domain.snapshot import Snapshot
from decnet_core.planning.fleet import Member
from decnet_core.planning.wishes import Wish


@dataclass
class Holders:
    """Who holds which name, address and hostname; *value → holder* for each kind."""

    ip: dict[IPv4Address, str] = field(default_factory=dict)
    mac: dict[str, str] = field(default_factory=dict)
    hostname: dict[str, str] = field(default_factory=dict)
    container: dict[str, str] = field(default_factory=dict)


def holders(snapshot: Snapshot, fleet: Mapping[str, Member], leaving: Collection[str] = ()) -> Holders:
    """Return what is taken: by the fleet, other hosts, foreign containers, the host itself.

    Args:
        snapshot: what was read.
        fleet: the fleet's deckies, stopped, failed and missing ones included.
        leaving: deckies that the same operation removes; what they hold is free again.
    """
    taken = Holders()
    for address in snapshot.observation.host_addresses:
        taken.ip[address] = "this host"
    for foreign in snapshot.observation.foreign:
        _take_foreign(taken, foreign.kind, foreign.name, foreign.ips, foreign.macs)
    for shard in snapshot.memory.shards:
        _take(taken, f"decky {shard.name} on another host", shard.config)
        if shard.name not in fleet:
            taken.container[container_name(snapshot.fleet, shard.name)] = f"decky {shard.name} on another host"
    for name, member in fleet.items():
        if name not in leaving:
            _take(taken, f"decky {name}", member.spec.config)
    return taken


def _take(taken: Holders, holder: str, config: DeckyConfig) -> None:
    taken.ip.setdefault(config.ip, holder)
    taken.mac.setdefault(config.mac_address, holder)
    taken.hostname.setdefault(config.hostname.lower(), holder)


def _take_foreign(taken: Holders, kind: str, name: str, ips: Iterable[IPv4Address], macs: Iterable[str]) -> None:
    holder = f"{kind} {name} (not ours)"
    for ip in ips:
        taken.ip.setdefault(ip, holder)
    for mac in macs:
        taken.mac.setdefault(mac, holder)
    if kind == "container":
        taken.container[name] = holder


def claims(wishes: Collection[Wish], taken: Holders, fleet: str) -> list[Claim]:
    """Return every name, IP, MAC and hostname that two want, within the submission and against *taken*."""
    found: list[Claim] = []
    seen: dict[tuple[str, object], str] = {}
    for wish in wishes:
        me = f"decky {wish.name}"
        for kind, value, held in _wanted(wish, taken, fleet):
            earlier = seen.get((kind, value))
            if earlier is not None and (kind == "name" or earlier != me):
                found.append(Claim(kind, str(value), me, f"{earlier} of the same submission", "give one another"))
            seen.setdefault((kind, value), me)
            if held is not None and held != me:
                found.append(Claim(kind, str(value), me, held, "choose another, or leave it out"))
    return found


def _wanted(wish: Wish, taken: Holders, fleet: str) -> Iterator[tuple[str, object, str | None]]:
    """Yield kind, value and present holder of everything that *wish* asks for by value."""
    yield "name", wish.name, taken.container.get(container_name(fleet, wish.name))
    request = wish.request
    if request.ip is not None:
        yield "ip", request.ip, taken.ip.get(request.ip)
    if request.mac_address is not None:
        yield "mac", request.mac_address, taken.mac.get(request.mac_address)
    if request.hostname is not None:
        yield "hostname", request.hostname.lower(), taken.hostname.get(request.hostname.lower())


def misplaced(wish: Wish, network: NetworkConfig) -> list[Cause]:
    """Return what is wrong with the address that *wish* asks for, whoever else wants it."""
    ip = wish.request.ip
    if ip is None:
        return []
    where = f"decky {wish.name}"
    subnet = network.subnet
    if ip not in subnet:
        return [Cause(where, f"ip {ip} is outside the subnet {subnet}", "choose one inside, or leave it out")]
    edges = {
        subnet.network_address: "the network address",
        subnet.broadcast_address: "the broadcast address",
        network.gateway: "the gateway",
    }
    if ip in edges:
        return [Cause(where, f"ip {ip} is {edges[ip]} of {subnet}", "choose another, or leave it out")]
    if ip.is_multicast or ip.is_loopback or ip.is_unspecified or ip.is_reserved:
        return [Cause(where, f"ip {ip} is not a unicast address", "choose another, or leave it out")]
    return []
