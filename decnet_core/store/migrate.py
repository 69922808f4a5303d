"""Bring a database to this release's schema: ``python -m decnet_core.store.migrate`` with its URL on stdin."""

import sqlite3
import sys
import time
from datetime import timedelta
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from decnet_core.domain.errors import StoreUnavailableError
from decnet_core.store.session import Database, store_errors

PATIENCE = timedelta(seconds=60)
"""How long one migration waits for another."""

_ADVISORY_LOCK = 0x6465636E6574  # "decnet": any number that nobody else picks


def alembic_config() -> Config:
    """Return what an alembic.ini would say; our scripts are found wherever we are installed."""
    config = Config()
    # The option is read with %-interpolation, and a path may hold a percent sign.
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config


def upgrade(url: str) -> None:
    """Migrate to the newest revision, in one transaction, one process at a time.

    Raises:
        StoreUnavailableError: not done; the database is as it was before.
    """
    database = Database(url, patience=PATIENCE)
    try:
        if database.address.path is not None:
            _use_wal(database)
        with database.write() as session:
            connection = session.connection()
            if not database.address.is_sqlite:  # SQLite's write transaction is such a lock already
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
            config = alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        database.close()


def _use_wal(database: Database) -> None:
    """Let readers and a writer work at the same time; the file remembers it."""
    deadline = time.monotonic() + PATIENCE.total_seconds()
    with store_errors(database.shown):
        while True:
            connection = database.engine.raw_connection()
            try:
                connection.cursor().execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError:
                # Not queued by the busy timeout, unlike everything else: the switch needs the file alone.
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return
            finally:
                connection.close()


def main() -> int:
    """Migrate the database whose URL is on stdin; say why not on stderr."""
    try:
        upgrade(sys.stdin.read().strip())
    except StoreUnavailableError as exc:
        print(exc.why, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
