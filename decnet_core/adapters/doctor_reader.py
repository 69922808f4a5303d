"""The one reader of the doctor's facts. It changes nothing, and it never fails: what cannot be read is said so."""

import os
import re
import shutil
import subprocess
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path

from decnet_core.adapters.doctor_engine_reader import read_engine
from decnet_core.adapters.doctor_facts import ClientFacts, EngineFacts, Facts, MachineFacts, Support, Wish
from decnet_core.adapters.lan import interface_facts
from decnet_core.domain.network import Driver

_CAP_NET_ADMIN = 12
_CAP_NET_RAW = 13
_FIRMWARE = ("sys_vendor", "product_name")
_PROC = Path("/proc")
_TRIAL_PAIR = "ip link add name dn0 type veth peer name dn1"
_NO_TRIAL = 9
_UNKNOWN_KIND = re.compile(r"Unknown device type|not supported", re.IGNORECASE)


def read_facts(wish: Wish, *more: Wish, docker_host: str, state_dir: Path) -> tuple[Facts, ...]:
    """Read everything the judges look at, once for all wishes; a few seconds at most, also when the engine hangs."""
    engine = read_engine(docker_host, wish.image)
    machine = _machine(state_dir)
    client = _client()
    completed = [_completed(each, engine, machine) for each in (wish, *more)]
    return tuple(
        Facts(each, engine, client, machine, interface_facts(each.interface) if each.interface else None)
        for each in completed
    )


def _completed(wish: Wish, engine: EngineFacts, machine: MachineFacts) -> Wish:
    """Return *wish* with what is known of its network: the live fleet's, or the likely parent."""
    live = next((network for network in engine.networks if network.fleet == wish.fleet), None)
    if live is not None and live.driver in set(Driver):
        subnet = live.subnets[0] if live.subnets else None
        return replace(wish, driver=Driver(live.driver), interface=live.parent, subnet=subnet, certain=True)
    if not wish.interface and wish.on_lan:
        default = next((device for network, device in machine.routes if network.prefixlen == 0), "")
        return replace(wish, interface=default)
    return wish


def _client() -> ClientFacts:
    """Find every distinct ``docker`` on PATH in order, and ask the first for its Compose."""
    found: dict[Path, tuple[str, str]] = {}
    for directory in os.get_exec_path():
        path = shutil.which("docker", path=directory)
        if path and (real := Path(path).resolve()) not in found:
            version = re.search(r"version (\d[\w.]*)", _output(path, "--version")[0])
            found[real] = (path, version[1] if version else "")
    if not found:
        return ClientFacts()
    compose, words = _output("docker", "compose", "version", "--short")
    return ClientFacts(tuple(found.values()), compose.strip(), words.strip())


def _machine(state_dir: Path) -> MachineFacts:
    rights = effective_capabilities(_text(_PROC / "self/status"))
    forward = _output("iptables", "-S", "FORWARD")[0] if _CAP_NET_ADMIN in rights else ""
    policy = re.search(r"^-P FORWARD (\w+)", forward, re.MULTILINE)
    nearest = _nearest(state_dir.absolute())
    return MachineFacts(
        root=os.geteuid() == 0,
        net_admin=_CAP_NET_ADMIN in rights,
        net_raw=_CAP_NET_RAW in rights,
        state_dir=str(state_dir),
        state_error=_write_error(nearest),
        state_free=shutil.disk_usage(nearest).free,
        memory_available=available_memory(_text(_PROC / "meminfo")),
        firmware=" ".join(_text(Path("/sys/class/dmi/id") / name).strip() for name in _FIRMWARE).strip(),
        kernel=os.uname().release,
        macvlan=_support("macvlan", "bridge"),
        ipvlan=_support("ipvlan", "l2"),
        low_ports=(_PROC / "sys/net/ipv4/ip_unprivileged_port_start").exists(),
        ip_forward=_text(_PROC / "sys/net/ipv4/ip_forward").strip() != "0",
        bridge_filter=_text(_PROC / "sys/net/bridge/bridge-nf-call-iptables").strip() == "1",
        forward_policy=policy[1] if policy else "",
        docker_rules="DOCKER" in forward,
        routes=routing_table(_text(_PROC / "net/route")),
        dockerd=shutil.which("dockerd", path=f"{os.defpath}:/usr/sbin:/usr/local/sbin:/usr/local/bin") is not None,
    )


