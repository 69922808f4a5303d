"""The mirror or the disk fails: a clear error, nothing changed, and the next run is fine."""

import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from decnet_core.domain.operation import OperationStatus
from tests.real.world import World, telnet

pytestmark = [pytest.mark.docker, pytest.mark.lan, pytest.mark.prefect]


@contextmanager
def _small_disk(directory: Path) -> Iterator[Path]:
    """Mount one megabyte at *directory*; yields the file that fills it up when written."""
    directory.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "decnet-test", str(directory)], check=True)
    try:
        yield directory / "filler"
    finally:
        subprocess.run(["umount", "-l", str(directory)], check=True)


def _fill(filler: Path) -> None:
    with filler.open("wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while file.write(b"x" * size):
                    pass
            except OSError:
                continue  # full for this size


def test_given_a_full_disk_when_deployed_then_the_compose_file_before_is_still_there(world: World, tmp_path: Path):
    database = {"DECNET_DATABASE_URL": f"sqlite:///{tmp_path / 'elsewhere.db'}"}
    with _small_disk(world.state / "fleets") as filler:
        world.deployed(telnet("a"), env=database)
        before, identities, document = world.containers(), world.identities("a"), world.compose()
        _fill(filler)

        run = world.deploy(telnet("b"), env=database)

        assert "compose.yaml" in run.refused("ExportFailedError")
        assert (world.containers(), world.identities("a"), world.compose()) == (before, identities, document)
        filler.unlink()
        world.deployed(telnet("c"), env=database)
        assert world.containers() == ["a", "c"]
        assert sorted(world.compose()) == ["a", "c"]
        assert world.identities("a") == identities


def test_given_a_full_disk_under_mirror_and_files_when_deployed_then_nothing_is_changed(world: World):
    with _small_disk(world.state) as filler:
        world.deployed(telnet("a"))
        identities = world.identities("a")
        _fill(filler)

        run = world.deploy(telnet("b"))

        assert run.error is not None
        assert run.error["kind"] in ("StoreUnavailableError", "ExportFailedError")
        assert world.containers() == ["a"]
        filler.unlink()
        world.deployed(telnet("c"))
        world.check("a", "c")
        assert world.identities("a") == identities


@contextmanager
def _locked(world: World) -> Iterator[sqlite3.Connection]:
    """Hold the mirror's write lock, as another process at work would."""
    with closing(sqlite3.connect(world.state / "decnet.db", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection


def test_given_a_locked_mirror_when_it_is_free_in_time_then_the_deploy_lands(world: World):
    world.deployed(telnet("a"))
    with _locked(world) as connection:
        run = world.start_deploy(telnet("b"))
        run.until_stage("record intent", "started")
        connection.execute("ROLLBACK")

    run.wait().succeeded()
    world.check("a", "b")


@pytest.mark.slow
def test_given_a_locked_mirror_when_it_stays_locked_then_nothing_is_begun(world: World):
    world.deployed(telnet("a"))
    before = world.picture()
    with _locked(world):
        run = world.deploy(telnet("b"))

    assert "cannot be used" in run.refused("StoreUnavailableError")
    assert world.picture() == before
    world.deployed(telnet("b"))
    world.check("a", "b")


@pytest.mark.slow
def test_given_the_mirror_is_locked_at_the_end_when_another_runs_then_it_records_what_was_done(world: World):
    world.deployed(telnet("a"))
    run = world.start_deploy(telnet("b"))
    run.until_stage("verify", "started")
    with _locked(world):
        run.wait()

    assert run.error is not None
    assert run.error["kind"] == "StoreUnavailableError"
    made = world.identities("a", "b")
    world.deployed(telnet("c"))
    world.check("a", "b", "c")
    assert world.identities("a", "b") == made
    assert world.statuses() == [OperationStatus.SUCCEEDED, OperationStatus.SUPERSEDED, OperationStatus.SUCCEEDED]


def test_given_a_database_that_is_not_there_when_deployed_then_it_is_named_without_its_password(world: World):
    with socket.create_server(("127.0.0.1", 0)) as closing_soon:
        port = closing_soon.getsockname()[1]
    url = f"postgresql://decnet:hunter2@127.0.0.1:{port}/decnet"

    words = world.deploy(telnet("a"), env={"DECNET_DATABASE_URL": url}).refused("StoreUnavailableError")

    assert str(port) in words
    assert "hunter2" not in words
    assert world.containers() == []
    assert world.engine.network(world.name) is None


def test_given_a_mirror_that_is_no_database_when_deployed_then_nothing_is_touched(world: World):
    world.deployed(telnet("a"))
    before = world.identities("a")
    for file in world.state.glob("decnet.db*"):
        file.unlink()
    (world.state / "decnet.db").write_bytes(b"not a database, " * 512)

    world.deploy(telnet("b")).refused("StoreUnavailableError")

    assert world.containers() == ["a"]
    assert world.identities("a") == before
    (world.state / "decnet.db").unlink()
    world.deployed(telnet("b"))
    world.check("a", "b")
