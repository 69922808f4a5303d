"""Which shape the database has, and which this release needs."""

import subprocess
import sys
from pathlib import Path

from sqlalchemy import inspect, text
from sqlmodel import Session

from decnet_core.domain.errors import StoreUnavailableError
from decnet_core.store.session import Database
from decnet_core.store.tables import FleetRow

REVISIONS = ("0001",)
"""Every revision of the schema, oldest first. Kept here so that it is known without importing Alembic."""

VERSION_TABLE = "decnet_schema"
"""Not Alembic's own name for it: Prefect's server uses that one, and may share the database with us."""

_INSTALLED = Path(__file__).parents[2]
_LONGEST_MIGRATION = 600.0


def ensure_schema(database: Database) -> None:
    """Bring *database* to this release's schema; costs two selects where it is there already.

    The migration runs in a process of its own, once a release: importing Alembic takes 0.1 s
    (measured), which every ``decnet status`` would pay otherwise.

    Raises:
        StoreUnavailableError: not readable, written by a newer release, or the migration failed.
    """
    if database.address.in_memory:
        # Nobody wrote it before and nobody reads it after, so there is nothing to migrate from; a
        # test holds that tables and migrations give the same schema.
        with database.write() as session:
            FleetRow.metadata.create_all(session.connection())
        return
    with database.read() as session:
        revision = stored_revision(session)
    if revision is not None and revision not in REVISIONS:
        raise StoreUnavailableError(
            database.shown,
            f"it was written by a newer release (schema {revision}, this one knows {REVISIONS[-1]}): update decnet",
        )
    if revision != REVISIONS[-1]:
        _migrate(database)


def stored_revision(session: Session) -> str | None:
    """Return the revision that the database is at, or None for one without our tables."""
    connection = session.connection()
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 - a constant


def _migrate(database: Database) -> None:
    url = database.address.url.render_as_string(hide_password=False)
    try:
        # The URL goes through stdin, because a command line can be read by every user of the host.
        # From where we are installed, because -m puts the current directory first in the search path.
        done = subprocess.run(
            [sys.executable, "-m", "decnet_core.store.migrate"],
            input=url,
            cwd=_INSTALLED,
            capture_output=True,
            text=True,
            timeout=_LONGEST_MIGRATION,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise StoreUnavailableError(database.shown, f"the migration did not run: {exc}") from exc
    if done.returncode:
        words = (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[-1]
        raise StoreUnavailableError(database.shown, f"the migration failed, nothing was changed: {words}")
