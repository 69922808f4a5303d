"""Deckies, snapshots and submissions with good defaults: a test names only what it is about."""

from collections.abc import Iterable
from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any
from zlib import crc32

from decnet_core.adapters.host import Host
from decnet_core.catalog.os_families import OS_FAMILIES
from decnet_core.domain.decky import DeckyConfig, DeckySpec
from decnet_core.domain.names import container_name
from decnet_core.domain.network import Driver, NetworkConfig
from decnet_core.domain.plan import Desired, Plan
from decnet_core.domain.snapshot import (
    DeckyState,
    FleetNetwork,
    Foreign,
    Intent,
    Memory,
    Observation,
    ObservedDecky,
    RecordedDecky,
    Snapshot,
)
from decnet_core.domain.submission import DEFAULTS, DeckyRequest, DeployOptions, Submission
from decnet_core.planning.allocation import seed_of
from decnet_core.planning.batches import batches
from decnet_core.planning.compose import render_hash
from decnet_core.planning.drift import assemble
from decnet_core.planning.merge import Provenance, merge
from decnet_core.planning.plan import make_plan
from decnet_core.planning.preview import guards_of
from decnet_core.planning.validate import require_valid

FLEET = "office"
HOST = "00000000-0000-4000-8000-000000000001"
IMAGE = "decnet/decky:0.1.0"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SYSCTLS = frozenset(OS_FAMILIES["linux"])
NOTHING = Memory()

_DECKY_FIELDS = DeckyConfig.model_fields.keys()


def config(name: str, **fields: Any) -> DeckyConfig:
    """Return a decky's whole configuration; its addresses follow from its name."""
    number = ord(name) - 96 if len(name) == 1 else crc32(name.encode()) % 60_000 + 1_000
    values = {
        "name": name,
        "ip": IPv4Address("10.77.1.0") + number,
        "mac_address": f"00:11:32:00:{number >> 8:02x}:{number & 0xFF:02x}",
        "hostname": f"SRV-{name.upper()}",
        "services": ("ssh",),
        "distro": "debian",
        "base_image": IMAGE,
        "seed": seed_of(HOST, FLEET, name),
        "host_uuid": HOST,
    }
    return DeckyConfig.model_validate({**values, **fields})


def decky(name: str, *, generation: int = 1, operation: str = "op-1", **fields: Any) -> DeckySpec:
    """Return what one container is made from."""
    return DeckySpec(config=config(name, **fields), generation=generation, operation=operation)


def seen(name: str, *, state: str = "running", remnant: bool = False, **fields: Any) -> ObservedDecky:
    """Return a container as its host shows it; *fields* are of the container, the spec or the decky."""
    own = {key: fields.pop(key) for key in tuple(fields) if key in ObservedDecky.model_fields}
    spec = decky(name, **fields)
    running = state == "running"
    values = {
        "spec": spec,
        "container_id": f"id-{name}-remnant" if remnant else f"id-{name}",
        "container": container_name(FLEET, name),
        "engine_state": state,
        "status": state,
        "live_ip": spec.ip if running else None,
        "live_mac": spec.config.mac_address if running else None,
        "fingerprint": spec.config.fingerprint,
        "render": render_hash(FLEET, spec, SYSCTLS),
        "remnant": remnant,
    }
    return ObservedDecky.model_validate({**values, **own})


def row(name: str, *, state: DeckyState = DeckyState.RUNNING, **fields: Any) -> RecordedDecky:
    """Return what the mirror remembers of a decky."""
    own = {key: fields.pop(key) for key in tuple(fields) if key in RecordedDecky.model_fields}
    return RecordedDecky.model_validate({"config": config(name, **fields), "operation": "op-1", "state": state, **own})


def tombstone(name: str, **fields: Any) -> RecordedDecky:
    return row(name, **{"state": DeckyState.STOPPED, "wanted": False, "reason": "retired", **fields})


def shard(name: str, **fields: Any) -> RecordedDecky:
    """Return a decky on another host."""
    return row(name, **{"host_uuid": "another-host", **fields})


def intent(name: str, spec: DeckySpec | None, operation: str = "0ead0ead0ead") -> Intent:
    """Return what a dead operation still wants of *name*; no *spec*: that it be gone."""
    return Intent(operation=operation, decky=name, spec=spec, container_id=f"id-{name}")


def stranger(name: str, *ips: str, macs: tuple[str, ...] = (), on_network: bool = False) -> Foreign:
    return Foreign(kind="container", name=name, ips=tuple(map(IPv4Address, ips)), macs=macs, on_network=on_network)


