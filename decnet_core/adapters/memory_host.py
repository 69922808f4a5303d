"""A host that lives in memory: the same contract as the Docker host, for tests of everything above it."""

import itertools
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from decnet_core.adapters.host import Vitals
from decnet_core.catalog.os_families import OS_FAMILIES
from decnet_core.catalog.services import SERVICES
from decnet_core.domain.decky import DeckySpec
from decnet_core.domain.errors import HostSilentError, HostUnfitError
from decnet_core.domain.names import container_name
from decnet_core.domain.network import NetworkConfig
from decnet_core.domain.plan import Action, Step
from decnet_core.domain.snapshot import FleetNetwork, Foreign, Observation, ObservedDecky, Snapshot
from decnet_core.planning.batches import Batch
from decnet_core.planning.compose import render_hash

_SYSCTLS = frozenset(OS_FAMILIES["linux"])
_ENGINE_ID = "00000000-0000-4000-8000-000000000001"
_TICK = timedelta(seconds=1)


@dataclass
class MemoryContainer:
    """One container as an engine would keep it."""

    id: str
    spec: DeckySpec
    state: str
    started_at: datetime | None = None
    restarts: int = 0
    error: str = ""


@dataclass
class MemoryHost:
    """An engine without an engine.

    Attributes:
        refuses: decky or service → the engine's words; the container is made and does not start.
        deaf: deckies that run and listen on nothing.
        sessions: decky → how many intruders are connected.
        silent: whether the engine answers at all.
        dies_after: changes until the process that makes them is killed; None: never.
        touched: ids of containers that were changed, in order.
    """

    address: str = "memory"
    host_uuid: str = _ENGINE_ID
    network: FleetNetwork | None = None
    containers: dict[str, MemoryContainer] = field(default_factory=dict)
    foreign: tuple[Foreign, ...] = ()
    images: frozenset[str] | None = None
    refuses: dict[str, str] = field(default_factory=dict)
    deaf: frozenset[str] = frozenset()
    sessions: dict[str, int] = field(default_factory=dict)
    silent: bool = False
    dies_after: int | None = None
    touched: list[str] = field(default_factory=list)
    clock: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    _numbers: itertools.count = field(default_factory=lambda: itertools.count(1))  # type: ignore[type-arg]

    @classmethod
    def from_snapshot(cls, snapshot: Snapshot) -> "MemoryHost":
        """Return a host that shows what *snapshot* shows."""
        seen = snapshot.observation
        host = cls(host_uuid=seen.host_uuid, network=seen.network, foreign=seen.foreign)
        for decky in seen.deckies:
            host.containers[decky.container_id] = MemoryContainer(
                decky.container_id, decky.spec, decky.engine_state, host.clock if decky.running else None
            )
        return host

    def observe(self, fleet: str) -> Observation:
        """Show every container of *fleet*; see ``Host.observe``."""
        self._answer()
        best = {one.spec.name: one.id for one in sorted(self.containers.values(), key=_worth)}
        return Observation(
            host_uuid=self.host_uuid,
            host_name="memory",
            fleet=fleet,
            network=self.network,
            deckies=tuple(self._observed(fleet, container, best) for container in self.containers.values()),
            foreign=self.foreign,
            sysctls=_SYSCTLS,
            taken_at=self.clock,
        )

    def _observed(self, fleet: str, container: MemoryContainer, best: dict[str, str]) -> ObservedDecky:
        config = container.spec.config
        running = container.state == "running"
        return ObservedDecky(
            spec=container.spec,
            container_id=container.id,
            container=container_name(fleet, config.name),
            engine_state=container.state,
            status=container.state,
            live_ip=config.ip if running else None,
            live_mac=config.mac_address if running else None,
            fingerprint=config.fingerprint,
            render=render_hash(fleet, container.spec, _SYSCTLS),
            image=config.base_image,
            remnant=best[config.name] != container.id,
        )

    def vitals(self, container_ids: Collection[str], *, sockets: bool = False) -> dict[str, Vitals]:
        """Tell how containers are; a running one listens on all its services' ports, unless it is deaf."""
        self._answer()
        found = (self.containers[key] for key in container_ids if key in self.containers)
        return {one.id: self._vitals(one, sockets=sockets and one.state == "running") for one in found}

    def _vitals(self, one: MemoryContainer, *, sockets: bool) -> Vitals:
        name = one.spec.name
        return Vitals(
            name=name,
            container_id=one.id,
            state=one.state,
            started_at=one.started_at,
            restarts=one.restarts,
            exit_code=0,
            error=one.error,
            listening=_ports(one) if sockets and name not in self.deaf else frozenset(),
            sessions=self.sessions.get(name, 0) if sockets else 0,
        )

    def missing_images(self, images: Collection[str]) -> tuple[str, ...]:
        """Return those of *images* that are not here; all are, unless told otherwise."""
        return () if self.images is None else tuple(sorted(set(images) - self.images))

    def check_document(self, text: str) -> None:
        """Accept every document."""

    def create_network(self, config: NetworkConfig) -> None:
        """Remember *config* as the fleet's network."""
        if self.network is not None:
            raise HostUnfitError((f"network of {config.fleet} exists",))
        self.network = FleetNetwork(id=f"net{next(self._numbers)}", config=config)

    def remove_network(self, fleet: str) -> bool:
        """Forget the network when nothing sits in it."""
        if self.containers:
            raise HostUnfitError((f"network of {fleet} has {len(self.containers)} containers",))
        was, self.network = self.network, None
        return was is not None

    def execute(self, batch: Batch, document: Path) -> dict[str, str]:
        """Carry out *batch*, one container at a time, as an engine does."""
        self._answer()
        if batch.action is Action.CREATE_NETWORK:
            if batch.network is not None:
                self.create_network(batch.network)
            return {}
        results = {step.subject: self._carry_out(batch.action, step) for step in batch.steps}
        return {name: words for name, words in results.items() if words}

    def _carry_out(self, action: Action, step: Step) -> str:
        """Do to one container what Compose and the engine do, each moment one at which the caller may die."""
        self._maybe_die()
        there = [one for one in self.containers.values() if one.spec.name == step.subject]
        if action is Action.REMOVE:
            self._remove(self.containers.get(str(step.container_id)))
            return ""
        if action is Action.START:
            found = self.containers.get(str(step.container_id))
            return self._start(found) if found else "No such container"
        if action is Action.CREATE and there:
            return self._start(there[0]) if there[0].state != "running" else ""
        if step.shall is None:
            raise AssertionError(f"{action} {step.subject} does not say what it shall be")
        container = MemoryContainer(f"c{next(self._numbers):06}", step.shall, "created")
        self.containers[container.id] = container
        for old in there:
            self._maybe_die()
            self._remove(old)
        return self._start(container)

    def _remove(self, container: MemoryContainer | None) -> None:
        if container is not None:
            self.touched.append(container.id)
            container.state = "exited"
            self._maybe_die()
            del self.containers[container.id]

    def _start(self, container: MemoryContainer) -> str:
        self._maybe_die()
        self.touched.append(container.id)
        self.clock += _TICK
        refused = (self.refuses.get(key, "") for key in (container.spec.name, *container.spec.config.services))
        container.error = next(filter(None, refused), "") or self._clash(container)
        if not container.error:
            container.state, container.started_at = "running", self.clock
        return container.error

    def _clash(self, container: MemoryContainer) -> str:
        held: dict[IPv4Address, str] = {
            other.spec.ip: other.id for other in self.containers.values() if other.state == "running"
        }
        return "Address already in use" if held.get(container.spec.ip, container.id) != container.id else ""

    def logs(self, container_id: str, tail: int) -> list[str]:
        """Return nothing: nobody writes here."""
        return []

    def stop(self, name: str) -> None:
        """Stop a decky behind everybody's back, as ``docker stop`` does."""
        for container in self.containers.values():
            if container.spec.name == name:
                container.state = "exited"

    def lose(self, name: str) -> None:
        """Remove a decky behind everybody's back, as ``docker rm -f`` does."""
        self.containers = {key: one for key, one in self.containers.items() if one.spec.name != name}

    def _answer(self) -> None:
        if self.silent:
            raise HostSilentError(self.address, "told to be silent")

    def _maybe_die(self) -> None:
        if self.dies_after is None:
            return
        if self.dies_after == 0:
            raise KilledError
        self.dies_after -= 1


class KilledError(BaseException):
    """The process that was changing the host is no more; nothing catches this."""


def _worth(container: MemoryContainer) -> tuple[bool, int, str]:
    """Order the containers of one name: the last is the decky, the others are remnants."""
    return container.state == "running", container.spec.generation, container.id


def _ports(container: MemoryContainer) -> frozenset[str]:
    services = (SERVICES[slug] for slug in container.spec.config.services if slug in SERVICES)
    return frozenset(str(port) for service in services for port in service.ports)
