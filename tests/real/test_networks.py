"""Networks other than macvlan: a bridge of the host's own, and ipvlan, where all share the parent's MAC."""

import subprocess

import pytest

from decnet_core.domain.snapshot import DriftKind
from decnet_core.reading import read_snapshot
from tests.real.world import World, telnet

pytestmark = [pytest.mark.docker, pytest.mark.lan, pytest.mark.prefect]


def kernel_has(kind: str) -> bool:
    """Whether a link of *kind* can be made; tried in a network namespace that ends with the try."""
    script = f"ip link add a type veth peer name b && ip link add link a name c type {kind}"
    return subprocess.run(["unshare", "--net", "sh", "-c", script], capture_output=True, check=False).returncode == 0


def _deploy(world: World, network: dict[str, str], *names: str) -> None:
    submission = world.submission(*map(telnet, names))
    submission["network"] = network
    world.start_submission(submission).wait().succeeded()


def test_given_a_bridge_when_deployed_and_grown_then_the_fleet_is_whole_and_has_no_way_out(world: World):
    _deploy(world, {"driver": "bridge", "subnet": str(world.lan.subnet)}, "a", "b")
    before = world.identities("a", "b")

    world.start_submission({"fleet": world.name, "deckies": [telnet("c")]}).wait().succeeded()

    assert world.identities("a", "b") == before
    world.check("a", "b", "c")
    network = world.engine.network(world.name)
    assert network is not None
    assert (network["Driver"], network["Internal"]) == ("bridge", True)
    assert read_snapshot(world.settings, world.name).drift == ()


@pytest.mark.skipif(not kernel_has("ipvlan"), reason="this kernel has no ipvlan")
def test_given_an_ipvlan_when_deployed_and_grown_then_the_fleet_is_whole_and_answers(world: World):
    _deploy(world, {"driver": "ipvlan", "interface": world.lan.parent, "subnet": str(world.lan.subnet)}, "a", "b")
    before = world.identities("a", "b")

    world.start_submission({"fleet": world.name, "deckies": [telnet("c")]}).wait().succeeded()

    assert world.identities("a", "b") == before
    assert world.running() == ["a", "b", "c"]
    for one in world.identities("a", "b", "c").values():
        assert "open" in world.lan.intruder("nmap", "-n", "-Pn", "-p23", one.ip).stdout
    moved = [drift for drift in read_snapshot(world.settings, world.name).drift if drift.kind is DriftKind.MOVED]
    assert moved == [], "all share the parent's MAC by design"


def test_given_a_live_fleet_when_another_driver_is_submitted_then_both_values_are_named(world: World):
    _deploy(world, {"driver": "bridge", "subnet": str(world.lan.subnet)}, "a")

    words = world.deploy(telnet("b")).refused("InvalidSubmissionError")

    assert "macvlan" in words
    assert "bridge" in words
    world.check("a")


def test_given_a_new_decky_when_looked_at_then_there_is_no_drift(world: World):
    world.deployed(telnet("a"), telnet("b", services=["http"], archetype="iot-device"))

    assert read_snapshot(world.settings, world.name).drift == ()
