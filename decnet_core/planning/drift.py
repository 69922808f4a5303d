"""What differs between what is, what was recorded and what today's release would make."""

from collections.abc import Iterator

from decnet_core.domain.network import Driver
from decnet_core.domain.snapshot import (
    Drift,
    DriftKind,
    Memory,
    Observation,
    ObservedDecky,
    RecordedDecky,
    Snapshot,
)
from decnet_core.planning.compose import render_hash
from decnet_core.planning.fleet import members


def assemble(observation: Observation, memory: Memory) -> Snapshot:
    """Unite both halves of a snapshot and name their drift."""
    bare = Snapshot(observation=observation, memory=memory)
    found = sorted(_find(bare), key=lambda drift: (drift.subject, drift.kind))
    return bare.model_copy(update={"drift": tuple(found)})


def _find(snapshot: Snapshot) -> Iterator[Drift]:
    observed, recorded = snapshot.observed, snapshot.recorded
    for name, seen in observed.items():
        yield from _of_decky(seen, recorded.get(name), snapshot.observation)
    for name, member in members(snapshot).items():
        if name not in observed:
            yield Drift(kind=DriftKind.MISSING, subject=name, detail=member.cause or "recorded, no container")
    for remnant in snapshot.remnants:
        yield Drift(kind=DriftKind.REMNANT, subject=remnant.name, detail=f"second container {remnant.container}")
    for foreign in snapshot.observation.foreign:
        if foreign.on_network:
            yield Drift(kind=DriftKind.FOREIGN, subject=foreign.name, detail=f"{foreign.kind} in the fleet's network")
    for operation in sorted({intent.operation for intent in snapshot.memory.intents}):
        yield Drift(
            kind=DriftKind.UNFINISHED,
            subject=operation[:8],
            detail="still open: under way, or its process died and the next run finishes it",
        )


def _has_its_mac(seen: ObservedDecky, observation: Observation) -> bool:
    """On ipvlan every decky answers with the parent's address."""
    shared = observation.network is not None and observation.network.config.driver is Driver.IPVLAN
    return shared or seen.live_mac == seen.spec.config.mac_address


def _of_decky(seen: ObservedDecky, row: RecordedDecky | None, observation: Observation) -> Iterator[Drift]:
    name, config = seen.name, seen.spec.config
    if not seen.running:
        yield Drift(kind=DriftKind.STOPPED, subject=name, detail=seen.status or seen.engine_state)
    if seen.fingerprint != config.fingerprint:
        yield Drift(kind=DriftKind.ALTERED, subject=name, detail="its labels contradict each other")
    elif seen.render != render_hash(observation.fleet, seen.spec, observation.sysctls):
        yield Drift(kind=DriftKind.OUTDATED, subject=name, detail="made by another release or for another kernel")
    if seen.running and (seen.live_ip != config.ip or not _has_its_mac(seen, observation)):
        where = f"{seen.live_ip or 'no address'} {seen.live_mac or ''}".strip()
        yield Drift(kind=DriftKind.MOVED, subject=name, detail=f"is at {where}, should be at {config.ip}")
    if row is None:
        yield Drift(kind=DriftKind.UNRECORDED, subject=name, detail="the mirror has no row of it")
    elif row.container_id not in (None, seen.container_id):
        yield Drift(kind=DriftKind.UNRECORDED, subject=name, detail="the mirror has a row of another container")
