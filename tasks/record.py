"""Intent before effect, record after fact: the journal, the mirror and its export."""

from collections.abc import Iterator
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

from prefect.runtime import flow_run

from decnet_core.domain.errors import Cause, InvalidSubmissionError
from decnet_core.domain.operation import EventKind, FleetEvent, Operation, OperationStatus, Outcome
from decnet_core.domain.plan import Action, Desired, Plan, Step
from decnet_core.domain.snapshot import DeckyState, Observation, ObservedDecky, RecordedDecky, Snapshot
from decnet_core.planning.fleet import members
from decnet_core.store.export import export_document, write_export
from tasks.run import Decision, Fault, Run
from tasks.stage import stage


@stage("record intent", retried=True)
def begin_operation(run: Run, plan: Plan, request: dict[str, Any]) -> None:
    """Store the operation and what it will change, before Docker is called."""
    run.mirror.begin(
        Operation(
            id=run.operation,
            kind=run.origin.kind,
            fleet=run.fleet,
            host_uuid=plan.host_uuid,
            who=run.origin.who,
            deploy_type=run.origin.deploy_type,
            request=request,
            plan=plan,
            base_revision=plan.revision,
            started_at=datetime.now(UTC),
            flow_run=str(flow_run.get_id() or "") or None,
        )
    )


@stage("mirror", retried=True)
def mirror_fleet(
    run: Run, decision: Decision, status: OperationStatus, observation: Observation, error: str | None = None
) -> tuple[Outcome, ...]:
    """Write what is now true back to the mirror, close the operation, and export the fleet.

    Returns:
        how every decky that the operation concerned came out.
    """
    snapshot, desired, plan = decision.snapshot, decision.desired, decision.plan
    now = {seen.name: seen for seen in observation.deckies if not seen.remnant}
    faults = _standing_faults(run, plan, now)
    rows = [*(_row(faults, seen, desired) for seen in now.values()), *_missing_rows(run, snapshot, desired, now)]
    concerned = snapshot.recorded.keys() | snapshot.observed.keys() | {step.subject for step in plan.decky_steps}
    gone = sorted(concerned - desired.by_name.keys() - now.keys())
    at = datetime.now(UTC)
    events = list(_events(run, plan, now, at))
    run.mirror.heartbeat(observation.host_uuid, observation.host_name, None, at)
    run.mirror.finish(
        run.operation,
        status=status,
        rows=rows,
        retired=gone,
        events=events,
        network=observation.network.config if observation.network else None,
        stages=run.stages,
        error=error,
        ended_at=at,
    )
    export = export_document(run.fleet, desired.network, rows, events, at=at)
    write_export(run.settings.fleet_dir(run.fleet) / "decnet-state.json", export)
    return tuple(_outcome(run, step, now, decision) for step in plan.decky_steps)


def _standing_faults(run: Run, plan: Plan, now: dict[str, ObservedDecky]) -> dict[str, Fault]:
    """Return the faults whose container is still there; one that was taken back has left with its fault."""
    started = {step.subject for step in plan.of(Action.START)}
    return {
        name: fault
        for name, fault in run.faults.items()
        if name in started or name not in now or now[name].spec.operation == run.operation
    }


def _row(faults: dict[str, Fault], seen: ObservedDecky, desired: Desired) -> RecordedDecky:
    state, reason = _state(faults, seen)
    return RecordedDecky(
        config=seen.spec.config,
        generation=seen.spec.generation,
        operation=seen.spec.operation,
        deploy_type=seen.spec.deploy_type,
        state=state,
        reason=reason,
        wanted=seen.name in desired.by_name,
        container_id=seen.container_id,
        mutate_interval=desired.intervals.get(seen.name),
        last_seen=datetime.now(UTC),
    )


def _state(faults: dict[str, Fault], seen: ObservedDecky) -> tuple[DeckyState, str]:
    fault = faults.get(seen.name)
    if fault is not None:
        return fault.state, fault.why
    return (DeckyState.RUNNING, "") if seen.running else (DeckyState.STOPPED, seen.status)


