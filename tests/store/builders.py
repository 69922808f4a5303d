"""Deckies, steps and operations with good defaults: a test names only what it is about."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from decnet_core.domain.decky import DeckyConfig, DeckySpec, DeployType
from decnet_core.domain.network import Driver, NetworkConfig
from decnet_core.domain.operation import EventKind, FleetEvent, Operation, OperationKind, OperationStatus
from decnet_core.domain.plan import Action, Plan, Step
from decnet_core.domain.snapshot import DeckyState, RecordedDecky
from decnet_core.store.mirror import Mirror

FLEET = "office"
HOST = "host-1"
START = datetime(2026, 11, 23, 8, 30, 0, 123456, tzinfo=UTC)


def at(minutes: float) -> datetime:
    """Return the instant that many minutes after the tests' beginning."""
    return START + timedelta(minutes=minutes)


def config(name: str, number: int = 1, **fields: Any) -> DeckyConfig:
    values = {
        "name": name,
        "ip": f"10.77.{number // 250}.{number % 250 + 1}",
        "mac_address": f"00:11:32:00:{number // 256:02x}:{number % 256:02x}",
        "hostname": name.upper(),
        "services": ("ssh", "http"),
        "distro": "debian",
        "base_image": "decnet/decky:0.1.0",
        "seed": sha256(name.encode()).hexdigest(),
    }
    return DeckyConfig.model_validate({**values, **fields})


def spec(name: str, *, generation: int = 1, operation: str = "op-1", **fields: Any) -> DeckySpec:
    return DeckySpec(config=config(name, **fields), generation=generation, operation=operation)


def seen(name: str, *, state: DeckyState = DeckyState.RUNNING, **fields: Any) -> RecordedDecky:
    """Return *name* as the mirror stage saw it."""
    row = {key: fields.pop(key) for key in tuple(fields) if key in RecordedDecky.model_fields}
    values = {"operation": "op-1", "state": state, "container_id": f"id-{name}", "last_seen": START, **row}
    return RecordedDecky.model_validate({"config": config(name, **fields), **values})


def create(name: str, **fields: Any) -> Step:
    return Step(action=Action.CREATE, subject=name, cause="not found", shall=spec(name, **fields))


def recreate(name: str, was: DeckySpec, shall: DeckySpec) -> Step:
    return Step(action=Action.RECREATE, subject=name, cause="configuration changed", was=was, shall=shall)


def remove(name: str, was: DeckySpec | None = None) -> Step:
    return Step(action=Action.REMOVE, subject=name, cause="named for removal", was=was or spec(name))


def start(name: str) -> Step:
    return Step(action=Action.START, subject=name, cause="stopped", was=spec(name), container_id=f"id-{name}")


def operation(name: str, *steps: Step, minutes: float = 0, fleet: str = FLEET, host: str = HOST) -> Operation:
    return Operation(
        id=name,
        kind=OperationKind.DEPLOY,
        fleet=fleet,
        host_uuid=host,
        who="root",
        deploy_type=DeployType.CLI,
        request={"fleet": fleet, "deckies": [{"name": step.subject} for step in steps]},
        plan=Plan(fleet=fleet, host_uuid=host, revision="abc123", steps=steps),
        base_revision="abc123",
        started_at=at(minutes),
    )


def event(decky: str, kind: EventKind = EventKind.CREATED, *, fleet: str = FLEET, by: str = "op-1") -> FleetEvent:
    return FleetEvent(at=START, fleet=fleet, host_uuid=HOST, decky=decky, kind=kind, detail="new", operation=by)


def network(fleet: str = FLEET, **fields: Any) -> NetworkConfig:
    values = {"fleet": fleet, "driver": Driver.MACVLAN, "interface": "eth0", "subnet": "10.77.0.0/16"}
    return NetworkConfig.model_validate({**values, **fields})


def finish(
    mirror: Mirror,
    operation_id: str,
    *rows: RecordedDecky,
    status: OperationStatus = OperationStatus.SUCCEEDED,
    retired: Sequence[str] = (),
    events: Sequence[FleetEvent] = (),
    network: NetworkConfig | None = None,
    error: str | None = None,
    minutes: float = 5,
) -> None:
    """End an operation, with nothing but what the test is about."""
    mirror.finish(
        operation_id,
        status=status,
        rows=rows,
        retired=retired,
        events=events,
        network=network,
        stages={"snapshot": 0.1, "apply": 2.5},
        error=error,
        ended_at=at(minutes),
    )


def deploy(mirror: Mirror, *rows: RecordedDecky, name: str = "op-1", minutes: float = 0) -> None:
    """Have *rows* deployed by a whole operation."""
    steps = [Step(action=Action.CREATE, subject=row.name, cause="not found", shall=row.spec) for row in rows]
    mirror.begin(operation(name, *steps, minutes=minutes))
    finish(mirror, name, *rows, minutes=minutes + 1)
