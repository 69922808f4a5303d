"""The mirror's tables.

No row refers to another by a foreign key: the mirror may be younger than the fleet it remembers,
and a decky's label then names an operation, and a host, that no row here has ever described.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Index, Integer
from sqlalchemy.types import JSON, TypeDecorator
from sqlmodel import Field, SQLModel


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware on its way in and out, kept in UTC also where the database knows no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Bring it to UTC."""
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Give it its zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class RowNumber(TypeDecorator[int]):
    """A number counted up by the database; SQLite does that for INTEGER only."""

    impl = BigInteger().with_variant(Integer(), "sqlite")
    cache_ok = True


class DeckyRow(SQLModel):
    """What is remembered of one decky; the key has the fleet because a host may carry several.

    ``decky_config`` is the whole configuration; services, decky_ip, fingerprint and last_mutated
    repeat what is in it, to be read by people and selected by. What changes without a new
    container is true only here: state, reason, mutate_interval, last_login_attempt, last_seen.
    """

    host_uuid: str = Field(primary_key=True)
    fleet: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    services: list[str] = Field(sa_type=JSON)
    decky_config: dict[str, Any] = Field(sa_type=JSON)
    decky_ip: str
    state: str
    reason: str = ""
    last_error: str | None = None
    container_id: str | None = None
    fingerprint: str
    generation: int
    operation: str
    deploy_type: str
    wanted: bool
    mutate_interval: str | None = None
    last_mutated: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_login_attempt: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_seen: datetime | None = Field(default=None, sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class FleetDeckyRow(DeckyRow, table=True):
    """A decky of a host that writes to this mirror; one that is neither wanted nor retiring is a tombstone."""

    __tablename__ = "fleet_deckies"


class DeckyShardRow(DeckyRow, table=True):
    """A decky as another host reported it."""

    __tablename__ = "decky_shards"


class FleetRow(SQLModel, table=True):
    """The network configuration that a fleet last had on a host.

    An addition to the design's tables: the configuration lives in the label of the fleet's Docker
    network, so when somebody removes that network the label goes with it. With this row the
    deckies, which are remembered, can be put back where they were. Per host, because the parent
    interface is the host's.
    """

    __tablename__ = "fleets"

    host_uuid: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    network: dict[str, Any] = Field(sa_type=JSON)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class HostRow(SQLModel, table=True):
    """A machine with a Docker engine, as it last spoke up."""

    __tablename__ = "hosts"

    host_uuid: str = Field(primary_key=True)
    name: str
    work_queue: str | None = None
    address: str | None = None
    last_heartbeat: datetime | None = Field(default=None, sa_type=UtcDateTime)
    status: str = "unknown"


class OperationRow(SQLModel, table=True):
    """One operation: written before anything is done, closed when it has ended."""

    __tablename__ = "operations"
    __table_args__ = (
        Index("ix_operations_open", "host_uuid", "fleet", "status"),
        Index("ix_operations_started_at", "started_at"),
    )

    id: str = Field(primary_key=True)
    kind: str
    fleet: str
    host_uuid: str
    who: str
    deploy_type: str
    request: dict[str, Any] = Field(sa_type=JSON)
    plan: dict[str, Any] = Field(sa_type=JSON)
    base_revision: str
    status: str
    started_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    flow_run: str | None = None
    error: str | None = None
    stages: dict[str, float] = Field(sa_type=JSON)


class FleetEventRow(SQLModel, table=True):
    """One real change to one decky."""

    __tablename__ = "fleet_events"
    __table_args__ = (Index("ix_fleet_events_decky", "fleet", "decky", "sequence"),)

    sequence: int | None = Field(default=None, primary_key=True, sa_type=RowNumber)
    at: datetime = Field(sa_type=UtcDateTime)
    fleet: str
    host_uuid: str
    decky: str
    kind: str
    detail: str
    operation: str


class InteractionRow(SQLModel, table=True):
    """One thing an intruder did, as the decky's own line of JSON told it; *event_id* makes a second telling known."""

    __tablename__ = "interactions"
    __table_args__ = (Index("ix_interactions_decky", "fleet", "decky", "at"),)

    sequence: int | None = Field(default=None, primary_key=True, sa_type=RowNumber)
    event_id: str = Field(unique=True)
    at: datetime = Field(sa_type=UtcDateTime)
    fleet: str
    host_uuid: str
    decky: str
    service: str
    protocol: str
    event: str
    src_ip: str
    src_port: int | None = None
    dst_ip: str | None = None
    dst_port: int | None = None
    session: str | None = None
    data: dict[str, Any] = Field(sa_type=JSON)
