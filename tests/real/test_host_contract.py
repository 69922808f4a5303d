"""One contract, two hosts: the one in memory always, the one on a real engine where there is one."""

import json
import time
import uuid
from collections.abc import Iterator
from datetime import UTC
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest

from decnet_core.adapters.docker_host import DockerHost
from decnet_core.adapters.host import Host
from decnet_core.adapters.memory_host import MemoryHost
from decnet_core.domain.decky import DeckyConfig, DeckySpec
from decnet_core.domain.errors import HostUnfitError
from decnet_core.domain.network import Driver, NetworkConfig
from decnet_core.domain.plan import Action, Step
from decnet_core.planning.batches import Batch
from decnet_core.planning.compose import document
from tests.lan import PrivateLan, why_no_lan
from tests.real.engine import DECKY, Engine


class Bench:
    """A host under test with a fleet, and a way to carry out one batch."""

    def __init__(self, host: Host, network: NetworkConfig, directory: Path) -> None:
        self.host = host
        self.network = network
        self._document = directory / "compose.yaml"
        self._specs: dict[str, DeckySpec] = {}

    @property
    def fleet(self) -> str:
        return self.network.fleet

    def spec(self, name: str, number: int, *services: str, generation: int = 1) -> DeckySpec:
        digest = uuid.uuid5(uuid.NAMESPACE_DNS, f"{self.fleet}/{name}").hex
        config = DeckyConfig(
            name=name,
            ip=self.network.subnet[number],
            mac_address=f"00:50:56:{digest[:2]}:{digest[2:4]}:{digest[4:6]}",
            hostname=f"host-{name}",
            services=services or ("telnet",),
            distro="debian",
            base_image=DECKY,
            seed=digest * 2,
        )
        return DeckySpec(config=config, operation="0" * 32, generation=generation)

    def run(self, action: Action, *steps: Step) -> dict[str, str]:
        batch = Batch(host_uuid=self.host.host_uuid, fleet=self.fleet, action=action, steps=steps, network=self.network)
        return self.host.execute(batch, self._document)

    def create(self, *specs: DeckySpec) -> dict[str, str]:
        self._write(*specs)
        steps = [Step(action=Action.CREATE, subject=spec.name, cause="test", shall=spec) for spec in specs]
        return self.run(Action.CREATE, *steps)

    def recreate(self, spec: DeckySpec) -> dict[str, str]:
        self._write(spec)
        return self.run(Action.RECREATE, self.step(Action.RECREATE, spec.name, spec))

    def step(self, action: Action, name: str, shall: DeckySpec | None = None) -> Step:
        return Step(action=action, subject=name, cause="test", shall=shall, container_id=self.id_of(name))

    def id_of(self, name: str) -> str:
        return next(seen.container_id for seen in self.host.observe(self.fleet).deckies if seen.name == name)

    def names(self, *, running: bool = True) -> list[str]:
        deckies = self.host.observe(self.fleet).deckies
        return sorted(seen.name for seen in deckies if seen.running or not running)

    def _write(self, *specs: DeckySpec) -> None:
        self._specs |= {spec.name: spec for spec in specs}
        sysctls = self.host.observe(self.fleet).sysctls
        self._document.write_text(json.dumps(document(self.network, self._specs.values(), sysctls)))


def _network(parent: str, subnet: Any, fleet: str) -> NetworkConfig:
    return NetworkConfig(fleet=fleet, driver=Driver.MACVLAN, interface=parent, subnet=subnet, gateway=None)


@pytest.fixture(params=["memory", pytest.param("docker", marks=[pytest.mark.docker, pytest.mark.lan])])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    if request.param == "memory":
        network = _network("eth0", "10.99.0.0/24", "contract")
        bench = Bench(MemoryHost(), network, tmp_path)
        bench.host.create_network(network)
        yield bench
        return
    if reason := why_no_lan():
        pytest.skip(reason)
    engine: Engine = request.getfixturevalue("engine")
    with PrivateLan() as lan:
        network = _network(lan.parent, lan.subnet, f"t{uuid.uuid4().hex[:7]}")
        bench = Bench(DockerHost(engine.url), network, tmp_path)
        try:
            bench.host.create_network(network)
            yield bench
        finally:
            engine.sweep(network.fleet)


def test_given_nothing_when_observed_then_the_network_alone_is_seen(bench: Bench):
    seen = bench.host.observe(bench.fleet)

    assert seen.network is not None
    assert seen.network.config == bench.network
    assert seen.deckies == ()
    assert seen.host_uuid == bench.host.host_uuid
    assert seen.taken_at.tzinfo is UTC


def test_given_no_fleet_when_observed_then_there_is_no_network(bench: Bench):
    other = bench.host.observe(f"{bench.fleet}x")

    assert other.deckies == ()


