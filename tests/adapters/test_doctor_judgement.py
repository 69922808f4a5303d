"""What the doctor says of a host: one thing wrong at a time, on values. No engine, no root."""

from dataclasses import replace
from ipaddress import IPv4Network

import pytest

from decnet_core.adapters.doctor import judge, worst
from decnet_core.adapters.doctor_facts import (
    MEBIBYTE,
    Answer,
    ClientFacts,
    DockerNetwork,
    Facts,
    Finding,
    Severity,
    Support,
    version_tuple,
)
from decnet_core.domain.network import Driver
from tests.adapters.fit_host import CLIENT, ENGINE, LAN, MACHINE, PARENT, WISH, host

P, W, N = Severity.PROBLEM, Severity.WARNING, Severity.NOTE

OTHER_ON_PARENT = DockerNetwork("lan2", "ipvlan", parent="eth0", subnets=(IPv4Network("198.51.100.0/24"),))
LAB_ON_PARENT = DockerNetwork("decnet-lab", "macvlan", parent="eth0", subnets=(LAN,), fleet="lab")
BRIDGE_ON_LAN = DockerNetwork(
    "web_default", "bridge", subnets=(IPv4Network("192.0.2.128/25"),), device="br-0123456789ab"
)
VPN = (IPv4Network("192.0.2.0/25"), "wg0")
WIDE_VPN = (IPv4Network("192.0.0.0/16"), "wg0")
VPN_ON_POOL = (IPv4Network("172.17.4.0/24"), "wg0")

ON_BRIDGE = replace(WISH, driver=Driver.BRIDGE, interface="", subnet=IPv4Network("198.51.100.0/24"))
ON_IPVLAN = replace(WISH, driver=Driver.IPVLAN)
VMWARE = replace(MACHINE, firmware="VMware, Inc. VMware Virtual Platform")
NO_IPVLAN = replace(MACHINE, ipvlan=Support.NO)
NO_RAW = replace(MACHINE, net_raw=False)
NO_RULES = replace(MACHINE, bridge_filter=True, forward_policy="DROP")

