"""Judgement of parent interface, kernel and address pools: facts in, findings out."""

from collections.abc import Iterator
from ipaddress import IPv4Network

from decnet_core.adapters.doctor_facts import Facts, Finding, Severity, Support, listed, ok
from decnet_core.domain.network import Driver

# What stands in the machine's firmware, and what its virtual switch must be told before it delivers
# frames to MAC addresses that it did not hand out.
HYPERVISORS = (
    ("VMware", "VMware", "on the port group allow promiscuous mode, MAC address changes and forged transmits"),
    (
        "Microsoft Corporation Virtual Machine",
        "Hyper-V",
        "in the adapter's advanced features enable MAC address spoofing",
    ),
    ("VirtualBox", "VirtualBox", "attach to a bridged adapter and set promiscuous mode to `Allow All`"),
    ("Parallels", "Parallels", "attach to a bridged network"),
)
CLOUDS = ("Amazon EC2", "Google Compute Engine", "DigitalOcean", "Hetzner", "OpenStack", "Alibaba Cloud", "OracleCloud")
_CHILD_DRIVERS = ("macvlan", "ipvlan")


def parent(facts: Facts) -> Iterator[Finding]:
    """Can deckies sit on this interface."""
    seen, wish = facts.parent, facts.wish
    if not wish.on_lan:
        return
    if seen is None:
        yield Finding(
            "parent-unknown",
            Severity.NOTE,
            "no parent interface to look at",
            "there is no fleet yet, and this host has no default route",
            "name one: `decnet doctor --interface eth0`",
        )
        return
    worst = Severity.PROBLEM if wish.certain else Severity.WARNING
    name = seen.name
    if not seen.exists:
        yield Finding(
            "parent-missing",
            worst,
            f"there is no interface {name}",
            f"the fleet's {wish.driver} network needs it as its parent",
            "`ip link` lists what there is",
        )
    elif seen.wireless and wish.driver is Driver.MACVLAN:
        yield Finding(
            "parent-wireless",
            worst,
            f"{name} is a Wi-Fi card",
            "an access point drops frames from MAC addresses that did not log in, so no macvlan decky is heard",
            "use `driver: ipvlan`, where deckies share the card's MAC, or a cable",
        )
    elif seen.is_child:
        yield Finding(
            "parent-is-child",
            worst,
            f"{name} is itself a {seen.kind}",
            f"it sits on {listed(seen.lower) or 'another interface'} and cannot have children",
            "name the interface below it",
        )
    elif seen.master:
        yield Finding(
            "parent-enslaved",
            worst,
            f"{name} is part of {seen.master}",
            "frames go to the bridge or bond before a child of the port sees them",
            f"take {seen.master} as the parent",
        )
    elif not seen.up:
        yield Finding("parent-down", worst, f"{name} is down", "its children stay silent", f"`ip link set {name} up`")
    elif not seen.running:
        yield Finding(
            "parent-no-carrier",
            Severity.WARNING,
            f"{name} has no carrier",
            "it is up, but nothing is plugged in",
            "plug it in",
        )
    else:
        yield ok("parent", f"{name} can carry deckies", f"MAC {seen.mac}, MTU {seen.mtu}")


def virtual_machine(facts: Facts) -> Iterator[Finding]:
    """A virtual switch delivers only what it was told to."""
    seen, firmware = facts.parent, facts.machine.firmware
    if seen is None or facts.wish.driver is not Driver.MACVLAN:
        return
    for mark, product, allow in HYPERVISORS:
        if mark in firmware:
            own = "" if seen.promiscuous else f"; `ip link set {seen.name} promisc on` where that is not enough"
            yield Finding(
                "vm-promiscuous",
                Severity.NOTE,
                f"this is a {product} machine",
                "its virtual switch drops frames for MAC addresses it did not hand out, unless allowed",
                f"{allow}{own}; or use `driver: ipvlan`",
            )
    for cloud in CLOUDS:
        if cloud in firmware:
            yield Finding(
                "vm-cloud",
                Severity.WARNING,
                f"this is a machine at {cloud}",
                "such a network delivers only to addresses that the provider gave out",
                "use a bridge network, or ipvlan with addresses the provider routes to this machine",
            )
    if "microsoft" in facts.machine.kernel.lower():
        yield Finding(
            "vm-wsl",
            Severity.WARNING,
            "this is Linux inside Windows (WSL)",
            "its network is behind Windows' own address",
            "use a bridge network here, or a real Linux host",
        )


def kernel(facts: Facts) -> Iterator[Finding]:
    """Does the kernel have the kinds of interface."""
    for driver, support in ((Driver.MACVLAN, facts.machine.macvlan), (Driver.IPVLAN, facts.machine.ipvlan)):
        wanted = facts.wish.driver is driver
        if support is Support.NO:
            yield Finding(
                f"kernel-no-{driver}",
                (Severity.PROBLEM if facts.wish.certain else Severity.WARNING) if wanted else Severity.NOTE,
                f"this kernel has no {driver}",
                f"networks with `driver: {driver}` cannot be made",
                f"`modprobe {driver}` (a package with extra modules may be missing), or another driver",
            )
        elif support is Support.UNKNOWN and wanted:
            yield Finding(
                f"kernel-{driver}-unknown",
                Severity.NOTE,
                f"whether this kernel has {driver} could not be found out",
                "trying needs root",
                "run the doctor as root",
            )
        elif wanted:
            yield ok(f"kernel-{driver}", f"the kernel has {driver}")