def test_given_two_created_when_observed_then_both_are_what_was_asked_for(bench: Bench):
    specs = (bench.spec("a", 11), bench.spec("b", 12))

    assert bench.create(*specs) == {}

    seen = {decky.name: decky for decky in bench.host.observe(bench.fleet).deckies}
    assert {name: decky.spec for name, decky in seen.items()} == {spec.name: spec for spec in specs}
    for spec in specs:
        decky = seen[spec.name]
        assert decky.running
        assert (decky.live_ip, decky.live_mac) == (spec.ip, spec.config.mac_address)
        assert decky.fingerprint == spec.config.fingerprint
        assert not decky.remnant


def test_given_created_again_when_it_is_there_already_then_nothing_happens(bench: Bench):
    spec = bench.spec("a", 11)
    bench.create(spec)
    before = bench.id_of("a")

    assert bench.create(spec) == {}

    assert bench.id_of("a") == before


def test_given_one_running_when_another_is_created_then_the_first_is_not_touched(bench: Bench):
    bench.create(bench.spec("a", 11))
    before = bench.host.vitals([bench.id_of("a")])

    bench.create(bench.spec("b", 12))

    assert bench.host.vitals([bench.id_of("a")]) == before


def test_given_one_running_when_recreated_then_it_is_another_container_with_the_new_face(bench: Bench):
    bench.create(bench.spec("a", 11), bench.spec("b", 12))
    was, other = bench.id_of("a"), bench.id_of("b")
    changed = bench.spec("a", 11, "http", generation=2)

    assert bench.recreate(changed) == {}

    [now] = [seen for seen in bench.host.observe(bench.fleet).deckies if seen.name == "a"]
    assert now.spec == changed
    assert now.container_id != was
    assert bench.id_of("b") == other


def test_given_two_running_when_one_is_removed_then_the_other_stays(bench: Bench):
    bench.create(bench.spec("a", 11), bench.spec("b", 12))
    other = bench.id_of("b")

    assert bench.run(Action.REMOVE, bench.step(Action.REMOVE, "a")) == {}

    assert bench.names(running=False) == ["b"]
    assert bench.id_of("b") == other


def test_given_one_that_is_gone_when_removed_then_that_is_no_failure(bench: Bench):
    bench.create(bench.spec("a", 11))
    step = bench.step(Action.REMOVE, "a")
    bench.run(Action.REMOVE, step)

    assert bench.run(Action.REMOVE, step) == {}


def test_given_an_address_that_is_held_when_created_then_only_that_one_fails_in_the_engines_words(bench: Bench):
    bench.create(bench.spec("a", 11))

    failures = bench.create(bench.spec("b", 12), bench.spec("rival", 11))

    assert failures.keys() == {"rival"}
    assert "Address already in use" in failures["rival"]
    assert bench.names() == ["a", "b"]


def test_given_a_failed_one_when_the_address_is_free_then_it_can_be_started(bench: Bench):
    bench.create(bench.spec("a", 11))
    bench.create(bench.spec("rival", 11))
    bench.run(Action.REMOVE, bench.step(Action.REMOVE, "a"))

    assert bench.run(Action.START, bench.step(Action.START, "rival")) == {}

    assert bench.names() == ["rival"]


def test_given_one_running_when_looked_into_then_its_ports_listen(bench: Bench):
    bench.create(bench.spec("a", 11))
    key = bench.id_of("a")

    deadline = time.monotonic() + 20
    while not (look := bench.host.vitals([key], sockets=True)[key]).listening:
        assert time.monotonic() < deadline, "it does not listen"

    assert look.listening == {"23/tcp"}
    assert (look.state, look.restarts, look.sessions) == ("running", 0, 0)
    assert look.started_at is not None


def test_given_an_unknown_container_when_looked_at_then_it_is_left_out(bench: Bench):
    assert bench.host.vitals(["0" * 64]) == {}


def test_given_images_when_asked_for_then_those_that_are_not_there_are_named(bench: Bench):
    if isinstance(bench.host, MemoryHost):
        bench.host.images = frozenset({DECKY})

    assert bench.host.missing_images({DECKY, "decnet/none:1"}) == ("decnet/none:1",)


def test_given_a_network_with_a_decky_when_removed_then_it_stays(bench: Bench):
    bench.create(bench.spec("a", 11))

    with pytest.raises(HostUnfitError):
        bench.host.remove_network(bench.fleet)

    seen = bench.host.observe(bench.fleet)
    assert seen.network is not None
    assert seen.deckies[0].live_ip == IPv4Address(bench.network.subnet[11])


def test_given_an_empty_network_when_removed_then_it_is_gone_and_can_be_removed_again(bench: Bench):
    assert bench.host.remove_network(bench.fleet)
    assert not bench.host.remove_network(bench.fleet)
    assert bench.host.observe(bench.fleet).network is None


def test_given_a_network_when_created_through_a_batch_then_it_is_seen(bench: Bench):
    bench.host.remove_network(bench.fleet)
    step = Step(action=Action.CREATE_NETWORK, subject="network", cause="test")

    assert bench.run(Action.CREATE_NETWORK, step) == {}

    seen = bench.host.observe(bench.fleet)
    assert seen.network is not None
    assert seen.network.config == bench.network