BROKEN = [
    pytest.param(host(engine=replace(ENGINE, answer=Answer.ABSENT)), "engine-stopped", P, id="installed, not started"),
    pytest.param(
        host(engine=replace(ENGINE, answer=Answer.ABSENT), machine=replace(MACHINE, dockerd=False)),
        "engine-missing",
        P,
        id="no engine",
    ),
    pytest.param(host(engine=replace(ENGINE, answer=Answer.REFUSED)), "engine-stopped", P, id="socket without engine"),
    pytest.param(host(engine=replace(ENGINE, answer=Answer.DENIED)), "engine-denied", P, id="not in group docker"),
    pytest.param(host(engine=replace(ENGINE, answer=Answer.SILENT)), "engine-silent", P, id="engine hangs"),
    pytest.param(host(engine=replace(ENGINE, api="1.43", version="24.0.7")), "engine-too-old", P, id="engine 24"),
    pytest.param(host(engine=replace(ENGINE, api="1.9")), "engine-too-old", P, id="versions are not decimals"),
    pytest.param(host(engine=replace(ENGINE, rootless=True)), "engine-rootless", P, id="rootless"),
    pytest.param(host(engine=replace(ENGINE, system="Docker Desktop")), "engine-desktop", P, id="Docker Desktop"),
    pytest.param(host(engine=replace(ENGINE, address="tcp://192.0.2.9:2376")), "engine-remote", N, id="remote"),
    pytest.param(host(engine=replace(ENGINE, skew=-90.0)), "clock-skew", W, id="engine's clock behind"),
    pytest.param(host(engine=replace(ENGINE, image_present=False)), "image-missing", P, id="no image"),
    pytest.param(host(engine=replace(ENGINE, memory_limit=False)), "memory-limit-unsupported", W, id="no memory limit"),
    pytest.param(host(engine=replace(ENGINE, root_free=MEBIBYTE)), "engine-disk-low", W, id="full data root"),
    pytest.param(host(client=ClientFacts()), "client-missing", P, id="no docker command"),
    pytest.param(
        host(client=replace(CLIENT, found=(("/usr/local/bin/docker", "28.2.2"), *CLIENT.found))),
        "client-foreign",
        N,
        id="another docker first",
    ),
    pytest.param(host(client=replace(CLIENT, compose="")), "compose-missing", P, id="no Compose"),
    pytest.param(host(client=replace(CLIENT, compose="2.9.0")), "compose-too-old", P, id="Compose 2.9"),
    pytest.param(host(machine=NO_RAW), "no-net-raw", P, id="no raw sockets"),
    pytest.param(host(ON_BRIDGE, machine=NO_RAW), "no-net-raw", W, id="no raw, on a bridge"),
    pytest.param(host(machine=replace(MACHINE, net_admin=False)), "no-net-admin", W, id="no network admin"),
    pytest.param(host(machine=replace(MACHINE, state_error="no right")), "state-unwritable", P, id="state not ours"),
    pytest.param(host(machine=replace(MACHINE, state_free=MEBIBYTE)), "state-disk-low", P, id="disk full"),
    pytest.param(host(machine=replace(MACHINE, low_ports=False)), "low-ports-unsupported", P, id="old kernel"),
    pytest.param(host(replace(WISH, deckies=1000)), "memory-short", P, id="a thousand deckies in 8 GiB"),
    pytest.param(host(machine=replace(MACHINE, memory_available=400 * MEBIBYTE)), "memory-low", W, id="400 MiB"),
    pytest.param(host(parent=None), "parent-unknown", N, id="no parent at all"),
    pytest.param(host(parent=replace(PARENT, exists=False)), "parent-missing", P, id="parent missing"),
    pytest.param(host(parent=replace(PARENT, up=False)), "parent-down", P, id="parent down"),
    pytest.param(host(parent=replace(PARENT, running=False)), "parent-no-carrier", W, id="cable out"),
    pytest.param(host(parent=replace(PARENT, wireless=True)), "parent-wireless", P, id="macvlan on Wi-Fi"),
    pytest.param(
        host(replace(WISH, certain=False), parent=replace(PARENT, wireless=True)),
        "parent-wireless",
        W,
        id="Wi-Fi, and no fleet yet",
    ),
    pytest.param(host(parent=replace(PARENT, kind="macvlan")), "parent-is-child", P, id="parent is a macvlan"),
    pytest.param(host(parent=replace(PARENT, master="br0")), "parent-enslaved", P, id="parent in a bridge"),
    pytest.param(
        host(machine=VMWARE),
        "vm-promiscuous",
        N,
        id="VMware",
    ),
    pytest.param(
        host(machine=replace(MACHINE, firmware="Microsoft Corporation Virtual Machine")),
        "vm-promiscuous",
        N,
        id="Hyper-V",
    ),
    pytest.param(host(machine=replace(MACHINE, firmware="Amazon EC2 m7i.large")), "vm-cloud", W, id="EC2"),
    pytest.param(host(machine=replace(MACHINE, kernel="5.15.90.1-microsoft-standard-WSL2")), "vm-wsl", W, id="WSL"),
    pytest.param(host(machine=replace(MACHINE, macvlan=Support.NO)), "kernel-no-macvlan", P, id="kernel, macvlan"),
    pytest.param(host(machine=NO_IPVLAN), "kernel-no-ipvlan", N, id="kernel, ipvlan unused"),
    pytest.param(host(ON_IPVLAN, machine=NO_IPVLAN), "kernel-no-ipvlan", P, id="kernel, ipvlan"),
    pytest.param(
        host(machine=replace(MACHINE, macvlan=Support.UNKNOWN)), "kernel-macvlan-unknown", N, id="kernel, not told"
    ),
    pytest.param(
        host(engine=replace(ENGINE, networks=(*ENGINE.networks, OTHER_ON_PARENT))), "parent-taken", P, id="two on eth0"
    ),
    pytest.param(
        host(engine=replace(ENGINE, networks=(*ENGINE.networks, LAB_ON_PARENT))), "parent-taken", P, id="two fleets"
    ),
    pytest.param(
        host(engine=replace(ENGINE, networks=(*ENGINE.networks, BRIDGE_ON_LAN))), "pool-overlap", P, id="bridge on LAN"
    ),
    pytest.param(
        host(machine=replace(MACHINE, routes=(*MACHINE.routes, VPN))), "pool-overlap", P, id="VPN on half of the LAN"
    ),
    pytest.param(
        host(machine=replace(MACHINE, routes=(*MACHINE.routes, VPN_ON_POOL))), "pool-overlap", W, id="VPN on docker0"
    ),
    pytest.param(host(ON_BRIDGE, machine=replace(MACHINE, ip_forward=False)), "ip-forward-off", W, id="no forwarding"),
    pytest.param(host(ON_BRIDGE, machine=NO_RULES), "bridge-filtered", W, id="firewall took the rules away"),
    pytest.param(
        host(machine=NO_RULES, parent=replace(PARENT, kind="bridge")), "bridge-filtered", W, id="br0 filtered"
    ),
]