def duplicate_parent(facts: Facts) -> Iterator[Finding]:
    """One network of this kind per parent: the engine refuses the second."""
    wish = facts.wish
    if not wish.on_lan or not wish.interface:
        return
    others = [
        network
        for network in facts.engine.networks
        if network.driver in _CHILD_DRIVERS and network.parent == wish.interface and network.fleet != wish.fleet
    ]
    for other in others:
        whose = f"fleet {other.fleet}" if other.fleet else "not ours"
        yield Finding(
            "parent-taken",
            Severity.PROBLEM if wish.certain else Severity.WARNING,
            f"{wish.interface} already carries another Docker network",
            f"{other.name} ({other.driver}, {whose}); the engine allows one per parent",
            "add the deckies to that fleet, use another parent (a VLAN: eth0.20), or remove that network",
        )


def pools(facts: Facts) -> Iterator[Finding]:
    """Two networks with one range: the host sends to only one of them."""
    clean = True
    for own, what in _ranges(facts):
        for other, owner in _claims(facts, what):
            if own.overlaps(other):
                clean = False
                yield Finding(
                    "pool-overlap",
                    Severity.PROBLEM if what == facts.wish.fleet else Severity.WARNING,
                    f"{own} of {_called(facts, what)} overlaps {owner}",
                    f"{other}: the host reaches only one of the two",
                    "choose another subnet for one; the engine's own pools are `default-address-pools` in daemon.json",
                )
    if clean and facts.engine.answers:
        yield ok("pools", "no address pool overlaps another network or route")


def forwarding(facts: Facts) -> Iterator[Finding]:
    """Quirks of the packet filter that drop what deckies send or get."""
    machine = facts.machine
    on_bridge = not facts.wish.on_lan
    if on_bridge and not machine.ip_forward:
        yield Finding(
            "ip-forward-off",
            Severity.WARNING,
            "the host forwards no packets",
            "deckies on a bridge network are reached from this host only",
            "`sysctl -w net.ipv4.ip_forward=1`",
        )
    dropping = machine.bridge_filter and machine.forward_policy == "DROP"
    if dropping and on_bridge and not machine.docker_rules:
        yield Finding(
            "bridge-filtered",
            Severity.WARNING,
            "the packet filter drops traffic between deckies",
            "net.bridge.bridge-nf-call-iptables is 1, FORWARD drops, and the engine's own rules are gone",
            "restart the engine after the firewall, which took its rules away",
        )
    if dropping and not on_bridge and facts.parent is not None and facts.parent.is_bridge:
        yield Finding(
            "bridge-filtered",
            Severity.WARNING,
            f"the packet filter drops what crosses {facts.parent.name}",
            "the parent is a bridge, net.bridge.bridge-nf-call-iptables is 1, and FORWARD drops",
            f"`iptables -I DOCKER-USER -i {facts.parent.name} -o {facts.parent.name} -j ACCEPT`",
        )


JUDGES = (parent, virtual_machine, kernel, duplicate_parent, pools, forwarding)


def _ranges(facts: Facts) -> Iterator[tuple[IPv4Network, str]]:
    """Yield the fleet's subnet, then those of the engine's bridges, with the name of whose they are."""
    if facts.wish.subnet is not None:
        yield facts.wish.subnet, facts.wish.fleet
    for network in facts.engine.networks:
        if network.driver == "bridge" and network.fleet != facts.wish.fleet:
            yield from ((subnet, network.name) for subnet in network.subnets)


def _claims(facts: Facts, what: str) -> Iterator[tuple[IPv4Network, str]]:
    """Yield what else claims addresses, from the view of *what*: other networks for the fleet, routes for all."""
    lan = what == facts.wish.fleet and facts.wish.on_lan
    own = {facts.wish.interface} if lan else set()
    for network in facts.engine.networks:
        if what in (network.name, network.fleet):
            own.add(network.device)
        elif what == facts.wish.fleet:
            yield from ((subnet, f"the Docker network {network.name}") for subnet in network.subnets)
    bridges = {network.device for network in facts.engine.networks if network.device}
    # A wider route, as to a VPN, does no harm to a LAN: the narrower one wins.
    widest = facts.wish.subnet.prefixlen if lan and facts.wish.subnet else 1
    for destination, device in facts.machine.routes:
        # A route of an engine's bridge is the network again; one narrower than a /30 is to a machine, not a network.
        if device not in own | bridges and widest <= destination.prefixlen <= 30:
            yield destination, f"the route over {device}"


def _called(facts: Facts, what: str) -> str:
    return f"fleet {what}" if what == facts.wish.fleet else f"the Docker network {what}"
