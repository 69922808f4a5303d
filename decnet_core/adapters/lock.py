"""One writer at a time per host: an operating-system lock, released by the kernel when its holder dies."""

import contextlib
import fcntl
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from decnet_core.domain.errors import LockedError

_SHARED_DIR = Path("/run/lock")
_POLL_SECONDS = 0.1


def lock_path(host_uuid: str, state_dir: Path) -> Path:
    """Return the lock of the engine *host_uuid*.

    It is named after the engine and lies where all users and all state directories of the machine
    find the same one; a lock in the state directory would be gone with it, and two of them would
    not exclude each other.
    """
    directory = _SHARED_DIR if os.access(_SHARED_DIR, os.W_OK) else state_dir
    return directory / f"decnet-{host_uuid}.lock"


@contextmanager
def host_lock(path: Path, operation: str, *, wait: float, on_wait: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock at *path* for *operation*, waiting at most *wait* seconds for whoever has it.

    Programs started meanwhile with ``close_fds=False`` hold it too: when the holder is killed while
    Compose is at work, the next operation starts only after Compose has ended.

    Raises:
        LockedError: it was not free in time; the error names the holder.
    """
    handle = _acquire(path, wait, on_wait)
    try:
        os.set_inheritable(handle, True)
        _write_holder(handle, operation)
        yield
    finally:
        _clear_holder(handle)
        os.close(handle)


def holder(path: Path) -> str | None:
    """Return who holds the lock at *path*, or None when it is free."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read_holder(handle)
    else:
        return None
    finally:
        os.close(handle)


def _acquire(path: Path, wait: float, on_wait: Callable[[str], None]) -> int:
    deadline = time.monotonic() + wait
    told = ""
    while True:
        handle = _open(path)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            who = _read_holder(handle)
            os.close(handle)
            if time.monotonic() >= deadline:
                raise LockedError(who) from None
            if who != told:
                on_wait(who)
                told = who
            time.sleep(_POLL_SECONDS)
            continue
        if _is_still(path, handle):
            return handle
        os.close(handle)  # somebody deleted the file while we waited: lock the one that is there now


def _open(path: Path) -> int:
    """Open the lock, made when it is not there; reading is enough to lock another user's file."""
    for flags in (os.O_RDWR, os.O_RDONLY):
        try:
            return os.open(path, flags)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            _create(path)
            return os.open(path, os.O_RDWR)
        except PermissionError:
            if flags == os.O_RDONLY:
                raise
    raise LockedError("nobody, and the lock cannot be opened")


def _create(path: Path) -> None:
    """Make the file beside and link it: never two files under one name, whoever else is at it."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.fchmod(handle, 0o644)
    os.close(handle)
    try:
        Path(path).hardlink_to(temporary)
    except FileExistsError:
        pass
    finally:
        Path(temporary).unlink()


def _is_still(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def _write_holder(handle: int, operation: str) -> None:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    text = json.dumps({"operation": operation, "pid": os.getpid(), "since": since})
    _replace(handle, text)


def _clear_holder(handle: int) -> None:
    _replace(handle, "")


def _replace(handle: int, text: str) -> None:
    """Write *text* where that is possible; on a full disk the lock holds just as well without it."""
    if fcntl.fcntl(handle, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDWR:
        with contextlib.suppress(OSError):
            os.ftruncate(handle, 0)
            os.pwrite(handle, text.encode(), 0)


def _read_holder(handle: int) -> str:
    try:
        who = json.loads(os.pread(handle, 4096, 0))
        return f"operation {who['operation'][:8]}, pid {who['pid']}, since {who['since']}"
    except (ValueError, KeyError, TypeError):
        return "an operation that has not said who it is"
