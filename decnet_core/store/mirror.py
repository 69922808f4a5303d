"""The mirror: memory of intent, policy and history. What a decky *is*, Docker says."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from sqlmodel import col, delete

from decnet_core.domain.decky import MutateInterval
from decnet_core.domain.errors import Cause, InvalidSubmissionError, StoreUnavailableError
from decnet_core.domain.network import NetworkConfig
from decnet_core.domain.operation import FleetEvent, Operation, OperationStatus
from decnet_core.domain.snapshot import Memory, RecordedDecky
from decnet_core.store import journal, queries, rows
from decnet_core.store.schema import ensure_schema
from decnet_core.store.session import PATIENCE, Database
from decnet_core.store.tables import DeckyShardRow, FleetDeckyRow, FleetRow, HostRow


class Mirror:
    """One database of memories, open.

    Each method is one transaction: all of it happens, or nothing. Writers wait for each other, a
    few seconds at most. Every method may raise `StoreUnavailableError`; what the mirror remembers
    is then unknown, which is not the same as nothing.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, url: str, *, patience: timedelta = PATIENCE) -> Self:
        """Open the mirror at *url*, made and brought to this release's schema where needed.

        Args:
            url: ``sqlite:///FILE``, ``sqlite://`` (in memory) or ``postgresql://…``.
            patience: how long a transaction waits for another writer.

        Raises:
            StoreUnavailableError: no such database, no right to it, or written by a newer release.
        """
        database = Database(url, patience=patience)
        try:
            database.create()
            ensure_schema(database)
        except StoreUnavailableError:
            database.close()
            raise
        return cls(database)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def remember(self, fleet: str, host_uuid: str) -> Memory:
        """Return all that is remembered of *fleet* on one host, as it was at one instant."""
        with self._database.read() as session:
            return queries.remember(session, fleet, host_uuid)

    def begin(self, operation: Operation) -> None:
        """Store *operation* and its intent, before anything is done: rows pending, rows retiring.

        May be repeated, as `finish` may: the answer to the first call can be lost on its way.
        """
        with self._database.write() as session:
            journal.begin(session, operation)

    def mark(self, operation_id: str, status: OperationStatus) -> None:
        """Store where an open operation stands; it stays open until `finish`."""
        with self._database.write() as session:
            self._require(operation_id, found=journal.mark(session, operation_id, status))

    def finish(
        self,
        operation_id: str,
        *,
        status: OperationStatus,
        rows: Sequence[RecordedDecky],
        retired: Sequence[str],
        events: Sequence[FleetEvent],
        network: NetworkConfig | None,
        stages: dict[str, float],
        error: str | None,
        ended_at: datetime,
    ) -> None:
        """Store what is true now, and close the operation.

        May be repeated: an operation that has ended already is left as it is. Every other open
        operation of the same fleet and host becomes superseded.

        Args:
            operation_id: an operation that was begun here.
            status: how it ended.
            rows: deckies as they are now; a value of None in what only the mirror knows
                (mutate_interval, last_login_attempt, last_seen) keeps what was known.
            retired: deckies that are gone on purpose; their rows become tombstones.
            events: one for each real change to one decky.
            network: the fleet's network as it is now; None leaves the one remembered.
            stages: seconds of each stage.
            error: why it did not succeed.
            ended_at: when.
        """
        ending = journal.Ending(operation_id, status, rows, retired, events, network, stages, error, ended_at)
        with self._database.write() as session:
            self._require(operation_id, found=journal.finish(session, ending))

    def forget(self, fleet: str, host_uuid: str) -> None:
        """Drop the deckies, tombstones and network of *fleet* on one host; its history stays."""
        with self._database.write() as session:
            session.exec(
                delete(FleetDeckyRow).where(
                    col(FleetDeckyRow.fleet) == fleet, col(FleetDeckyRow.host_uuid) == host_uuid
                )
            )
            session.exec(delete(FleetRow).where(col(FleetRow.name) == fleet, col(FleetRow.host_uuid) == host_uuid))

    def set_mutate_interval(self, fleet: str, host_uuid: str, name: str, value: MutateInterval) -> None:
        """Set how often one decky changes its face, whatever its label says; None: as the label says.

        Raises:
            InvalidSubmissionError: no such decky is remembered.
        """
        with self._database.write() as session:
            row = session.get(FleetDeckyRow, (host_uuid, fleet, name))
            if row is None or not row.wanted:
                raise InvalidSubmissionError(
                    (Cause(name, f"no decky of this name in fleet {fleet}", "see `decnet status`"),)
                )
            row.mutate_interval = None if value is None else str(value)

    def report(self, fleet: str, host_uuid: str, deckies: Sequence[RecordedDecky], at: datetime) -> None:
        """Store what another host says of its part of *fleet*, in place of what it said before."""
        with self._database.write() as session:
            session.exec(
                delete(DeckyShardRow).where(
                    col(DeckyShardRow.fleet) == fleet, col(DeckyShardRow.host_uuid) == host_uuid
                )
            )
            session.add_all(rows.new_row(DeckyShardRow, fleet, host_uuid, decky, at) for decky in deckies)

    def heartbeat(self, host_uuid: str, name: str, address: str | None, at: datetime) -> None:
        """Note that a host spoke up."""
        with self._database.write() as session:
            row = session.get(HostRow, host_uuid) or HostRow(host_uuid=host_uuid, name=name)
            row.name, row.address, row.last_heartbeat, row.status = name, address, at, "up"
            session.add(row)

    def history(self, fleet: str | None = None, limit: int = 50) -> list[Operation]:
        """Return the latest operations, newest first."""
        with self._database.read() as session:
            return queries.history(session, fleet, limit)

    def operation(self, operation_id: str) -> Operation | None:
        """Return the operation with that id, or the only one whose id begins so."""
        with self._database.read() as session:
            return queries.operation(session, operation_id)

    def events(self, fleet: str, decky: str | None = None, limit: int = 100) -> list[FleetEvent]:
        """Return the latest changes to a fleet, or to one decky of it, newest first."""
        with self._database.read() as session:
            return queries.events(session, fleet, decky, limit)

    def _require(self, operation_id: str, *, found: bool) -> None:
        if not found:
            why = f"it holds no operation {operation_id}; was the database replaced while the operation ran?"
            raise StoreUnavailableError(self._database.shown, why)
