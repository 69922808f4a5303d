"""What goes wrong with databases, made to go wrong for real."""

import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from decnet_core.domain.errors import StoreUnavailableError
from decnet_core.domain.snapshot import DeckyState
from decnet_core.store.mirror import Mirror
from tests.store.builders import FLEET, HOST, create, deploy, finish, operation, remove, seen, spec
from tests.store.conftest import KINDS, LASTING
from tests.store.faults import fill, tiny_disk, unwritable
from tests.store.postgres import Cluster

SHORT = timedelta(milliseconds=300)
ROOT = Path(__file__).parents[2]

DIE_AFTER_BEGIN = """
import os, signal, sys
from decnet_core.store.mirror import Mirror
from tests.store.builders import create, operation, recreate, remove, spec
mirror = Mirror.open(sys.argv[1])
mirror.begin(operation("op-2", create("new", number=3), remove("b", spec("b", number=2)), minutes=9))
os.kill(os.getpid(), signal.SIGKILL)
"""

HOLD_THE_LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
"""


@contextmanager
def locked_by_another_process(path: Path) -> Iterator[None]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD_THE_LOCK, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "locked\n"
        try:
            yield
        finally:
            holder.communicate()


@pytest.mark.parametrize("url", LASTING, indirect=True)
def test_given_a_process_killed_between_intent_and_record_when_remembered_then_its_intent_is_there(
    mirror: Mirror, url: str
):
    deploy(mirror, seen("a"), seen("b", number=2))

    killed = subprocess.run([sys.executable, "-c", DIE_AFTER_BEGIN, url], cwd=ROOT, check=False)

    assert killed.returncode == -9
    memory = mirror.remember(FLEET, HOST)
    assert {row.name: row.state.value for row in memory.recorded} == {
        "a": "running",
        "b": "retiring",
        "new": "pending",
    }
    assert {intent.decky: intent.spec for intent in memory.intents} == {"new": spec("new", number=3), "b": None}


@pytest.mark.parametrize("url", LASTING, indirect=True)
def test_given_a_killed_operation_when_the_next_one_ends_then_nothing_is_left_to_do(mirror: Mirror, url: str):
    deploy(mirror, seen("a"), seen("b", number=2))
    subprocess.run([sys.executable, "-c", DIE_AFTER_BEGIN, url], cwd=ROOT, check=False)
    mirror.begin(operation("op-3", create("new", number=3), remove("b"), minutes=10))

    finish(mirror, "op-3", seen("new", number=3), retired=["b"], minutes=11)

    memory = mirror.remember(FLEET, HOST)
    assert (memory.intents, {row.name for row in memory.recorded}) == ((), {"a", "new"})
    assert {row.state for row in memory.recorded} == {DeckyState.RUNNING}


@pytest.mark.parametrize("url", ["file"], indirect=True)
def test_given_a_database_locked_by_another_process_when_written_then_it_waits_its_patience_and_says_so(
    url: str, tmp_path: Path
):
    with Mirror.open(url, patience=SHORT) as mirror, locked_by_another_process(tmp_path / "decnet.db"):
        began = time.monotonic()

        with pytest.raises(StoreUnavailableError, match=r"decnet\.db cannot be used: database is locked"):
            mirror.begin(operation("op-1", create("a")))

        assert 0.25 < time.monotonic() - began < 5
        assert mirror.remember(FLEET, HOST).recorded == ()  # readers do not wait for the writer


@pytest.mark.parametrize("url", ["file"], indirect=True)
def test_given_a_lock_that_is_let_go_when_written_meanwhile_then_the_writer_waited_for_it(url: str, tmp_path: Path):
    with Mirror.open(url) as mirror:
        with locked_by_another_process(tmp_path / "decnet.db"):
            waiting = threading.Thread(target=mirror.begin, args=[operation("op-1", create("a"))])
            waiting.start()
            time.sleep(0.2)
            assert mirror.history() == []

        waiting.join(timeout=5)

        assert [done.id for done in mirror.history()] == ["op-1"]


@pytest.mark.postgres
@pytest.mark.parametrize("url", ["postgres"], indirect=True)
def test_given_a_postgresql_table_locked_by_another_session_when_written_then_it_waits_its_patience_and_says_so(
    url: str,
):
    with Mirror.open(url, patience=SHORT) as mirror, psycopg.connect(url) as other:
        other.execute("LOCK TABLE operations")

        with pytest.raises(StoreUnavailableError, match="canceling statement due to lock timeout"):
            mirror.begin(operation("op-1", create("a")))

        other.rollback()
        mirror.begin(operation("op-1", create("a")))


@pytest.mark.postgres
@pytest.mark.parametrize("url", ["postgres"], indirect=True)
def test_given_connections_that_the_server_dropped_when_used_again_then_new_ones_are_made(
    mirror: Mirror, cluster: Cluster
):
    mirror.begin(operation("op-1"))
    cluster.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'decnet_%'")

    assert [done.id for done in mirror.history()] == ["op-1"]


def test_given_no_server_when_opened_then_the_error_names_it_without_the_password():
    with pytest.raises(StoreUnavailableError, match=r"decnet:\*\*\*@127\.0\.0\.1:1/fleet cannot be used: .*") as caught:
        Mirror.open("postgresql://decnet:hunter2@127.0.0.1:1/fleet")

    assert "hunter2" not in str(caught.value)


def test_given_a_file_that_is_no_database_when_opened_then_it_is_refused_and_left_alone(tmp_path: Path):
    path = tmp_path / "decnet.db"
    path.write_text("dear diary, today I was not a database\n" * 100)

    with pytest.raises(StoreUnavailableError, match="file is not a database"):
        Mirror.open(f"sqlite:///{path}")

    assert path.read_text().startswith("dear diary")


def test_given_a_directory_in_the_files_place_when_opened_then_the_error_says_so(tmp_path: Path):
    with pytest.raises(StoreUnavailableError, match="Is a directory"):
        Mirror.open(f"sqlite:///{tmp_path}")


def test_given_a_directory_that_takes_nothing_when_opened_then_the_error_says_why(tmp_path: Path):
    with (
        unwritable(tmp_path / "closed") as closed,
        pytest.raises(StoreUnavailableError, match=r"Read-only file system|Permission denied"),
    ):
        Mirror.open(f"sqlite:///{closed}/decnet.db")


@pytest.mark.parametrize("url", ["file"], indirect=True)
def test_given_a_full_disk_when_written_then_nothing_of_it_is_kept_and_what_was_there_is(url: str, tmp_path: Path):
    with tiny_disk(tmp_path / "disk", kilobytes=512) as disk:
        shutil.copyfile(tmp_path / "decnet.db", disk / "decnet.db")
        with Mirror.open(f"sqlite:///{disk}/decnet.db") as mirror:
            deploy(mirror, seen("a"))
            before = mirror.remember(FLEET, HOST)
            ballast = fill(disk)

            with pytest.raises(StoreUnavailableError, match=r"disk is full|disk I/O error|unable to open"):
                mirror.begin(operation("op-2", *(create(f"d-{number}", number=number) for number in range(200))))

            ballast.unlink()
            assert mirror.remember(FLEET, HOST) == before
            mirror.begin(operation("op-2", create("b", number=2)))


@pytest.mark.parametrize("url", ["file"], indirect=True)
def test_given_a_database_deleted_while_open_when_used_then_it_is_missed_and_not_made_anew(
    mirror: Mirror, tmp_path: Path
):
    deploy(mirror, seen("a"))
    (tmp_path / "decnet.db").unlink()

    with pytest.raises(StoreUnavailableError, match="unable to open database file"):
        mirror.remember(FLEET, HOST)
    with pytest.raises(StoreUnavailableError, match="unable to open database file"):
        mirror.begin(operation("op-2", create("b", number=2)))

    assert not (tmp_path / "decnet.db").exists()


@pytest.mark.parametrize("url", ["file"], indirect=True)
def test_given_a_row_that_cannot_be_read_when_remembered_then_the_mirror_is_not_taken_for_a_smaller_one(
    mirror: Mirror, tmp_path: Path
):
    deploy(mirror, seen("a"), seen("b", number=2))
    with sqlite3.connect(tmp_path / "decnet.db") as other:
        other.execute("UPDATE fleet_deckies SET state = 'dancing' WHERE name = 'b'")
    other.close()

    with pytest.raises(StoreUnavailableError, match="it holds a RecordedDecky that this release cannot read"):
        mirror.remember(FLEET, HOST)


@pytest.mark.parametrize("url", KINDS, indirect=True)
def test_given_eight_threads_when_all_write_at_once_then_every_one_is_kept(mirror: Mirror):
    threads = [
        threading.Thread(target=deploy, args=[mirror, seen(f"d-{n}", number=n)], kwargs={"name": f"op-{n}"})
        for n in range(8)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(mirror.remember(FLEET, HOST).recorded) == 8


@pytest.mark.parametrize("url", KINDS, indirect=True)
def test_given_a_removal_of_what_nobody_knows_when_begun_then_no_row_is_made_up(mirror: Mirror):
    mirror.begin(operation("op-1", remove("ghost").model_copy(update={"was": None})))

    assert mirror.remember(FLEET, HOST).recorded == ()