def network(**fields: Any) -> NetworkConfig:
    values = {"fleet": FLEET, "driver": Driver.MACVLAN, "interface": "eth0", "subnet": "10.77.0.0/16"}
    return NetworkConfig.model_validate({**values, **fields})


def snapshot(
    *parts: ObservedDecky | RecordedDecky | Intent | Foreign,
    live: NetworkConfig | str | None = "default",
    shards: Iterable[RecordedDecky] = (),
    recorded: bool = True,
    remembered: NetworkConfig | None = None,
    host_addresses: Iterable[str] = (),
) -> Snapshot:
    """Return the world as *parts* tell it.

    Args:
        parts: containers, rows (tombstones where not wanted), intents, strangers.
        live: the fleet's network; None: there is none.
        shards: deckies on other hosts.
        recorded: whether the mirror has a row for each container.
        remembered: the network that the mirror remembers.
        host_addresses: the host's own.
    """
    here = network() if live == "default" else live
    containers = [part for part in parts if isinstance(part, ObservedDecky)]
    rows = {part.name: part for part in parts if isinstance(part, RecordedDecky)}
    for one in containers if recorded else ():
        if not one.remnant:
            rows.setdefault(one.name, _recorded(one))
    stays = {name: one.wanted or one.state is DeckyState.RETIRING for name, one in rows.items()}
    observation = Observation(
        host_uuid=HOST,
        host_name="testhost",
        fleet=FLEET,
        network=FleetNetwork(id="net-1", config=here) if isinstance(here, NetworkConfig) else None,
        deckies=tuple(containers),
        foreign=tuple(part for part in parts if isinstance(part, Foreign)),
        host_addresses=tuple(map(IPv4Address, host_addresses)),
        sysctls=SYSCTLS,
        taken_at=NOW,
    )
    memory = Memory(
        recorded=tuple(one for one in rows.values() if stays[one.name]),
        retired=tuple(one for one in rows.values() if not stays[one.name]),
        shards=tuple(shards),
        intents=tuple(part for part in parts if isinstance(part, Intent)),
        network=remembered,
    )
    return assemble(observation, memory)


def _recorded(one: ObservedDecky) -> RecordedDecky:
    return RecordedDecky(
        config=one.spec.config,
        generation=one.spec.generation,
        operation=one.spec.operation,
        state=DeckyState.RUNNING if one.running else DeckyState.STOPPED,
        container_id=one.container_id,
    )


def fleet(*deckies: DeckySpec, named: Iterable[str] | None = None) -> Desired:
    """Return a whole desired fleet; unless told otherwise, the submission named all of it."""
    names = [one.name for one in deckies] if named is None else named
    return Desired(network=network(), deckies=deckies, named=frozenset(names))


def request(name: str, **fields: Any) -> DeckyRequest:
    return DeckyRequest.model_validate({"name": name, **fields})


def submission(*requests: DeckyRequest | str, **fields: Any) -> Submission:
    """Return a submission; a plain name asks for a decky with ssh."""
    asked = [request(one, services=["ssh"]) if isinstance(one, str) else one for one in requests]
    return Submission.model_validate({"fleet": FLEET, "deckies": asked, **fields})


def desire(
    before: Snapshot,
    asked: Submission,
    options: DeployOptions = DEFAULTS,
    *,
    operation: str = "op-2",
    answering: frozenset[IPv4Address] = frozenset(),
) -> Desired:
    """Validate and merge, as the deploy flow does."""
    return merge(before, require_valid(before, asked, options), options, Provenance(operation), answering=answering)


def decide(
    before: Snapshot, asked: Submission, options: DeployOptions = DEFAULTS, *, operation: str = "op-2"
) -> tuple[Desired, Plan]:
    """Validate, merge and plan, as the deploy flow does."""
    desired = desire(before, asked, options, operation=operation)
    return desired, make_plan(before, desired, guards_of(options, 25))


def execute_all(host: Host, plan: Plan, *, size: int = 25) -> dict[str, str]:
    """Carry *plan* out on *host*, as the apply stage does, and return what failed."""
    failures: dict[str, str] = {}
    for batch in batches(plan, size):
        failures |= host.execute(batch, Path("compose.yaml"))
    return failures


def look_at(host: Host, memory: Memory = NOTHING) -> Snapshot:
    """Return a snapshot of what *host* shows now."""
    return assemble(host.observe(FLEET), memory)
