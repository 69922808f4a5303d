"""The lock: one writer, a readable holder, and free the moment its process is dead."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from decnet_core.adapters.lock import holder, host_lock, lock_path
from decnet_core.domain.errors import LockedError

HOLDER = """
import subprocess, sys
from pathlib import Path
from decnet_core.adapters.lock import host_lock
with host_lock(Path(sys.argv[1]), "0123456789abcdef", wait=0, on_wait=print):
    if "child" in sys.argv:
        child = subprocess.Popen(["sleep", "30"], close_fds=False, stdout=subprocess.DEVNULL)
        print(child.pid, flush=True)
    else:
        print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "decnet-engine.lock"


@contextmanager
def another_process(path: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Have another process hold the lock; it lets go when its input ends."""
    command = [sys.executable, "-c", HOLDER, str(path), *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def _take(path: Path, wait: float = 0.0) -> list[str]:
    waited: list[str] = []
    with host_lock(path, "fedcba9876543210", wait=wait, on_wait=waited.append):
        return waited


def test_given_nobody_when_taken_then_it_is_held_and_afterwards_free(path: Path):
    assert holder(path) is None

    with host_lock(path, "0123456789abcdef", wait=0, on_wait=print):
        held = holder(path)

    assert held is not None
    assert held.startswith("operation 01234567, pid ")
    assert holder(path) is None
    assert path.read_text() == ""


def test_given_another_process_holds_it_when_taken_then_the_refusal_names_it(path: Path):
    with another_process(path) as (process, _), pytest.raises(LockedError) as refused:
        _take(path)

    assert f"operation 01234567, pid {process.pid}, since 20" in str(refused.value)


def test_given_a_holder_who_is_killed_when_waited_for_then_it_is_free_at_once(path: Path):
    with another_process(path) as (process, _):
        threading.Timer(0.3, process.kill).start()

        waited = _take(path, wait=20)

    assert [line.split(",")[0] for line in waited] == ["operation 01234567"]


def test_given_a_killed_holder_whose_program_still_works_when_taken_then_it_is_still_held(path: Path):
    with another_process(path, "child") as (process, child):
        process.kill()
        process.wait()

        with pytest.raises(LockedError):
            _take(path)

        subprocess.run(["kill", child], check=True)
        assert len(_take(path, wait=20)) <= 1


def test_given_a_lock_file_deleted_under_its_holder_when_taken_then_both_never_share_the_new_one(path: Path):
    with host_lock(path, "0123456789abcdef", wait=0, on_wait=print):
        path.unlink()
        with host_lock(path, "0123456789abcdef", wait=0, on_wait=print), pytest.raises(LockedError):
            _take(path)


@pytest.mark.parametrize("text", ["", "{", "[]", "5", "{}", json.dumps({"operation": 5})])
def test_given_a_holder_who_has_not_said_who_it_is_when_asked_then_that_is_said(path: Path, text: str):
    with host_lock(path, "0123456789abcdef", wait=0, on_wait=print):
        path.write_text(text)

        assert holder(path) == "an operation that has not said who it is"


def test_given_a_full_disk_when_taken_then_it_holds_without_a_name():
    full = Path("/dev/full")  # every write to it fails as on a full disk

    with host_lock(full, "0123456789abcdef", wait=0, on_wait=print):
        pass


def test_given_eight_at_once_when_taken_then_never_two_inside(path: Path):
    inside, most = 0, 0
    told: list[str] = []

    def work() -> None:
        nonlocal inside, most
        with host_lock(path, "0123456789abcdef", wait=60, on_wait=told.append):
            inside += 1
            most = max(most, inside)
            time.sleep(0.02)
            inside -= 1

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert (most, inside) == (1, 0)
    assert told


def test_given_an_engine_then_its_lock_is_named_after_it_whatever_the_state_directory(tmp_path: Path):
    paths = {lock_path("engine-1", tmp_path / name) for name in ("a", "b")}

    assert {path.name for path in paths} == {"decnet-engine-1.lock"}
    assert lock_path("engine-2", tmp_path) not in paths
