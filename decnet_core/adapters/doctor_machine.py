"""Judgement of rights, state directory and memory: facts in, findings out."""

from collections.abc import Iterator

from decnet_core.adapters.doctor_facts import MEBIBYTE, Facts, Finding, Severity, listed, ok

DECKY_MEMORY = 48 * MEBIBYTE
"""What one decky with a handful of services takes, with its shim in the engine."""

_STATE_ROOM = 64 * MEBIBYTE
_KEPT_FOR_HOST = 256 * MEBIBYTE
_FEW = 10


def rights(facts: Facts) -> Iterator[Finding]:
    """Which rights are missing, and for what they are needed."""
    machine, wish = facts.machine, facts.wish
    if not machine.net_raw and wish.lan_probe:
        yield Finding(
            "no-net-raw",
            Severity.PROBLEM if wish.on_lan else Severity.WARNING,
            "no right to look for taken addresses",
            "an address that a machine on the LAN has could be given to a decky; looking needs CAP_NET_RAW",
            "run as root, or switch the look off with DECNET_LAN_PROBE=false and keep the ranges apart yourself",
        )
    if not machine.net_admin and wish.on_lan:
        yield Finding(
            "no-net-admin",
            Severity.WARNING,
            "no right to make the host's child interface",
            "this host will not reach its own deckies; `decnet network up` needs CAP_NET_ADMIN",
            "run as root",
        )
    if machine.net_raw and machine.net_admin:
        yield ok("rights", "the rights are there", "root" if machine.root else listed(("CAP_NET_ADMIN", "CAP_NET_RAW")))


def state_directory(facts: Facts) -> Iterator[Finding]:
    """Can files of ours be written."""
    machine = facts.machine
    if machine.state_error:
        yield Finding(
            "state-unwritable",
            Severity.PROBLEM,
            "the state directory cannot be written",
            f"{machine.state_dir}: {machine.state_error}",
            "run as its owner, or set DECNET_STATE_DIR",
        )
    elif machine.state_free < _STATE_ROOM:
        yield Finding(
            "state-disk-low",
            Severity.PROBLEM,
            "the state directory's disk is full",
            f"{machine.state_dir}: {machine.state_free // MEBIBYTE} MiB left, {_STATE_ROOM // MEBIBYTE} needed",
            "free some, or set DECNET_STATE_DIR",
        )
    else:
        free = f"{machine.state_free // MEBIBYTE} MiB free"
        yield ok("state", "the state directory can be written", f"{machine.state_dir}, {free}")


def low_ports(facts: Facts) -> Iterator[Finding]:
    """Deckies run as an unprivileged user and open ports below 1024 by a sysctl."""
    if not facts.machine.low_ports:
        yield Finding(
            "low-ports-unsupported",
            Severity.PROBLEM,
            "this kernel has no net.ipv4.ip_unprivileged_port_start",
            "deckies run unprivileged and could not open ports such as 22 and 80",
            "use Linux 4.11 or newer",
        )


def memory(facts: Facts) -> Iterator[Finding]:
    """How many more deckies fit, and whether those to come do."""
    available = facts.machine.memory_available
    room = max(0, available - _KEPT_FOR_HOST) // DECKY_MEMORY
    free = f"{available // MEBIBYTE} MiB available, about {DECKY_MEMORY // MEBIBYTE} MiB a decky"
    if facts.wish.deckies > room:
        yield Finding(
            "memory-short",
            Severity.PROBLEM,
            f"no memory for {facts.wish.deckies} more deckies",
            f"{free}: room for about {room}",
            "add memory, or spread the fleet over several hosts",
        )
    elif room < _FEW:
        yield Finding(
            "memory-low",
            Severity.WARNING,
            f"memory for about {room} more deckies",
            free,
            "add memory, or spread the fleet over several hosts",
        )
    else:
        yield ok("memory", f"memory for about {room} more deckies", free)


JUDGES = (rights, state_directory, low_ports, memory)
