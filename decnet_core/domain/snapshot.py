"""The world as it was read at one instant: observed, recorded, foreign, and a revision."""

import hashlib
from enum import StrEnum
from functools import cached_property
from ipaddress import IPv4Address

from pydantic import AwareDatetime, BaseModel, ConfigDict

from decnet_core.domain.decky import DeckyConfig, DeckySpec, DeployType, MutateInterval, canonical_json
from decnet_core.domain.network import NetworkConfig

_UP = frozenset({"running", "restarting"})


class _Seen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DeckyState(StrEnum):
    """What a decky is doing, as status and mirror name it."""

    PENDING = "pending"
    RUNNING = "running"
    DEGRADED = "degraded"
    STOPPED = "stopped"
    FAILED = "failed"
    MISSING = "missing"
    RETIRING = "retiring"
    UNKNOWN = "unknown"


class ObservedDecky(_Seen):
    """One container of ours, from its labels and the engine's list.

    Attributes:
        engine_state: Docker's own word: created, running, paused, restarting, exited, dead.
        status: Docker's sentence, as ``Exited (1) 2 minutes ago``.
        live_ip, live_mac: what the container really has; None while it is not running.
        render: hash of the definition it was made from; differs from today's when outdated.
        remnant: a second container of the same name, left by a re-creation that was cut off.
    """

    spec: DeckySpec
    container_id: str
    container: str
    engine_state: str
    status: str = ""
    live_ip: IPv4Address | None = None
    live_mac: str | None = None
    fingerprint: str = ""
    render: str = ""
    image: str = ""
    remnant: bool = False

    @property
    def name(self) -> str:
        """The decky's name."""
        return self.spec.name

    @property
    def running(self) -> bool:
        """Whether its process is up; a restarting container is not."""
        return self.engine_state == "running"


class RecordedDecky(_Seen):
    """One row of the mirror: memory of intent, policy and history."""

    config: DeckyConfig
    generation: int = 1
    operation: str = ""
    deploy_type: DeployType = DeployType.CLI
    state: DeckyState = DeckyState.PENDING
    reason: str = ""
    wanted: bool = True
    container_id: str | None = None
    mutate_interval: MutateInterval = None
    last_seen: AwareDatetime | None = None

    @property
    def name(self) -> str:
        """The decky's name."""
        return self.config.name

    @property
    def spec(self) -> DeckySpec:
        """What it was last made from."""
        return DeckySpec(
            config=self.config, generation=self.generation, operation=self.operation, deploy_type=self.deploy_type
        )


class Foreign(_Seen):
    """A container or network without our label: counted as taken, reported, never changed.

    Attributes:
        kind: container, network, or lan (somebody on the wire).
        on_network: whether it sits in the fleet's own network.
    """

    kind: str
    name: str
    ips: tuple[IPv4Address, ...] = ()
    macs: tuple[str, ...] = ()
    on_network: bool = False


class Intent(_Seen):
    """What an operation whose process died still wants of one decky: a spec, or None for gone.

    Attributes:
        container_id: the container that it was to change; None where it was to make one.
    """

    operation: str
    decky: str
    spec: DeckySpec | None
    container_id: str | None = None

    def removes(self, seen: "ObservedDecky") -> bool:
        """Whether *seen* is the very container that was to go, not one that was made under its name since."""
        return self.spec is None and (seen.container_id == self.container_id or seen.spec.operation == self.operation)


class FleetNetwork(_Seen):
    """The fleet's Docker network as it is."""

    id: str
    config: NetworkConfig


class Observation(_Seen):
    """What one host shows of one fleet, from one list call and one network read.

    Attributes:
        foreign: every other container on the engine, and networks that claim the same parent or pool.
        host_addresses: the host's own IPv4 addresses.
        sysctls: the ``net.ipv4`` keys that the host's kernel knows.
    """

    host_uuid: str
    host_name: str
    fleet: str
    network: FleetNetwork | None = None
    deckies: tuple[ObservedDecky, ...] = ()
    foreign: tuple[Foreign, ...] = ()
    host_addresses: tuple[IPv4Address, ...] = ()
    sysctls: frozenset[str] = frozenset()
    taken_at: AwareDatetime


class Memory(_Seen):
    """What the mirror remembers of one fleet on one host.

    Attributes:
        recorded: rows that are wanted or retiring.
        retired: tombstones, so that a name that comes back keeps its face.
        shards: deckies of the same fleet on other hosts.
        intents: what operations that never ended still want.
    """

    recorded: tuple[RecordedDecky, ...] = ()
    retired: tuple[RecordedDecky, ...] = ()
    shards: tuple[RecordedDecky, ...] = ()
    intents: tuple[Intent, ...] = ()
    network: NetworkConfig | None = None


class DriftKind(StrEnum):
    """The ways in which observed and recorded differ."""

    MISSING = "missing"
    STOPPED = "stopped"
    ALTERED = "altered"
    OUTDATED = "outdated"
    UNRECORDED = "unrecorded"
    FOREIGN = "foreign"
    MOVED = "moved"
    SILENT = "silent"
    REMNANT = "remnant"
    UNFINISHED = "unfinished"


class Drift(_Seen):
    """One difference, named per decky."""

    kind: DriftKind
    subject: str
    detail: str


class Snapshot(_Seen):
    """Observed and recorded together: what every decision starts from."""

    observation: Observation
    memory: Memory
    drift: tuple[Drift, ...] = ()

    @property
    def fleet(self) -> str:
        """The fleet's name."""
        return self.observation.fleet

    @property
    def network(self) -> NetworkConfig | None:
        """The live fleet's network; where it is gone, the one remembered."""
        live = self.observation.network
        return live.config if live else self.memory.network

    @cached_property
    def observed(self) -> dict[str, ObservedDecky]:
        """The deckies that Docker shows, by name, without remnants."""
        return {decky.name: decky for decky in self.observation.deckies if not decky.remnant}

    @cached_property
    def remnants(self) -> tuple[ObservedDecky, ...]:
        """Second containers of a name, left by a re-creation that was cut off."""
        return tuple(decky for decky in self.observation.deckies if decky.remnant)

    @cached_property
    def recorded(self) -> dict[str, RecordedDecky]:
        """The mirror's rows, by name."""
        return {decky.name: decky for decky in self.memory.recorded}

    @cached_property
    def revision(self) -> str:
        """Name this state of the host's containers: ids, faces, and whether they run."""
        return revision(self.observation)


def revision(observation: Observation) -> str:
    """Return 12 hexadecimal digits that change with any change to the fleet on its host.

    A container that crashes and is restarted again and again is no change: were it one, no plan
    made beside it would ever be fresh.
    """
    network = observation.network.id if observation.network else None
    rows = sorted([d.container_id, d.fingerprint, d.engine_state in _UP] for d in observation.deckies)
    return hashlib.sha256(canonical_json([network, rows]).encode()).hexdigest()[:12]
