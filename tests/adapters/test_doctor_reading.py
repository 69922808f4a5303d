"""How the doctor reads its facts: the kernel's texts, the engine's lists, and engines that do not answer."""

import os
import socket
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from decnet_core.adapters.doctor import examine
from decnet_core.adapters.doctor_engine_reader import clock_skew, fleet_networks, read_engine, read_network
from decnet_core.adapters.doctor_facts import Answer, Severity, Support, Wish
from decnet_core.adapters.doctor_reader import (
    available_memory,
    effective_capabilities,
    kernel_option,
    read_facts,
    routing_table,
    trial_verdict,
)
from decnet_core.domain.errors import HostSilentError
from decnet_core.settings import Settings

ROUTES = """\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
dn-office\t0A0200C0\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0
"""


def test_given_the_kernels_routes_when_read_then_they_are_networks_with_devices():
    assert routing_table(ROUTES) == (
        (IPv4Network("0.0.0.0/0"), "eth0"),
        (IPv4Network("192.0.2.0/24"), "eth0"),
        (IPv4Network("192.0.2.10/32"), "dn-office"),
    )


def test_given_no_routes_when_read_then_there_are_none():
    assert routing_table("") == ()


def test_given_a_process_status_when_read_then_its_rights_are_known():
    assert effective_capabilities("CapPrm:\t0\nCapEff:\t0000000000003000\n") == {12, 13}
    assert effective_capabilities("nothing of the kind") == frozenset()


def test_given_meminfo_when_read_then_what_new_processes_can_have_is_known():
    assert available_memory("MemTotal: 9 kB\nMemAvailable:    2048 kB\n") == 2048 * 1024
    assert available_memory("") == 0


@pytest.mark.parametrize(
    ("config", "support"),
    [
        ("CONFIG_MACVLAN=y", Support.YES),
        ("CONFIG_MACVLAN=m", Support.YES),
        ("# CONFIG_MACVLAN is not set", Support.NO),
        ("CONFIG_MACVLANX=y", Support.NO),
    ],
)
def test_given_a_kernels_configuration_when_read_then_it_tells(config: str, support: Support):
    assert kernel_option(config, "CONFIG_MACVLAN") is support


@pytest.mark.parametrize(
    ("status", "words", "support"),
    [
        (0, "", Support.YES),
        (2, "Error: Unknown device type.", Support.NO),
        (2, "RTNETLINK answers: Operation not supported", Support.NO),
        (1, "unshare: unshare failed: Operation not permitted", Support.UNKNOWN),
        (9, "", Support.UNKNOWN),
    ],
)
def test_given_what_a_trial_said_when_read_then_only_a_clear_answer_counts(status: int, words: str, support: Support):
    assert trial_verdict(status, words) is support


def test_given_the_engines_time_when_compared_then_the_skew_is_in_seconds():
    ours = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    assert clock_skew("2026-01-02T03:04:15.123456789Z", ours) == pytest.approx(10.12, abs=0.01)
    assert clock_skew((ours - timedelta(seconds=7)).isoformat(), ours) == -7
    assert clock_skew("", ours) is None


def test_given_a_row_of_the_engines_networks_when_read_then_parent_pool_and_fleet_are_known():
    row = {
        "Id": "0123456789abcdef",
        "Name": "decnet-office",
        "Driver": "macvlan",
        "Options": {"parent": "eth0"},
        "Labels": {"com.decnet.fleet": "office"},
        "IPAM": {"Config": [{"Subnet": "192.0.2.0/24"}, {"Subnet": "2001:db8::/64"}]},
    }

    network = read_network(row)

    assert (network.parent, network.subnets, network.fleet) == ("eth0", (IPv4Network("192.0.2.0/24"),), "office")


def test_given_a_bare_row_when_read_then_what_is_missing_is_empty():
    network = read_network({"Id": "0123456789abcdef", "Name": "x", "Driver": "bridge", "IPAM": {"Config": None}})

    assert (network.device, network.subnets, network.fleet) == ("br-0123456789ab", (), "")


