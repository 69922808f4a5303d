"""A private LAN for tests and the demo's like: a switch, a host port that deckies sit on, an intruder, strangers.

    this host ── parent ══ port ┐
                                ├ bridge (namespace "switch")
    intruder ── lan0 ══ port ───┤
    stranger ── lan0 ══ port ───┘

Everything carries a run id, and only objects with that run id are ever removed.
"""

import hashlib
import json
import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Self

import pytest

_PREFIX = "dlan"
_INSIDE = "lan0"
_SWITCH_MTU = 1500


class PrivateLan:
    """A LAN of one's own while the context is open; ``parent`` is where a macvlan network goes.

    Attributes:
        parent: the host's interface on this LAN: up, without an address.
        subnet: a 10.x.y.0/24 that nothing on this host routes.
        gateway: its first address; nobody has it.
        intruder_ip: where the intruder sits.
    """

    def __init__(self, run: str | None = None) -> None:
        self.run = run or uuid.uuid4().hex[:8]
        tag = hashlib.sha256(self.run.encode()).hexdigest()[:8]
        self.parent = f"{_PREFIX}{tag}"
        self.subnet = _free_subnet(self.run)
        self.gateway = self.subnet[1]
        self.intruder_ip = self.subnet[254]
        self._space = f"decnet-test-{tag}"
        self._switch = f"{self._space}-switch"
        self._intruder = f"{self._space}-intruder"
        self._strangers = 0

    def __enter__(self) -> Self:
        """Build the LAN; what an earlier run of the same id left is removed first."""
        self.remove()
        try:
            _ip("netns", "add", self._switch)
            _inside_ip(self._switch, "link", "add", "switch", "type", "bridge")
            _inside_ip(self._switch, "link", "set", "switch", "up")
            _ip("link", "add", self.parent, "type", "veth", "peer", "name", "host", "netns", self._switch)
            self._plug("host")
            _ip("link", "set", self.parent, "up")
            self._join(self._intruder, "intruder", self.intruder_ip)
        except BaseException:
            self.remove()  # whatever stopped us, also Ctrl-C, must not leave interfaces behind
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Remove exactly what was made here."""
        self.remove()

    def intruder(self, *command: str, check: bool = True, timeout: float = 30) -> subprocess.CompletedProcess[str]:
        """Run *command* as the intruder would, and return it with its output.

        Raises:
            AssertionError: it failed and *check* is set; the message carries what it wrote.
        """
        return _run(*_inside(self._intruder), *command, check=check, timeout=timeout)

    def intruder_command(self, *command: str) -> list[str]:
        """Return the command line that runs *command* as the intruder, for one that must stay open."""
        return [*_inside(self._intruder), *command]

    def add_stranger(self, ip: IPv4Address | str, mac: str | None = None) -> str:
        """Put another machine on the LAN that answers ARP (and ping) for *ip*; return its MAC."""
        self._strangers += 1
        return self._join(
            f"{self._space}-stranger{self._strangers}", f"stranger{self._strangers}", IPv4Address(ip), mac
        )

    def remove(self) -> None:
        """Remove everything that carries this run id; harmless when nothing does."""
        _ip("link", "del", self.parent, check=False)
        for entry in Path("/run/netns").glob(f"{self._space}-*"):
            _ip("netns", "del", entry.name, check=False)

    def _join(self, space: str, port: str, ip: IPv4Address, mac: str | None = None) -> str:
        """Plug a new machine into the switch: a namespace with one interface."""
        _ip("netns", "add", space)
        address = ["address", mac] if mac else []
        _inside_ip(space, "link", "add", _INSIDE, *address, "type", "veth", "peer", "name", port, "netns", self._switch)
        self._plug(port)
        _inside_ip(space, "addr", "add", f"{ip}/{self.subnet.prefixlen}", "dev", _INSIDE)
        _inside_ip(space, "link", "set", _INSIDE, "up")
        _inside_ip(space, "link", "set", "lo", "up")
        links = json.loads(_inside_ip(space, "-json", "link", "show", _INSIDE).stdout)
        return str(links[0]["address"])

    def _plug(self, port: str) -> None:
        _inside_ip(self._switch, "link", "set", port, "master", "switch", "up")


def _inside(space: str) -> list[str]:
    """Begin a command that runs in *space*; 'ip -n' and 'ip netns exec' fail where / is no mount, as in a chroot."""
    return ["nsenter", f"--net=/run/netns/{space}"]


def _inside_ip(space: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return _run(*_inside(space), "ip", *arguments, check=True, timeout=20)


def why_no_lan() -> str | None:
    """Say why this machine cannot hold a private LAN, or None when it can."""
    if os.geteuid() != 0:
        return "a private LAN needs root"
    if shutil.which("ip") is None:
        return "a private LAN needs iproute2"
    return None


@pytest.fixture
def lan() -> Iterator[PrivateLan]:
    """A private LAN of this test's own."""
    yield from _lan()


@pytest.fixture(scope="module")
def module_lan() -> Iterator[PrivateLan]:
    """A private LAN that the tests of one module share."""
    yield from _lan()


def _lan() -> Iterator[PrivateLan]:
    if reason := why_no_lan():
        pytest.skip(reason)
    with PrivateLan() as lan:
        yield lan


def _free_subnet(run: str) -> IPv4Network:
    """Draw a /24 from the run id that no route of this host touches."""
    listed = json.loads(_ip("-json", "route", "show", "table", "all").stdout or "[]")
    routes = [IPv4Network(row["dst"], strict=False) for row in listed if _is_ipv4(row.get("dst", ""))]
    for attempt in range(64):
        digest = hashlib.sha256(f"{run}/{attempt}".encode()).digest()
        subnet = IPv4Network((bytes([10, 64 + digest[0] % 128, digest[1], 0]), 24))
        if not any(subnet.overlaps(route) for route in routes):
            return subnet
    raise RuntimeError("no free 10.x.y.0/24 on this host")


def _is_ipv4(text: str) -> bool:
    return text != "default" and ":" not in text and bool(text)


def _ip(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    return _run("ip", *arguments, check=check, timeout=20)


def _run(*command: str, check: bool, timeout: float) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(command)} exited {done.returncode}: {done.stdout}{done.stderr}")
    return done
