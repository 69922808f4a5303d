"""A host with nothing wrong, for tests of the doctor to break one thing of."""

from ipaddress import IPv4Network

from decnet_core.adapters.doctor_facts import (
    MEBIBYTE,
    Answer,
    ClientFacts,
    DockerNetwork,
    EngineFacts,
    Facts,
    MachineFacts,
    Support,
    Wish,
)
from decnet_core.adapters.lan import InterfaceFacts

LAN = IPv4Network("192.0.2.0/24")

WISH = Wish("office", "decnet/decky:0.1.0", interface="eth0", subnet=LAN, certain=True)

ENGINE = EngineFacts(
    "unix:///var/run/docker.sock",
    Answer.OK,
    version="26.1.5+dfsg1",
    api="1.45",
    system="Debian GNU/Linux 12 (bookworm)",
    skew=0.02,
    image_present=True,
    root_free=20_000 * MEBIBYTE,
    networks=(
        DockerNetwork("bridge", "bridge", subnets=(IPv4Network("172.17.0.0/16"),), device="docker0"),
        DockerNetwork("decnet-office", "macvlan", parent="eth0", subnets=(LAN,), fleet="office"),
    ),
)

CLIENT = ClientFacts(found=(("/usr/bin/docker", "26.1.5"),), compose="2.26.1-4")

MACHINE = MachineFacts(
    root=True,
    net_admin=True,
    net_raw=True,
    state_dir="/var/lib/decnet",
    state_error="",
    state_free=10_000 * MEBIBYTE,
    memory_available=8_192 * MEBIBYTE,
    firmware="QEMU Standard PC (Q35 + ICH9, 2009)",
    kernel="6.1.0-30-amd64",
    macvlan=Support.YES,
    ipvlan=Support.YES,
    routes=(
        (IPv4Network("0.0.0.0/0"), "eth0"),
        (LAN, "eth0"),
        (IPv4Network("172.17.0.0/16"), "docker0"),
        (IPv4Network("192.0.2.10/32"), "dn-office"),
    ),
    dockerd=True,
)

PARENT = InterfaceFacts("eth0", exists=True, up=True, running=True, mac="52:54:00:12:34:56", mtu=1500)


def host(
    wish: Wish = WISH,
    engine: EngineFacts = ENGINE,
    client: ClientFacts = CLIENT,
    machine: MachineFacts = MACHINE,
    parent: InterfaceFacts | None = PARENT,
) -> Facts:
    return Facts(wish, engine, client, machine, parent)
