"""Files that are whole or not there."""

import stat
import threading
from pathlib import Path

import pytest

from decnet_core.domain.errors import ExportFailedError
from decnet_core.files import atomic_write
from tests.store.faults import fill, tiny_disk, unwritable


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_given_no_file_when_written_then_it_is_there_for_its_owner_alone(tmp_path: Path):
    target = tmp_path / "fleets" / "office" / "compose.json"

    atomic_write(target, "ünïcode\n")

    assert target.read_text(encoding="utf-8") == "ünïcode\n"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert stat.S_IMODE(target.parent.stat().st_mode) == 0o700
    assert names(target.parent) == ["compose.json"]


def test_given_a_file_when_written_twice_then_the_one_before_is_kept(tmp_path: Path):
    target = tmp_path / "state.json"

    for text in ("one", "two", "three"):
        atomic_write(target, text, mode=0o644)

    assert (target.read_text(), (tmp_path / "state.json.previous").read_text()) == ("three", "two")
    assert stat.S_IMODE(target.stat().st_mode) == 0o644
    assert names(tmp_path) == ["state.json", "state.json.previous"]


def test_given_a_full_disk_when_written_then_the_file_before_is_untouched_and_nothing_is_left(tmp_path: Path):
    with tiny_disk(tmp_path / "disk") as disk:
        target = disk / "state.json"
        atomic_write(target, "before")
        ballast = fill(disk)

        with pytest.raises(ExportFailedError, match=r"state\.json: No space left on device"):
            atomic_write(target, "x" * 20_000)

        assert target.read_text() == "before"
        assert names(disk) == ["ballast", "state.json"]
        ballast.unlink()
        atomic_write(target, "after")
        assert target.read_text() == "after"


def test_given_a_directory_that_takes_nothing_when_written_then_the_error_says_why(tmp_path: Path):
    with (
        unwritable(tmp_path / "closed") as closed,
        pytest.raises(ExportFailedError, match=r"Read-only file system|Permission denied"),
    ):
        atomic_write(closed / "state.json", "text")


def test_given_a_file_in_the_directorys_place_when_written_then_the_error_says_so(tmp_path: Path):
    (tmp_path / "fleets").write_text("a file")

    with pytest.raises(ExportFailedError, match=r"fleets/state\.json: (File exists|Not a directory)"):
        atomic_write(tmp_path / "fleets" / "state.json", "text")


def test_given_a_reader_at_any_moment_when_the_file_is_written_then_it_sees_one_whole_text(tmp_path: Path):
    target, texts = tmp_path / "state.json", {"a" * 50_000, "b" * 70_000}
    atomic_write(target, "a" * 50_000)
    seen, done = set[str](), threading.Event()

    def look() -> None:
        while not done.is_set():
            seen.add(target.read_text())

    reader = threading.Thread(target=look)
    reader.start()
    for text in sorted(texts) * 30:
        atomic_write(target, text)
    done.set()
    reader.join()

    assert seen <= texts
