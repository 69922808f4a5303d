"""What an intruder sees on the wire, and what he would find if he got out of his shell."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from decnet_core.catalog.archetypes import ARCHETYPES
from decnet_core.catalog.vendors import vendor_of
from tests.lan import PrivateLan
from tests.real.conftest import MakeWorld
from tests.real.world import Request, World

pytestmark = [pytest.mark.docker, pytest.mark.lan, pytest.mark.prefect, pytest.mark.clients]

_DECKIES: tuple[Request, ...] = (
    {"name": "files", "archetype": "file-server", "distro": "debian", "services": ["ssh", "ftp"]},
    {"name": "web", "archetype": "web-server", "distro": "ubuntu22", "services": ["http"]},
    {
        "name": "apache",
        "archetype": "linux-server",
        "distro": "debian",
        "services": ["ssh", "http"],
        "service_config": {"http": {"software": "apache"}},
    },
    {"name": "camera", "archetype": "iot-device", "services": ["telnet", "http"]},
)
_PRODUCTS = {
    ("files", 22): ("ssh", "OpenSSH", "9.2p1"),
    ("files", 21): ("ftp", "vsftpd", "3.0.3"),
    ("web", 80): ("http", "nginx", "1.18.0"),
    ("apache", 22): ("ssh", "OpenSSH", "9.2p1"),
    ("apache", 80): ("http", "Apache httpd", "2.4"),
    ("camera", 23): ("telnet", "", ""),
    ("camera", 80): ("http", "nginx", ""),
}


@dataclass(frozen=True)
class Machine:
    """One line of a scan: what nmap found at an address; port → service, product, version."""

    mac: str
    ports: dict[int, tuple[str, str, str]]


@pytest.fixture(scope="module")
def office(make_world: MakeWorld) -> Iterator[World]:
    with make_world() as world:
        world.deployed(*_DECKIES)
        yield world


@pytest.fixture(scope="module")
def scan(office: World) -> dict[str, Machine]:
    """Everything nmap can tell of the whole LAN: all ports of all that answer ARP, and what is behind them."""
    text = _nmap(office.lan, "-sV", "-p-", "-T4", "--min-rate", "4000", "-n", str(office.lan.subnet))
    return dict(map(_machine, ElementTree.fromstring(text).iter("host")))


def _nmap(lan: PrivateLan, *arguments: str) -> str:
    return lan.intruder("nmap", "-oX", "-", *arguments, timeout=240).stdout


def _machine(host: ElementTree.Element) -> tuple[str, Machine]:
    addresses = {entry.get("addrtype"): str(entry.get("addr")) for entry in host.iter("address")}
    ports = {}
    for port in host.iter("port"):
        state, service = port.find("state"), port.find("service")
        if state is not None and state.get("state") == "open" and service is not None:
            told = (service.get("name", ""), service.get("product", ""), service.get("version", ""))
            ports[int(port.get("portid", 0))] = told
    return addresses["ipv4"], Machine(addresses.get("mac", "").lower(), ports)


def test_given_a_fleet_when_the_lan_is_scanned_then_it_shows_the_deckies_and_nobody_else(
    office: World, scan: dict[str, Machine]
):
    expected = {one.ip for one in office.identities(*office.running()).values()}

    assert scan.keys() - {str(office.lan.intruder_ip)} == expected


def test_given_a_fleet_when_scanned_then_each_decky_answers_with_its_own_mac_of_a_fitting_vendor(
    office: World, scan: dict[str, Machine]
):
    rows = {row.name: row.config for row in office.memory().recorded}

    assert {name: scan[str(config.ip)].mac for name, config in rows.items()} == {
        name: config.mac_address for name, config in rows.items()
    }
    for config in rows.values():
        assert vendor_of(scan[str(config.ip)].mac) in ARCHETYPES[str(config.archetype)].vendors
    assert len({machine.mac for machine in scan.values()}) == len(scan)


def test_given_a_fleet_when_scanned_then_exactly_the_configured_ports_are_open(office: World, scan: dict[str, Machine]):
    opened = {(name, port) for name, one in _by_name(office, scan).items() for port in one.ports}

    assert opened == _PRODUCTS.keys()


@pytest.mark.parametrize(("name", "port"), _PRODUCTS)
def test_given_a_fleet_when_scanned_then_nmap_names_the_configured_product(
    office: World, scan: dict[str, Machine], name: str, port: int
):
    service, product, version = _by_name(office, scan)[name].ports[port]

    expected = _PRODUCTS[name, port]
    assert (service, product) == (expected[0], expected[1] or product)
    assert version.startswith(expected[2])


def _by_name(office: World, scan: dict[str, Machine]) -> dict[str, Machine]:
    return {name: scan[one.ip] for name, one in office.identities(*office.running()).items()}


def test_given_a_decky_when_looked_at_from_inside_then_it_has_no_way_out_of_the_lan(office: World):
    for name, one in office.identities(*office.running()).items():
        lines = Path(f"/proc/{one.pid}/net/route").read_text().splitlines()[1:]
        assert {line.split()[1] for line in lines} == {_little_endian(office)}, f"{name} has other routes"


def _little_endian(office: World) -> str:
    return bytes(reversed(office.lan.subnet.network_address.packed)).hex().upper()


def test_given_a_decky_when_inspected_then_it_is_hardened_as_promised(office: World):
    for name in office.running():
        raw = office.engine.inspect(office.container(name))
        assert _hardening(raw) == {
            "capabilities": ["ALL"],
            "added": [],
            "privileged": False,
            "read only": True,
            "security": ["no-new-privileges:true"],
            "limits": (64, 128 << 20),
            "user": "65532:65532",
            "mounts": [],
            "ports": {},
        }


def _hardening(raw: dict[str, Any]) -> dict[str, Any]:
    host = raw["HostConfig"]
    return {
        "capabilities": host["CapDrop"],
        "added": host["CapAdd"] or [],
        "privileged": host["Privileged"],
        "read only": host["ReadonlyRootfs"],
        "security": host["SecurityOpt"],
        "limits": (host["PidsLimit"], host["Memory"]),
        "user": raw["Config"]["User"],
        "mounts": raw["Mounts"],
        "ports": host["PortBindings"] or {},
    }


def test_given_a_decky_when_its_process_is_looked_at_then_the_kernel_says_the_same(office: World):
    for one in office.identities(*office.running()).values():
        status = dict(line.split(":\t", 1) for line in Path(f"/proc/{one.pid}/status").read_text().splitlines())
        assert status["Uid"].split() == ["65532"] * 4
        assert (int(status["CapEff"], 16), int(status["CapBnd"], 16), status["NoNewPrivs"]) == (0, 0, "1")


def test_given_a_decky_when_it_is_touched_then_the_touch_is_one_json_line(office: World):
    ip = office.identity("web").ip

    page = office.lan.intruder("curl", "-sS", "-i", f"http://{ip}/").stdout

    assert "Server: nginx/1.18.0 (Ubuntu)" in page
    lines = subprocess.run(
        ["docker", "-H", office.engine.url, "logs", office.container("web")], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert any(str(office.lan.intruder_ip) in line and line.startswith("{") for line in lines)