def found(facts: Facts, ident: str) -> Finding:
    return next(finding for finding in judge(facts) if finding.id == ident)


@pytest.mark.parametrize(("facts", "ident", "severity"), BROKEN)
def test_given_a_host_with_a_fault_when_judged_then_it_is_named_with_a_way_out(
    facts: Facts, ident: str, severity: Severity
):
    finding = found(facts, ident)

    assert finding.severity is severity
    assert finding.title
    assert finding.remedy


def test_given_a_fit_host_when_judged_then_nothing_is_more_than_ok():
    assert {finding.id for finding in judge(host()) if finding.severity is not Severity.OK} == set()


@pytest.mark.parametrize("wish", [ON_BRIDGE, ON_IPVLAN, replace(WISH, certain=False)])
def test_given_a_fit_host_when_another_driver_is_wanted_then_it_is_still_fit(wish):
    assert worst(judge(host(wish))) is Severity.OK


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param(host(ON_IPVLAN, parent=replace(PARENT, wireless=True)), id="ipvlan on Wi-Fi"),
        pytest.param(host(ON_BRIDGE, parent=None), id="bridge without a parent"),
        pytest.param(
            host(ON_IPVLAN, machine=VMWARE),
            id="ipvlan on VMware",
        ),
        pytest.param(host(machine=replace(MACHINE, routes=(*MACHINE.routes, WIDE_VPN))), id="a VPN wider than the LAN"),
        pytest.param(
            host(ON_BRIDGE, machine=replace(NO_RULES, docker_rules=True)),
            id="FORWARD drops, the engine accepts",
        ),
        pytest.param(host(machine=NO_RULES), id="FORWARD drops, and the parent is a card"),
        pytest.param(host(replace(WISH, lan_probe=False), machine=NO_RAW), id="no look wanted"),
        pytest.param(host(client=replace(CLIENT, compose="v2.40.0")), id="Compose with a v"),
    ],
)
def test_given_what_only_looks_like_a_fault_when_judged_then_it_is_none(facts: Facts):
    assert worst(judge(facts)) is Severity.OK


def test_given_a_silent_engine_when_judged_then_nothing_is_said_of_what_it_would_know():
    silent = replace(
        ENGINE, answer=Answer.SILENT, version="", api="", skew=None, image_present=False, networks=(), root_free=None
    )

    idents = {finding.id for finding in judge(host(engine=silent))}

    assert "engine-silent" in idents
    assert idents.isdisjoint({"image-missing", "engine-too-old", "clock", "pools", "engine"})


def test_given_several_faults_when_judged_then_the_worst_come_first():
    facts = host(engine=replace(ENGINE, image_present=False, skew=60.0), machine=NO_IPVLAN)

    severities = [finding.severity for finding in judge(facts)]

    assert severities[:3] == [P, W, N]
    assert set(severities[3:]) == {Severity.OK}


def test_given_a_hypervisor_when_the_card_is_promiscuous_then_only_its_switch_is_spoken_of():
    assert "promisc on" in found(host(machine=VMWARE), "vm-promiscuous").remedy
    assert (
        "promisc on"
        not in found(host(machine=VMWARE, parent=replace(PARENT, promiscuous=True)), "vm-promiscuous").remedy
    )


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("2.26.1-4", (2, 26, 1)), ("v2.40", (2, 40)), ("26.1.5+dfsg1", (26, 1, 5)), ("", ()), ("dev", ())],
)
def test_given_a_version_when_read_then_its_numbers_are_taken(text: str, numbers: tuple[int, ...]):
    assert version_tuple(text) == numbers
