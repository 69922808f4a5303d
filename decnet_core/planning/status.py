"""How every decky of a fleet is doing, in one table."""

from decnet_core.domain.operation import Outcome
from decnet_core.domain.snapshot import DeckyState, ObservedDecky, RecordedDecky, Snapshot
from decnet_core.planning.fleet import members


def state_of(seen: ObservedDecky | None, row: RecordedDecky | None) -> tuple[DeckyState, str]:
    """Return a decky's state and the reason, from what Docker shows and the mirror remembers.

    What was found by looking into it (a port that does not listen, a start that failed) is
    remembered by the mirror and holds as long as the container is the same.
    """
    if seen is None:
        return DeckyState.MISSING, row.reason if row else ""
    known = row if row and row.container_id == seen.container_id else None
    if seen.running:
        return (known.state, known.reason) if known and known.state is DeckyState.DEGRADED else (DeckyState.RUNNING, "")
    if known and known.state is DeckyState.FAILED:
        return DeckyState.FAILED, known.reason
    if seen.engine_state == "restarting":
        return DeckyState.FAILED, seen.status
    return DeckyState.STOPPED, seen.status or seen.engine_state


def states(snapshot: Snapshot) -> tuple[Outcome, ...]:
    """Return every decky of the fleet with its state, by name."""
    rows = []
    observed, recorded = snapshot.observed, snapshot.recorded
    for name, member in sorted(members(snapshot).items()):
        state, reason = state_of(observed.get(name), recorded.get(name))
        config = member.spec.config
        rows.append(
            Outcome(
                name=name,
                ip=str(config.ip),
                mac=config.mac_address,
                action=None,
                state=state,
                reason=reason or member.cause,
            )
        )
    return tuple(rows)
