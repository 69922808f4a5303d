"""Between rows and the values of the domain, both ways, each in one place."""

from datetime import datetime
from typing import Any, TypeVar

from decnet_core.domain.decky import MutateInterval
from decnet_core.domain.operation import FleetEvent, Operation
from decnet_core.domain.snapshot import DeckyState, RecordedDecky
from decnet_core.store.tables import DeckyRow, FleetEventRow, OperationRow

Row = TypeVar("Row", bound=DeckyRow)

_TROUBLED = (DeckyState.FAILED, DeckyState.DEGRADED)


def new_row(kind: type[Row], fleet: str, host_uuid: str, decky: RecordedDecky, at: datetime) -> Row:
    """Make the first row for *decky*."""
    return kind(host_uuid=host_uuid, fleet=fleet, name=decky.name, **_columns(decky, at))


def write(row: DeckyRow, decky: RecordedDecky, at: datetime) -> None:
    """Make *row* say what *decky* says.

    What a container cannot tell is kept where *decky* does not know it either: the interval set
    for this decky alone, the last login attempt, when it was last seen, the last error.
    """
    row.sqlmodel_update(_columns(decky, at))


def _columns(decky: RecordedDecky, at: datetime) -> dict[str, Any]:
    config = decky.config
    reason = storable(decky.reason) or ""
    known = {
        "last_error": reason if decky.state in _TROUBLED else None,
        "mutate_interval": None if decky.mutate_interval is None else str(decky.mutate_interval),
        "last_login_attempt": config.last_login_attempt,
        "last_seen": decky.last_seen,
    }
    return {
        "decky_config": config.model_dump(mode="json"),
        "services": list(config.services),
        "decky_ip": str(config.ip),
        "fingerprint": config.fingerprint,
        "last_mutated": config.last_mutated,
        "generation": decky.generation,
        "operation": decky.operation,
        "deploy_type": decky.deploy_type.value,
        "state": decky.state.value,
        "reason": reason,
        "wanted": decky.wanted,
        "container_id": decky.container_id,
        "updated_at": at,
        **{column: value for column, value in known.items() if value is not None},
    }


def read(row: DeckyRow) -> RecordedDecky:
    """Return what *row* remembers."""
    config = {**row.decky_config, "last_login_attempt": row.last_login_attempt}
    return RecordedDecky.model_validate(
        {
            "config": config,
            "generation": row.generation,
            "operation": row.operation,
            "deploy_type": row.deploy_type,
            "state": row.state,
            "reason": row.reason,
            "wanted": row.wanted,
            "container_id": row.container_id,
            "mutate_interval": _interval(row.mutate_interval),
            "last_seen": row.last_seen,
        }
    )


def write_operation(operation: Operation) -> OperationRow:
    """Return the row of *operation*."""
    whole = operation.model_dump(mode="json", include={"request", "plan"})
    flat = operation.model_dump(exclude={"request", "plan"})
    return OperationRow(**{**flat, **whole, "error": storable(operation.error)})


def read_operation(row: OperationRow) -> Operation:
    """Return the operation that *row* holds."""
    return Operation.model_validate(row.model_dump())


def write_event(event: FleetEvent) -> FleetEventRow:
    """Return the row of *event*."""
    return FleetEventRow(**{**event.model_dump(), "detail": storable(event.detail) or ""})


def read_event(row: FleetEventRow) -> FleetEvent:
    """Return the event that *row* holds."""
    return FleetEvent.model_validate(row.model_dump(exclude={"sequence"}))


def storable(words: str | None) -> str | None:
    """Rid words of others (an engine's, an intruder's) of what PostgreSQL refuses: NUL and halves of characters."""
    return words.replace("\0", "").encode(errors="replace").decode() if words else words


def _interval(text: str | None) -> MutateInterval:
    return int(text) if text is not None and text.isdigit() else text  # type: ignore[return-value]
