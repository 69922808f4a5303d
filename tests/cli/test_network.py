"""`decnet network` on a real engine and a real LAN: the host reaches its deckies, and leaves all else alone."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address

import docker
import pytest
import typer
from typer.testing import CliRunner, Result

from decnet_core.adapters.child_interface import child_name
from decnet_core.adapters.docker_host import DockerHost
from decnet_core.adapters.interfaces import state
from decnet_core.cli.network import app
from decnet_core.cli.session import Session
from decnet_core.domain.decky import DeckyConfig, DeckySpec
from decnet_core.domain.errors import InvalidSubmissionError, RemovalRefusedError
from decnet_core.domain.names import container_name, network_name
from decnet_core.domain.network import NetworkConfig
from decnet_core.planning.labels import decky_labels
from decnet_core.settings import Settings
from tests.lan import PrivateLan, lan, why_no_lan

__all__ = ["lan"]

pytestmark = [
    pytest.mark.docker,
    pytest.mark.lan,
    pytest.mark.skipif(why_no_lan() is not None, reason=why_no_lan() or ""),
]

SLEEP = ["python3", "-c", "import time; time.sleep(600)"]


@dataclass
class Ground:
    """A fleet of this test's own: a network on the private LAN, and deckies as asked for."""

    settings: Settings
    config: NetworkConfig
    engine: docker.DockerClient

    @property
    def fleet(self) -> str:
        return self.config.fleet

    def add_decky(self, name: str, ip: IPv4Address, *, start: bool = True) -> None:
        config = DeckyConfig.model_validate(
            {
                "name": name,
                "ip": ip,
                "mac_address": f"52:54:00:00:00:{int(ip) % 256:02x}",
                "hostname": name,
                "services": ["ssh"],
                "distro": "debian",
                "base_image": self.settings.image,
                "seed": "0" * 64,
            }
        )
        endpoint = self.engine.api.create_endpoint_config(ipv4_address=str(ip), mac_address=config.mac_address)
        made = self.engine.api.create_container(
            self.settings.image,
            entrypoint=SLEEP,
            name=container_name(self.fleet, name),
            labels=decky_labels(self.fleet, DeckySpec(config=config, operation="test")),
            networking_config={"EndpointsConfig": {network_name(self.fleet): endpoint}},
            host_config=self.engine.api.create_host_config(network_mode=network_name(self.fleet)),
        )
        if start:
            self.engine.api.start(made["Id"])

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(root, ["network", *arguments], obj=Session(self.settings, can_ask=False))

    def document(self, *arguments: str) -> dict[str, dict[str, object]]:
        """Run with ``--json``; return what it says by fleet. Print goes to the process's own standard output."""
        script = (
            "import sys\nfrom decnet_core.cli.session import Session\nfrom tests.cli.test_network import root\n"
            "root(sys.argv[1:], obj=Session.of_environment())\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script, "network", *arguments, "--fleet", self.fleet, "--json"],
            capture_output=True,
            text=True,
            check=True,
        )
        return {row["fleet"]: row for row in json.loads(done.stdout)["networks"]}

    def clear(self) -> None:
        for container in self.engine.containers.list(all=True, filters={"label": f"com.decnet.fleet={self.fleet}"}):
            container.remove(force=True)
        for network in self.engine.networks.list(names=[network_name(self.fleet)]):
            network.remove()


root = typer.Typer()
root.add_typer(app, name="network")


@pytest.fixture
def ground(lan: PrivateLan, tmp_path) -> Iterator[Ground]:
    settings = Settings(state_dir=tmp_path)
    config = NetworkConfig.model_validate(
        {"fleet": f"t{lan.run}", "driver": "macvlan", "interface": lan.parent, "subnet": lan.subnet}
    )
    ground = Ground(settings, config, docker.DockerClient(base_url=settings.docker_host))
    try:
        DockerHost(settings.docker_host).create_network(config)
        yield ground
    finally:
        ground.clear()
        ground.engine.close()


def reached(address: IPv4Address) -> bool:
    """Whether TCP gets an answer from *address*: a refused connection is one."""
    script = f"import socket; s = socket.socket(); s.settimeout(2); print(s.connect_ex(('{address}', 9)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.strip() == "111"


def test_given_a_fleet_found_by_labels_when_brought_up_then_the_host_reaches_its_deckies(ground: Ground):
    ground.add_decky("web-01", ground.config.subnet[20])
    assert not reached(ground.config.subnet[20])

    assert ground.run("up", "--fleet", ground.fleet).exit_code == 0

    assert reached(ground.config.subnet[20])
    assert ground.document("show")[ground.fleet]["child"] == {
        "name": child_name(ground.fleet),
        "exists": True,
        "ours": True,
        "up": True,
        "mac": state(ground.fleet).mac,
        "address": str(ground.config.subnet[253]),
        "routes": [str(ground.config.subnet[20])],
        "missing": [],
    }


def test_given_a_fleet_that_grew_when_shown_and_brought_up_then_the_new_one_is_missing_then_routed(ground: Ground):
    ground.run("up", "--fleet", ground.fleet)
    ground.add_decky("web-01", ground.config.subnet[20], start=False)

    before = ground.document("show")[ground.fleet]["child"]
    after = ground.document("up")[ground.fleet]["child"]

    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert before["missing"] == after["routes"] == [str(ground.config.subnet[20])]
    assert after["address"] == before["address"]


def test_given_an_address_when_brought_up_with_it_then_the_host_has_that_one(ground: Ground):
    address = str(ground.config.subnet[99])

    child = ground.document("up", "--address", address)[ground.fleet]["child"]

    assert isinstance(child, dict)
    assert child["address"] == address


def test_given_a_child_when_taken_down_then_the_deckies_stay(ground: Ground):
    ground.add_decky("web-01", ground.config.subnet[20])
    ground.run("up", "--fleet", ground.fleet)

    assert ground.run("down", "--fleet", ground.fleet).exit_code == 0

    assert not state(ground.fleet).exists
    running = ground.engine.containers.list(filters={"label": f"com.decnet.fleet={ground.fleet}"})
    assert [container.name for container in running] == [f"{ground.fleet}-web-01"]


def test_given_a_stopped_decky_when_the_network_is_removed_then_it_is_refused_and_nothing_goes(ground: Ground):
    ground.run("up", "--fleet", ground.fleet)
    ground.add_decky("web-01", ground.config.subnet[20], start=False)

    refused = ground.run("rm", "--fleet", ground.fleet, "--yes")

    assert isinstance(refused.exception, RemovalRefusedError)
    assert refused.exception.deckies == ("web-01",)
    assert state(ground.fleet).exists
    assert ground.engine.networks.list(names=[network_name(ground.fleet)])


def test_given_an_empty_fleet_when_its_network_is_removed_then_the_child_goes_with_it(ground: Ground):
    ground.run("up", "--fleet", ground.fleet)

    assert ground.run("rm", "--fleet", ground.fleet, "--yes").exit_code == 0

    assert not state(ground.fleet).exists
    assert not ground.engine.networks.list(names=[network_name(ground.fleet)])


def test_given_no_such_fleet_when_brought_up_then_those_there_are_named(ground: Ground):
    result = ground.run("up", "--fleet", "no-such-fleet")

    assert isinstance(result.exception, InvalidSubmissionError)
    assert ground.fleet in str(result.exception)
