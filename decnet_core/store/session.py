"""How the database is talked to: two kinds of transaction, and one translation of errors."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import quote

from pydantic import ValidationError
from sqlalchemy import Connection, Engine, NullPool, QueuePool, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlmodel import Session

from decnet_core.domain.errors import StoreUnavailableError
from decnet_core.store.address import Address, read_address

PATIENCE = timedelta(seconds=5)
"""How long a writer waits for another one, and a client for its server."""

_OPENING = "decnet_opening"


class Database:
    """An engine and its two transactions: `read` sees one instant, `write` queues behind other writers.

    Nothing is connected before the first transaction. Safe to use from several threads.
    """

    def __init__(self, url: str, *, patience: timedelta = PATIENCE) -> None:
        self.address = read_address(url)
        self.engine = _sqlite(self.address, patience) if self.address.is_sqlite else _postgresql(self.address, patience)
        self._reading, self._writing = _openings(self.engine, patience)

    @property
    def shown(self) -> str:
        """The URL without a password, for messages."""
        return self.address.shown

    def create(self) -> None:
        """Make an SQLite file and its directory, for their owner's eyes only, where they are missing.

        Later connections open what is there and never make it, so that a database deleted under
        a running operation is noticed instead of being written to as an empty one.

        Raises:
            StoreUnavailableError: no right to, or no room.
        """
        if self.address.path is None:
            return
        with store_errors(self.shown):
            self.address.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(self.address.path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Give a session that sees the database as it was at one instant.

        Raises:
            StoreUnavailableError: no answer, or rows that cannot be read.
        """
        with store_errors(self.shown), Session(self._reading) as session, session.begin():
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Give a session whose changes are kept as a whole when the block ends, or not at all.

        Raises:
            StoreUnavailableError: no answer, or another writer for longer than the patience.
        """
        with store_errors(self.shown), Session(self._writing) as session, session.begin():
            yield session

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()


@contextmanager
def store_errors(shown: str) -> Iterator[None]:
    """Let nothing but our own errors leave the store."""
    try:
        yield
    except DBAPIError as exc:
        raise StoreUnavailableError(shown, _first_line(exc.orig)) from exc
    except ValidationError as exc:
        why = f"it holds a {exc.title} that this release cannot read ({exc.errors()[0]['msg']})"
        raise StoreUnavailableError(shown, why) from exc
    except OSError as exc:
        raise StoreUnavailableError(shown, exc.strerror or str(exc)) from exc
    except (SQLAlchemyError, sqlite3.Error) as exc:
        raise StoreUnavailableError(shown, _first_line(exc)) from exc


def _first_line(exc: BaseException | None) -> str:
    return (str(exc).strip() or type(exc).__name__).splitlines()[0]


def _sqlite(address: Address, patience: timedelta) -> Engine:
    # mode=rw: an existing file, or none; see Database.create.
    target = ":memory:" if address.path is None else f"file:{quote(str(address.path))}?mode=rw"

    def connect() -> sqlite3.Connection:
        # isolation_level None: the driver begins nothing by itself, so that _begin says how.
        connection = sqlite3.connect(
            target, uri=True, timeout=patience.total_seconds(), isolation_level=None, check_same_thread=False
        )
        # FULL: in WAL mode anything less may lose the last commits to a power cut, and an
        # intent that is lost is an orphan that nobody looks for.
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        return connection

    if address.path is None:  # one connection is the database; threads take turns
        return create_engine(
            "sqlite://",
            creator=connect,
            poolclass=QueuePool,
            pool_size=1,
            max_overflow=0,
            pool_timeout=patience.total_seconds(),
        )
    # Opened anew for each transaction (0.3 ms), so that a file that was replaced is seen as such.
    return create_engine("sqlite://", creator=connect, poolclass=NullPool)


def _postgresql(address: Address, patience: timedelta) -> Engine:
    seconds = max(2, round(patience.total_seconds()))
    return create_engine(address.url, pool_size=2, pool_pre_ping=True, connect_args={"connect_timeout": seconds})


def _openings(engine: Engine, patience: timedelta) -> tuple[Engine, Engine]:
    """Return the engine as readers and as writers see it: they differ in how a transaction begins."""
    event.listen(engine, "begin", _begin)
    if engine.dialect.name == "sqlite":
        # IMMEDIATE: two writers that both began by reading could not both go on; this way the second waits.
        return engine.execution_options(**{_OPENING: "BEGIN"}), engine.execution_options(
            **{_OPENING: "BEGIN IMMEDIATE"}
        )
    opening = f"SET LOCAL lock_timeout = {round(patience.total_seconds() * 1000)}"
    return (
        engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True, **{_OPENING: opening}),
        engine.execution_options(**{_OPENING: opening}),
    )


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options()[_OPENING])
