"""What is written around an operation: the intent before it, and after it what became true."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from decnet_core.domain.network import NetworkConfig
from decnet_core.domain.operation import FleetEvent, Operation, OperationKind, OperationStatus
from decnet_core.domain.plan import Action, Step
from decnet_core.domain.snapshot import DeckyState, RecordedDecky
from decnet_core.store import rows
from decnet_core.store.tables import FleetDeckyRow, FleetRow, OperationRow

OPEN = [status.value for status in OperationStatus if status.is_open]
_DECKY_ACTIONS = {Action.CREATE.value, Action.RECREATE.value, Action.REMOVE.value, Action.START.value}


@dataclass(frozen=True)
class Ending:
    """How an operation ended, and what is true now.

    Attributes:
        rows: deckies as they are now; those that are not among them stay as they were written.
        retired: deckies that are gone on purpose.
    """

    operation: str
    status: OperationStatus
    rows: Sequence[RecordedDecky]
    retired: Sequence[str]
    events: Sequence[FleetEvent]
    network: NetworkConfig | None
    stages: dict[str, float]
    error: str | None
    ended_at: datetime


def begin(session: Session, operation: Operation) -> None:
    """Store *operation* and what it intends with each decky; one that is stored already is left as it is."""
    if session.get(OperationRow, operation.id) is not None:
        return
    session.add(rows.write_operation(operation))
    known = deckies_of(session, operation.fleet, operation.host_uuid)
    for step in operation.plan.decky_steps:
        row = known.get(step.subject)
        if row is not None and _keeps_its_configuration(step, row):
            row.state = _intended_state(step).value
            row.reason = step.cause
            row.wanted = step.action is not Action.REMOVE
            row.updated_at = operation.started_at
        elif intended := _intended(step):
            _put(session, row, operation, intended, operation.started_at)


def mark(session: Session, operation_id: str, status: OperationStatus) -> bool:
    """Note where an operation stands; False where the journal holds no such operation."""
    row = session.get(OperationRow, operation_id)
    if row is None:
        return False
    row.status = status.value
    return True


def finish(session: Session, ending: Ending) -> bool:
    """Store what is true now and close the operation; False where the journal holds no such operation.

    An operation that has ended already is left as it is, so a call may be repeated when the
    answer to the first was lost on its way.
    """
    row = session.get(OperationRow, ending.operation)
    if row is None:
        return False
    if row.ended_at is not None:
        return True
    operation = rows.read_operation(row)
    _settle(session, operation, ending)
    session.add_all(rows.write_event(event) for event in ending.events)
    if ending.network is not None:
        remember_network(session, operation.fleet, operation.host_uuid, ending.network, ending.ended_at)
    for other in open_operations(session, operation.fleet, operation.host_uuid):
        if other.id != operation.id:
            _take_over(other, operation, ending)
    row.status = ending.status.value
    row.ended_at = ending.ended_at
    row.error = rows.storable(ending.error)
    row.stages = ending.stages
    return True


def _take_over(dead: OperationRow, operation: Operation, ending: Ending) -> None:
    """Close an operation that was left open, but for deckies that *operation* had nothing to do with.

    Whoever finishes holds the host's lock, so the process of any other open operation is dead. A deploy
    that succeeded has finished it; a teardown, or a deploy that was taken back, only its own deckies.
    """
    left: list[dict[str, Any]] = []
    if not (operation.kind is OperationKind.DEPLOY and ending.status is OperationStatus.SUCCEEDED):
        concerned = {step.subject for step in operation.plan.decky_steps}
        left = [step for step in dead.plan["steps"] if step["subject"] not in concerned]
    if any(step["action"] in _DECKY_ACTIONS for step in left):
        dead.plan = {**dead.plan, "steps": left}
        return
    dead.status = OperationStatus.SUPERSEDED.value
    dead.ended_at = ending.ended_at
    dead.error = dead.error or f"its process died; operation {operation.id} took over"


def deckies_of(session: Session, fleet: str, host_uuid: str) -> dict[str, FleetDeckyRow]:
    """Return every row of a fleet on a host by name, tombstones too."""
    found = session.exec(
        select(FleetDeckyRow)
        .where(FleetDeckyRow.fleet == fleet, FleetDeckyRow.host_uuid == host_uuid)
        .order_by(col(FleetDeckyRow.name))
    )
    return {row.name: row for row in found}


def open_operations(session: Session, fleet: str, host_uuid: str) -> Iterable[OperationRow]:
    """Return the operations that nobody has finished, oldest first."""
    return session.exec(
        select(OperationRow)
        .where(
            OperationRow.fleet == fleet,
            OperationRow.host_uuid == host_uuid,
            col(OperationRow.status).in_(OPEN),
        )
        .order_by(col(OperationRow.started_at), col(OperationRow.id))
    ).all()


def remember_network(session: Session, fleet: str, host_uuid: str, network: NetworkConfig, at: datetime) -> None:
    """Store the network configuration that *fleet* has on a host now."""
    session.merge(FleetRow(host_uuid=host_uuid, name=fleet, network=network.model_dump(mode="json"), updated_at=at))


def _settle(session: Session, operation: Operation, ending: Ending) -> None:
    known = deckies_of(session, operation.fleet, operation.host_uuid)
    for decky in ending.rows:
        _put(session, known.get(decky.name), operation, decky, ending.ended_at)
    for name in ending.retired:
        if name in known:
            _bury(known[name], ending.ended_at)


def _put(session: Session, row: FleetDeckyRow | None, operation: Operation, decky: RecordedDecky, at: datetime) -> None:
    if row is None:
        session.add(rows.new_row(FleetDeckyRow, operation.fleet, operation.host_uuid, decky, at))
    else:
        rows.write(row, decky, at)


def _bury(row: FleetDeckyRow, at: datetime) -> None:
    """Make *row* a tombstone: it keeps the face, for a decky of that name to come back with, and no policy."""
    row.wanted = False
    row.state = DeckyState.STOPPED.value
    row.reason = "retired"
    row.container_id = None
    row.mutate_interval = None
    row.updated_at = at


def _keeps_its_configuration(step: Step, row: FleetDeckyRow) -> bool:
    """Whether *row* still tells what the decky is while the step runs; a tombstone does not."""
    match step.action:
        case Action.CREATE:
            return False
        case Action.REMOVE:
            return True
        case _:
            return row.wanted


def _intended(step: Step) -> RecordedDecky | None:
    spec = step.shall if step.action is Action.CREATE else step.was or step.shall
    if spec is None:
        return None
    return RecordedDecky(
        config=spec.config,
        generation=spec.generation,
        operation=spec.operation,
        deploy_type=spec.deploy_type,
        state=_intended_state(step),
        reason=step.cause,
        wanted=step.action is not Action.REMOVE,
        container_id=step.container_id,
    )


def _intended_state(step: Step) -> DeckyState:
    return DeckyState.RETIRING if step.action is Action.REMOVE else DeckyState.PENDING
