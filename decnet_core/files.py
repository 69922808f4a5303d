"""Files that are whole or not there: written beside, synced, then renamed."""

import contextlib
import os
import tempfile
from pathlib import Path

from decnet_core.domain.errors import ExportFailedError


def atomic_write(path: Path, text: str, *, mode: int = 0o600) -> None:
    """Write *text* to *path*, keeping what was there before as ``NAME.previous``.

    A reader sees the old file or the new one, never half of one, also after a power loss.

    Raises:
        ExportFailedError: disk full, no right to write; the file before it is untouched.
    """
    temporary = None
    data = text.encode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fchmod(stream.fileno(), mode)
            os.fsync(stream.fileno())
        if path.exists():
            _keep_previous(path)
        Path(temporary).replace(path)
        _sync_directory(path.parent)
    except OSError as exc:
        if temporary:
            with contextlib.suppress(OSError):
                Path(temporary).unlink(missing_ok=True)
        raise ExportFailedError(str(path), exc.strerror or str(exc)) from exc


def _keep_previous(path: Path) -> None:
    """Point ``NAME.previous`` at today's file: a link, so that *path* is never away."""
    previous = path.with_name(f"{path.name}.previous")
    staged = path.with_name(f".{path.name}.previous")
    staged.unlink(missing_ok=True)
    staged.hardlink_to(path)
    staged.replace(previous)


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
