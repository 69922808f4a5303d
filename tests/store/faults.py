"""Real faults, made and unmade: a file system with no room, a directory that takes nothing."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def tiny_disk(where: Path, kilobytes: int = 256) -> Iterator[Path]:
    """Mount a file system of that size on *where*; takes root."""
    where.mkdir()
    _mount(where, f"size={kilobytes}k")
    try:
        yield where
    finally:
        subprocess.run(["umount", "--lazy", str(where)], check=True)


@contextmanager
def unwritable(where: Path) -> Iterator[Path]:
    """Make a directory that nothing can be written to, by root neither."""
    where.mkdir()
    if os.geteuid() != 0:
        where.chmod(0o500)
        yield where
        return
    _mount(where, "ro,size=64k")
    try:
        yield where
    finally:
        subprocess.run(["umount", "--lazy", str(where)], check=True)


def fill(directory: Path) -> Path:
    """Leave no room in *directory*; deleting the file returned gives it back."""
    ballast = directory / "ballast"
    with ballast.open("wb", buffering=0) as stream:
        try:
            while stream.write(b"\0" * 4096):
                pass
        except OSError:
            return ballast
    raise AssertionError("a disk without end")


def _mount(where: Path, options: str) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting takes root")
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(where)], check=False, capture_output=True
    )
    if done.returncode:
        pytest.skip(f"no right to mount here: {done.stderr.decode().strip()}")
