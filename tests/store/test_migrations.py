"""From nothing, or from an older release, to this release's schema."""

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from decnet_core.domain.errors import StoreUnavailableError
from decnet_core.domain.operation import FleetEvent, Operation
from decnet_core.domain.snapshot import Memory
from decnet_core.store.migrate import alembic_config, upgrade
from decnet_core.store.mirror import Mirror
from decnet_core.store.schema import REVISIONS, VERSION_TABLE, ensure_schema
from decnet_core.store.session import Database
from decnet_core.store.tables import FleetRow
from tests.store.builders import FLEET, HOST, create, finish, operation, seen
from tests.store.conftest import KINDS, LASTING

FIXTURES = Path(__file__).parent / "fixtures"

OPEN_AT = """
import sys, time
from datetime import UTC, datetime
from decnet_core.store.mirror import Mirror
time.sleep(max(0, float(sys.argv[2]) - time.time()))
with Mirror.open(sys.argv[1]) as mirror:
    mirror.heartbeat(sys.argv[3], "host", None, datetime.now(UTC))
"""


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "file":
        return f"sqlite:///{tmp_path / 'state' / 'decnet.db'}"
    make: Callable[[], str] = request.getfixturevalue("new_postgres")
    return make()


def test_given_the_scripts_then_the_release_knows_each_of_them_in_order():
    scripts = ScriptDirectory.from_config(alembic_config()).walk_revisions()

    assert tuple(script.revision for script in scripts)[::-1] == REVISIONS


@pytest.mark.parametrize("url", KINDS, indirect=True)
def test_given_a_new_database_when_opened_then_tables_and_migrations_agree(url: str):
    database = Database(url)
    ensure_schema(database)
    with database.read() as session:
        context = MigrationContext.configure(session.connection(), opts={"version_table": VERSION_TABLE})

        differences = compare_metadata(context, FleetRow.metadata)

    database.close()
    assert differences == []


@pytest.mark.parametrize("empty_url", LASTING, indirect=True)
def test_given_a_new_database_when_eight_processes_open_it_at_once_then_all_succeed(empty_url: str):
    instant = str(time.time() + 3)  # all eight have done their imports by then
    children = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN_AT, empty_url, instant, f"host-{number}"],
            stderr=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        for number in range(8)
    ]

    errors = [child.communicate(timeout=120)[1].decode() for child in children]

    assert errors == [""] * 8
    database = Database(empty_url)
    with database.read() as session:
        assert session.connection().execute(text("SELECT count(*) FROM hosts")).scalar() == 8
    database.close()


@pytest.mark.parametrize("url", LASTING, indirect=True)
def test_given_an_up_to_date_database_when_upgraded_again_then_nothing_changes(url: str):
    with Mirror.open(url) as mirror:
        mirror.begin(operation("op-1", create("a")))

    upgrade(url)

    with Mirror.open(url) as mirror:
        assert [done.id for done in mirror.history()] == ["op-1"]


@pytest.mark.parametrize("url", LASTING, indirect=True)
def test_given_a_database_of_a_newer_release_when_opened_then_it_is_refused_and_left_alone(url: str):
    database = Database(url)
    with database.write() as session:
        session.connection().execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))

    with pytest.raises(StoreUnavailableError, match=r"newer release \(schema 9999, this one knows 0001\)"):
        Mirror.open(url)

    with database.read() as session:
        assert session.connection().execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar() == "9999"
    database.close()


@pytest.mark.parametrize("empty_url", LASTING, indirect=True)
def test_given_somebody_elses_tables_when_opened_then_it_is_refused_and_they_are_left_alone(empty_url: str):
    database = Database(empty_url)
    database.create()
    with database.write() as session:
        session.connection().execute(text("CREATE TABLE hosts (theirs INTEGER)"))
        session.connection().execute(text("INSERT INTO hosts VALUES (42)"))

    with pytest.raises(StoreUnavailableError, match=r"the migration failed, nothing was changed: .*already exists"):
        Mirror.open(empty_url)

    with database.read() as session:
        assert session.connection().execute(text("SELECT theirs FROM hosts")).scalar() == 42
        with pytest.raises(Exception, match="fleet_deckies"):
            session.connection().execute(text("SELECT * FROM fleet_deckies"))
    database.close()


def test_given_a_file_when_made_then_it_is_its_owners_alone_and_lets_readers_read_beside_a_writer(tmp_path: Path):
    path = tmp_path / "state" / "decnet.db"

    Mirror.open(f"sqlite:///{path}").close()

    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert sqlite3.connect(path).execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_given_a_path_with_awkward_characters_when_opened_then_it_is_that_path(tmp_path: Path):
    path = tmp_path / "50% off #1 & ü %20?x=y" / "decnet.db"

    with Mirror.open(f"sqlite:///{quote(str(path))}") as mirror:
        mirror.begin(operation("op-1"))

    assert path.stat().st_size > 0


@pytest.mark.parametrize("revision", REVISIONS)
def test_given_a_database_written_by_each_release_when_opened_then_nothing_of_it_is_lost(tmp_path: Path, revision: str):
    path = tmp_path / "decnet.db"
    written = sqlite3.connect(path)
    written.executescript((FIXTURES / f"{revision}.sql").read_text())
    written.close()
    expected = json.loads((FIXTURES / f"{revision}.json").read_text())

    with Mirror.open(f"sqlite:///{path}") as mirror:
        assert mirror.remember(FLEET, HOST) == Memory.model_validate(expected["memory"])
        assert mirror.history() == [Operation.model_validate(one) for one in expected["history"]]
        assert mirror.events(FLEET) == [FleetEvent.model_validate(one) for one in expected["events"]]
        mirror.begin(operation("new", create("new", number=200), minutes=900))
        finish(mirror, "new", seen("new", number=200), minutes=901)
        assert "new" in {row.name for row in mirror.remember(FLEET, HOST).recorded}
