"""The tables of the first release."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table("fleet_deckies", *_decky(), sa.PrimaryKeyConstraint("host_uuid", "fleet", "name"))
    op.create_table("decky_shards", *_decky(), sa.PrimaryKeyConstraint("host_uuid", "fleet", "name"))
    op.create_table(
        "fleets",
        _text("host_uuid"),
        _text("name"),
        _json("network"),
        _instant("updated_at"),
        sa.PrimaryKeyConstraint("host_uuid", "name"),
    )
    op.create_table(
        "hosts",
        _text("host_uuid"),
        _text("name"),
        _text("work_queue", nullable=True),
        _text("address", nullable=True),
        _instant("last_heartbeat", nullable=True),
        _text("status"),
        sa.PrimaryKeyConstraint("host_uuid"),
    )
    op.create_table(
        "operations",
        _text("id"),
        *(_text(name) for name in ("kind", "fleet", "host_uuid", "who", "deploy_type")),
        _json("request"),
        _json("plan"),
        _text("base_revision"),
        _text("status"),
        _instant("started_at"),
        _instant("ended_at", nullable=True),
        _text("flow_run", nullable=True),
        _text("error", nullable=True),
        _json("stages"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_operations_open", "operations", ["host_uuid", "fleet", "status"])
    op.create_index("ix_operations_started_at", "operations", ["started_at"])
    op.create_table(
        "fleet_events",
        _sequence(),
        _instant("at"),
        *(_text(name) for name in ("fleet", "host_uuid", "decky", "kind", "detail", "operation")),
        sa.PrimaryKeyConstraint("sequence"),
    )
    op.create_index("ix_fleet_events_decky", "fleet_events", ["fleet", "decky", "sequence"])
    op.create_table(
        "interactions",
        _sequence(),
        _text("event_id"),
        _instant("at"),
        *(_text(name) for name in ("fleet", "host_uuid", "decky", "service", "protocol", "event", "src_ip")),
        _number("src_port", nullable=True),
        _text("dst_ip", nullable=True),
        _number("dst_port", nullable=True),
        _text("session", nullable=True),
        _json("data"),
        sa.PrimaryKeyConstraint("sequence"),
        sa.UniqueConstraint("event_id"),
    )
    op.create_index("ix_interactions_decky", "interactions", ["fleet", "decky", "at"])


def downgrade() -> None:
    for table in (
        "interactions",
        "fleet_events",
        "operations",
        "hosts",
        "fleets",
        "decky_shards",
        "fleet_deckies",
    ):
        op.drop_table(table)


def _decky() -> tuple[sa.Column[Any], ...]:
    return (
        _text("host_uuid"),
        _text("fleet"),
        _text("name"),
        _json("services"),
        _json("decky_config"),
        _text("decky_ip"),
        _text("state"),
        _text("reason"),
        _text("last_error", nullable=True),
        _text("container_id", nullable=True),
        _text("fingerprint"),
        _number("generation"),
        _text("operation"),
        _text("deploy_type"),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        _text("mutate_interval", nullable=True),
        _instant("last_mutated", nullable=True),
        _instant("last_login_attempt", nullable=True),
        _instant("last_seen", nullable=True),
        _instant("updated_at"),
    )


def _text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(), nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _json(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON(), nullable=False)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _sequence() -> sa.Column[Any]:
    return sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False)