def effective_capabilities(status: str) -> frozenset[int]:
    """Read the numbers of the effective capabilities from ``/proc/self/status``."""
    mask = re.search(r"^CapEff:\s*([0-9a-f]+)$", status, re.MULTILINE)
    bits = int(mask[1], 16) if mask else 0
    return frozenset(bit for bit in range(bits.bit_length()) if bits >> bit & 1)


def available_memory(meminfo: str) -> int:
    """Read the bytes that new processes can have from ``/proc/meminfo``; 0 when it does not say."""
    line = re.search(r"^MemAvailable:\s*(\d+) kB$", meminfo, re.MULTILINE)
    return int(line[1]) * 1024 if line else 0


def routing_table(text: str) -> tuple[tuple[IPv4Network, str], ...]:
    """Read destination and device of every route from ``/proc/net/route``."""
    rows = [line.split() for line in text.splitlines()[1:] if line.strip()]
    return tuple((_network(row[1], row[7]), row[0]) for row in rows if len(row) > 7)


def kernel_option(config: str, option: str) -> Support:
    """Read whether a kernel with this configuration has *option*, built in or as a module."""
    return Support.YES if re.search(rf"^{option}=[ym]$", config, re.MULTILINE) else Support.NO


def trial_verdict(status: int, words: str) -> Support:
    """Read from what ``ip link add`` said whether the kernel has that kind of interface."""
    if status == 0:
        return Support.YES
    return Support.NO if _UNKNOWN_KIND.search(words) else Support.UNKNOWN


def _support(kind: str, mode: str) -> Support:
    """Try it in a network namespace that is gone with the process; without the right, see what is loaded."""
    script = f"{_TRIAL_PAIR} || exit {_NO_TRIAL}; exec ip link add name dn2 link dn0 type {kind} mode {mode}"
    try:
        done = subprocess.run(
            ("unshare", "--net", "sh", "-c", script), capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return _loaded(kind)
    # Without the pair nothing was tried, and what was said is not about the kind.
    verdict = trial_verdict(done.returncode, "" if done.returncode == _NO_TRIAL else done.stderr)
    return _loaded(kind) if verdict is Support.UNKNOWN else verdict


def _loaded(kind: str) -> Support:
    if Path("/sys/module", kind).exists():
        return Support.YES
    config = _text(Path("/boot") / f"config-{os.uname().release}")
    return kernel_option(config, f"CONFIG_{kind.upper()}") if config else Support.UNKNOWN


def _nearest(directory: Path) -> Path:
    """Return *directory*, or until it is made the closest parent, which must let us make it."""
    for path in (directory, *directory.parents):
        try:
            path.stat()
        except OSError:  # not there, or hidden from us: then the parent says why
            continue
        return path
    return Path("/")


def _write_error(directory: Path) -> str:
    if not directory.is_dir():
        return f"{directory} is not a directory"
    return "" if os.access(directory, os.W_OK | os.X_OK) else f"no right to write in {directory}"


def _network(destination: str, mask: str) -> IPv4Network:
    """Read one row's hexadecimal words, which are in the machine's byte order as the kernel prints them."""
    address, bits = (int.from_bytes(bytes.fromhex(word)[::-1], "big") for word in (destination, mask))
    return IPv4Network((address & bits, bits.bit_count()))


def _output(*command: str) -> tuple[str, str]:
    """Run a command that only reads; its output and its complaint, both empty where it cannot be run."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=10, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        return "", str(exc)
    return (done.stdout, "") if done.returncode == 0 else ("", done.stderr or done.stdout)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