def test_given_no_socket_when_knocked_then_the_engine_is_absent(tmp_path: Path):
    assert read_engine(f"unix://{tmp_path}/docker.sock", "x").answer is Answer.ABSENT


def test_given_a_socket_nobody_serves_when_knocked_then_the_engine_refuses(tmp_path: Path):
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(f"{tmp_path}/docker.sock")

    assert read_engine(f"unix://{tmp_path}/docker.sock", "x").answer is Answer.REFUSED


def test_given_a_silent_engine_when_asked_for_fleets_then_it_is_not_the_same_as_none(tmp_path: Path):
    with pytest.raises(HostSilentError):
        fleet_networks(f"unix://{tmp_path}/docker.sock")


@pytest.mark.skipif(os.geteuid() != 0, reason="dropping rights needs root")
def test_given_a_socket_of_somebody_elses_when_knocked_then_permission_is_denied():
    script = (
        "import os, sys\n"
        "from decnet_core.adapters.doctor_engine_reader import read_engine\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "print(read_engine('unix://' + sys.argv[1], 'x').answer)\n"
    )
    with tempfile.TemporaryDirectory() as directory, socket.socket(socket.AF_UNIX) as door:
        path = Path(directory) / "docker.sock"
        door.bind(str(path))
        door.listen()
        path.chmod(0o600)
        path.parent.chmod(0o755)
        done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "denied"


@pytest.mark.skipif(os.geteuid() != 0, reason="dropping rights needs root")
def test_given_a_state_directory_hidden_from_us_when_read_then_that_is_said_and_nothing_breaks():
    script = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from decnet_core.adapters.doctor_reader import read_facts, Wish\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "nowhere = 'unix:///nowhere'\n"
        "machine = read_facts(Wish('x', 'y'), docker_host=nowhere, state_dir=Path(sys.argv[1]))[0].machine\n"
        "print(machine.state_error, machine.root, machine.net_admin, machine.net_raw)\n"
    )
    with tempfile.TemporaryDirectory() as directory:
        state = Path(directory) / "hidden" / "decnet"
        state.mkdir(parents=True)
        state.parent.chmod(0o700)
        done = subprocess.run([sys.executable, "-c", script, str(state)], capture_output=True, text=True, check=True)

    assert done.stdout.startswith("no right to write in")
    assert done.stdout.strip().endswith("False False False")


def test_given_a_host_without_engine_when_examined_then_it_is_found_and_nothing_is_made(tmp_path: Path):
    state = tmp_path / "not" / "yet"
    settings = Settings(state_dir=state, DOCKER_HOST=f"unix://{tmp_path}/docker.sock")

    findings = {finding.id: finding for finding in examine(settings)}

    assert findings.keys() & {"engine-missing", "engine-stopped"}
    assert findings["state"].severity is Severity.OK
    assert not state.exists()


@pytest.mark.docker
def test_given_the_real_engine_when_read_then_it_answers_and_nothing_is_unknown():
    wish = Wish("no-such-fleet", "no-such/image:0")

    (facts,) = read_facts(wish, docker_host=Settings().docker_host, state_dir=Path("/"))

    assert facts.engine.answers
    assert facts.engine.api
    assert facts.engine.skew is not None
    assert abs(facts.engine.skew) < 5
    assert not facts.engine.image_present
    assert any(network.name == "bridge" and network.device for network in facts.engine.networks)
    assert facts.client.compose


def interfaces() -> set[str]:
    return {entry.name for entry in Path("/sys/class/net").iterdir()}


@pytest.mark.lan
@pytest.mark.skipif(os.geteuid() != 0, reason="the trial needs root")
def test_given_root_when_the_kernel_is_tried_then_the_answer_is_clear_and_no_interface_stays():
    before = interfaces()

    machine = read_facts(Wish("x", "y"), docker_host="unix:///nowhere", state_dir=Path("/"))[0].machine

    assert machine.macvlan is not Support.UNKNOWN
    assert machine.ipvlan is not Support.UNKNOWN
    assert {"dn0", "dn1", "dn2"}.isdisjoint(interfaces() - before)
