"""What is read from the mirror."""

from sqlmodel import Session, col, select

from decnet_core.domain.decky import DeckySpec
from decnet_core.domain.network import NetworkConfig
from decnet_core.domain.operation import FleetEvent, Operation, OperationStatus
from decnet_core.domain.plan import Action, Step
from decnet_core.domain.snapshot import DeckyState, Intent, Memory
from decnet_core.store import rows
from decnet_core.store.journal import deckies_of, open_operations
from decnet_core.store.tables import DeckyShardRow, FleetEventRow, FleetRow, OperationRow


def remember(session: Session, fleet: str, host_uuid: str) -> Memory:
    """Return all that is remembered of *fleet* on one host."""
    known = [rows.read(row) for row in deckies_of(session, fleet, host_uuid).values()]
    stays = [decky.wanted or decky.state is DeckyState.RETIRING for decky in known]
    network = session.get(FleetRow, (host_uuid, fleet))
    return Memory(
        recorded=tuple(decky for decky, here in zip(known, stays, strict=True) if here),
        retired=tuple(decky for decky, here in zip(known, stays, strict=True) if not here),
        shards=tuple(rows.read(row) for row in _shards(session, fleet, host_uuid)),
        intents=intents([rows.read_operation(row) for row in open_operations(session, fleet, host_uuid)]),
        network=NetworkConfig.model_validate(network.network) if network else None,
    )


def intents(operations: list[Operation]) -> tuple[Intent, ...]:
    """Return what open operations (oldest first) still want of each decky; a later one has the last word."""
    wanted = {
        step.subject: Intent(
            operation=operation.id,
            decky=step.subject,
            spec=_outcome(operation, step),
            container_id=step.container_id,
        )
        for operation in operations
        for step in operation.plan.decky_steps
    }
    return tuple(wanted[name] for name in sorted(wanted))


def history(session: Session, fleet: str | None, limit: int) -> list[Operation]:
    """Return the latest operations, newest first."""
    query = select(OperationRow).order_by(col(OperationRow.started_at).desc(), col(OperationRow.id).desc())
    if fleet is not None:
        query = query.where(OperationRow.fleet == fleet)
    return [rows.read_operation(row) for row in session.exec(query.limit(limit))]


def operation(session: Session, operation_id: str) -> Operation | None:
    """Return the operation with that id, or with an id that begins so where only one does."""
    if row := session.get(OperationRow, operation_id):
        return rows.read_operation(row)
    if not operation_id:
        return None
    begins = col(OperationRow.id).startswith(operation_id, autoescape=True)
    found = session.exec(select(OperationRow).where(begins).limit(2)).all()
    return rows.read_operation(found[0]) if len(found) == 1 else None


def events(session: Session, fleet: str, decky: str | None, limit: int) -> list[FleetEvent]:
    """Return the latest changes to a fleet or to one decky, newest first."""
    query = select(FleetEventRow).where(FleetEventRow.fleet == fleet).order_by(col(FleetEventRow.sequence).desc())
    if decky is not None:
        query = query.where(FleetEventRow.decky == decky)
    return [rows.read_event(row) for row in session.exec(query.limit(limit))]


def _shards(session: Session, fleet: str, host_uuid: str) -> list[DeckyShardRow]:
    query = (
        select(DeckyShardRow)
        .where(DeckyShardRow.fleet == fleet, DeckyShardRow.host_uuid != host_uuid)
        .order_by(col(DeckyShardRow.host_uuid), col(DeckyShardRow.name))
    )
    return list(session.exec(query))


def _outcome(operation: Operation, step: Step) -> DeckySpec | None:
    """Return what the decky of *step* shall be when its operation is carried to its end, forward or back.

    Only what was named is taken back. A creation that is taken back leaves nothing, unless the decky
    was of the fleet before: one that was missing, known by the spec of the operation that made it
    first, stays wanted.
    """
    if operation.status is OperationStatus.REVERTING and step.named:
        if step.action is not Action.CREATE:
            return step.was
        return step.shall if step.shall and step.shall.operation != operation.id else None
    return None if step.action is Action.REMOVE else step.shall or step.was
