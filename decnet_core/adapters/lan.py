"""The LAN as the host sees it: who answers on the wire, and what the host's own interfaces are.

Packets are built and parsed by pure functions; one function owns the socket. Nothing here changes
anything: a probe with sender 0.0.0.0 leaves no trace in a neighbour's ARP table (RFC 5227).
"""

import contextlib
import errno
import fcntl
import re
import select
import socket
import struct
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from decnet_core.domain.errors import HostUnfitError

UNSPECIFIED = IPv4Address(0)

_ETHERNET = struct.Struct("!6s6sH")
_ARP = struct.Struct("!HHBBH6s4s6s4s")
_ETHERTYPE_ARP = 0x0806
_ETHERTYPE_IPV4 = 0x0800
_REQUEST = 1
_HARDWARE_ETHERNET = 1
_EVERYBODY = b"\xff" * 6
_NOBODY = bytes(6)
_MINIMUM_FRAME = 60
_LONGEST_FRAME = 2048
_SIOCGIFADDR = 0x8915
_RECEIVE_BUFFER = 1 << 20
_IFF_UP = 0x1
_IFF_PROMISC = 0x100


@dataclass(frozen=True)
class Claimed:
    """Somebody on the wire says that *address* is at *mac*."""

    address: IPv4Address
    mac: str


@dataclass(frozen=True)
class InterfaceFacts:
    """What the kernel says of one interface.

    Attributes:
        up: switched on by the administrator.
        running: a carrier is there, or the kernel cannot tell.
        kind: the kernel's word for virtual ones (bridge, macvlan, ipvlan, vlan, wlan), or empty.
        lower: the interfaces it sits on; empty for a network card.
        master: the bridge or bond it is part of, or empty.
        promiscuous: takes every frame, whoever asked for that.
    """

    name: str
    exists: bool = False
    up: bool = False
    running: bool = False
    mac: str = ""
    mtu: int = 0
    kind: str = ""
    wireless: bool = False
    promiscuous: bool = False
    lower: tuple[str, ...] = ()
    master: str = ""

    @property
    def is_bridge(self) -> bool:
        """Whether it is a Linux bridge."""
        return self.kind == "bridge"

    @property
    def is_child(self) -> bool:
        """Whether it is itself a macvlan or ipvlan, and so no parent for another."""
        return self.kind in ("macvlan", "macvtap", "ipvlan", "ipvtap")


def arp_request(address: IPv4Address, own_mac: bytes, own_address: IPv4Address = UNSPECIFIED) -> bytes:
    """Return the Ethernet frame that asks everybody who has *address*."""
    frame = _ETHERNET.pack(_EVERYBODY, own_mac, _ETHERTYPE_ARP) + _ARP.pack(
        _HARDWARE_ETHERNET,
        _ETHERTYPE_IPV4,
        6,
        4,
        _REQUEST,
        own_mac,
        own_address.packed,
        _NOBODY,
        address.packed,
    )
    return frame.ljust(_MINIMUM_FRAME, b"\0")


def read_claim(frame: bytes) -> Claimed | None:
    """Return the claim in a received ARP frame, or None for anything else.

    Replies, announcements and requests all count: whoever sends with an address uses it.
    """
    if len(frame) < _ETHERNET.size + _ARP.size:
        return None
    _, _, ethertype = _ETHERNET.unpack_from(frame)
    hardware, protocol, mac_size, address_size, _, mac, address, _, _ = _ARP.unpack_from(frame, _ETHERNET.size)
    if (ethertype, hardware, protocol, mac_size, address_size) != (
        _ETHERTYPE_ARP,
        _HARDWARE_ETHERNET,
        _ETHERTYPE_IPV4,
        6,
        4,
    ):
        return None
    if address == UNSPECIFIED.packed or mac in (_NOBODY, _EVERYBODY):
        return None
    return Claimed(IPv4Address(address), mac.hex(":"))


def answering(
    interface: str, addresses: Collection[IPv4Address], *, timeout: float = 0.4, attempts: int = 2
) -> dict[IPv4Address, str]:
    """Return the MAC of whoever on the LAN behind *interface* answers for each of *addresses*.

    All requests leave at once, *attempts* times within *timeout* seconds, which is the longest this
    takes. The first round asks with no sender (RFC 5227), the others with the interface's own address
    where it has one, for machines that ignore the first. The host itself and the macvlan children of
    *interface* do not hear its requests, so whoever answers is somebody else.

    Raises:
        HostUnfitError: no such interface, not Ethernet, down, or no right to open a raw socket.
    """
    silent = set(addresses)
    found: dict[IPv4Address, str] = {}
    if not silent:
        return found
    with _arp_socket(interface) as (wire, own_mac):
        for attempt in range(attempts):
            sender = UNSPECIFIED if attempt == 0 else _own_address(wire, interface)
            requests = [arp_request(address, own_mac, sender) for address in sorted(silent)]
            for claim in _exchange(wire, requests, time.monotonic() + timeout / attempts):
                if claim.address in silent and claim.mac != own_mac.hex(":"):
                    found[claim.address] = claim.mac
                    silent.remove(claim.address)
                if not silent:
                    return found
    return found