def _why(run: Run, name: str) -> str:
    fault = run.faults.get(name)
    return fault.why if fault else ""


def _missing_rows(
    run: Run, snapshot: Snapshot, desired: Desired, now: dict[str, ObservedDecky]
) -> Iterator[RecordedDecky]:
    """Return rows of deckies that are wanted and have no container; they are not forgotten."""
    wanted = {**desired.by_name, **{n: m.spec for n, m in members(snapshot).items() if n in desired.by_name}}
    for name, spec in wanted.items():
        if name in now:
            continue
        why = _why(run, name)
        yield RecordedDecky(
            config=spec.config,
            generation=spec.generation,
            operation=spec.operation,
            deploy_type=spec.deploy_type,
            state=DeckyState.FAILED if why else DeckyState.MISSING,
            reason=why or "no container",
            mutate_interval=desired.intervals.get(name),
        )


def _events(run: Run, plan: Plan, now: dict[str, ObservedDecky], at: datetime) -> Iterator[FleetEvent]:
    for step in plan.decky_steps:
        kind = _event_kind(run, step, now)
        if kind is not None:
            yield FleetEvent(
                at=at,
                fleet=run.fleet,
                host_uuid=plan.host_uuid,
                decky=step.subject,
                kind=kind,
                detail=_why(run, step.subject) or step.cause,
                operation=run.operation,
            )


def _event_kind(run: Run, step: Step, now: dict[str, ObservedDecky]) -> EventKind | None:
    """Return what really changed; None for a step that has not come true, or was taken back."""
    seen = now.get(step.subject)
    if step.subject in run.faults:
        return EventKind.FAILED
    if step.action is Action.REMOVE:
        return EventKind.RETIRED if seen is None else None
    if seen is None or not seen.running or (step.shall and seen.spec.generation != step.shall.generation):
        return None
    if step.action is Action.START:
        return EventKind.REPAIRED
    if step.action is Action.CREATE:
        return EventKind.CREATED if step.named else EventKind.REPAIRED
    moved = step.was and step.shall and step.was.ip != step.shall.ip
    return EventKind.MOVED if moved else EventKind.CHANGED


def _outcome(run: Run, step: Step, now: dict[str, ObservedDecky], decision: Decision) -> Outcome:
    desired, faults = decision.desired, _standing_faults(run, decision.plan, now)
    seen = now.get(step.subject)
    spec = seen.spec if seen else (step.shall or step.was)
    why = _why(run, step.subject)
    state = _state(faults, seen)[0] if seen else (DeckyState.FAILED if why else DeckyState.MISSING)
    if seen is None and not why:
        gone = step.action is Action.REMOVE and step.subject not in desired.by_name
        why = "retired" if gone else "taken back"
        state = DeckyState.STOPPED
    return Outcome(
        name=step.subject,
        ip=str(spec.ip) if spec else "",
        mac=spec.config.mac_address if spec else "",
        action=step.action,
        state=state,
        reason=why,
        named=step.named,
    )


def names_to_retire(snapshot: Snapshot, names: tuple[str, ...], *, everything: bool) -> frozenset[str]:
    """Return the deckies that a teardown names.

    Raises:
        InvalidSubmissionError: naming every one that does not exist.
    """
    known = members(snapshot).keys() | snapshot.observed.keys() | snapshot.recorded.keys()
    if everything:
        return frozenset(known)
    causes = tuple(
        Cause(f"decky {name}", f"is not in fleet {snapshot.fleet}", _near(name, known))
        for name in names
        if name not in known
    )
    if causes:
        raise InvalidSubmissionError(causes)
    return frozenset(names)


def _near(name: str, known: set[str] | frozenset[str]) -> str:
    near = get_close_matches(name, sorted(known), n=1)
    return f"did you mean {near[0]!r}?" if near else "see `decnet status`"