@contextlib.contextmanager
def _arp_socket(interface: str) -> Iterator[tuple[socket.socket, bytes]]:
    """Give a raw socket that sends and receives ARP on *interface*, and the interface's own MAC."""
    try:
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETHERTYPE_ARP)) as wire:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
            wire.bind((interface, _ETHERTYPE_ARP))
            wire.setblocking(False)
            _, _, _, hardware, own_mac = wire.getsockname()
            if hardware != _HARDWARE_ETHERNET:
                raise HostUnfitError((f"interface {interface} is not Ethernet: addresses on it cannot be probed",))
            yield wire, own_mac
    except PermissionError as exc:
        raise HostUnfitError(
            (f"looking for taken addresses on {interface} needs a raw socket: run as root, or with CAP_NET_RAW",)
        ) from exc
    except OSError as exc:
        raise HostUnfitError((f"interface {interface} cannot be probed: {exc.strerror or exc}",)) from exc


def _exchange(wire: socket.socket, requests: list[bytes], until: float) -> Iterator[Claimed]:
    """Send *requests* as fast as the card takes them, and yield every claim heard before *until*."""
    queue = list(reversed(requests))
    poll = select.poll()
    while (left := until - time.monotonic()) > 0:
        poll.register(wire, select.POLLIN | (select.POLLOUT if queue else 0))
        for _, ready in poll.poll(left * 1000):
            if ready & select.POLLOUT and _sent(wire, queue[-1]):
                queue.pop()
            if ready & ~select.POLLOUT and (claim := _received(wire)):
                yield claim


def _sent(wire: socket.socket, frame: bytes) -> bool:
    """Hand *frame* to the card; False when its queue is full and the frame must be offered again."""
    try:
        return wire.send(frame) > 0
    except OSError as exc:
        if exc.errno in (errno.EAGAIN, errno.ENOBUFS):
            return False
        raise


def _received(wire: socket.socket) -> Claimed | None:
    try:
        return read_claim(wire.recv(_LONGEST_FRAME))
    except BlockingIOError:
        return None


def _own_address(wire: socket.socket, interface: str) -> IPv4Address:
    """Return the interface's first IPv4 address, or 0.0.0.0 where it has none."""
    try:
        reply = fcntl.ioctl(wire, _SIOCGIFADDR, struct.pack("256s", interface.encode()))
    except OSError:
        return UNSPECIFIED
    return IPv4Address(reply[20:24])


def host_addresses(fib_trie: Path = Path("/proc/net/fib_trie")) -> tuple[IPv4Address, ...]:
    """Return every IPv4 address of the host itself, without loopback, in order."""
    return local_addresses(fib_trie.read_text(encoding="ascii"))


def local_addresses(fib_trie: str) -> tuple[IPv4Address, ...]:
    """Read the local addresses from the kernel's routing trie; secondary ones are there too."""
    local = re.findall(r"\|-- (\S+)\n\s+/32 host LOCAL", fib_trie)
    return tuple(sorted({address for text in local if not (address := IPv4Address(text)).is_loopback}))


def kernel_sysctls(root: Path = Path("/proc/sys/net/ipv4")) -> frozenset[str]:
    """Return the ``net.ipv4`` keys that this kernel knows, as ``net.ipv4.ip_default_ttl``.

    Empty where the directory cannot be read.
    """
    try:
        return frozenset(f"net.ipv4.{entry.name}" for entry in root.iterdir() if entry.is_file())
    except OSError:
        return frozenset()


def interface_facts(name: str, root: Path = Path("/sys/class/net")) -> InterfaceFacts:
    """Return what the kernel says of interface *name*; one that is not there has ``exists`` False."""
    entry = root / name
    if not name or "/" in name or not (entry / "flags").exists():
        return InterfaceFacts(name)
    flags = int(_line(entry / "flags") or "0", 16)
    kind = re.search(r"^DEVTYPE=(\S+)$", _text(entry / "uevent"), re.MULTILINE)
    return InterfaceFacts(
        name,
        exists=True,
        up=bool(flags & _IFF_UP),
        running=_line(entry / "operstate") in ("up", "unknown"),
        mac=_line(entry / "address"),
        mtu=int(_line(entry / "mtu") or 0),
        kind=kind[1] if kind else "",
        wireless=(entry / "wireless").exists() or (entry / "phy80211").exists(),
        promiscuous=bool(flags & _IFF_PROMISC),
        lower=tuple(sorted(link.name.removeprefix("lower_") for link in entry.glob("lower_*"))),
        master=(entry / "master").resolve().name if (entry / "master").exists() else "",
    )


def _line(path: Path) -> str:
    return _text(path).strip()


def _text(path: Path) -> str:
    """Return the file's text; empty where the kernel has no value to give (it answers EINVAL then)."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""
