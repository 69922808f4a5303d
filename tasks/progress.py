"""What the person who asked sees while an operation runs: JSON lines for the command line, logs for Prefect."""

import json
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from prefect.exceptions import MissingContextError
from prefect.logging import get_run_logger

from decnet_core.settings import Settings

_QUIET = {"plan", "result", "error"}


def report(event: dict[str, Any]) -> None:
    """Send *event* to whoever started this process, and a line of it to the run's log."""
    if event["event"] not in _QUIET:
        _logger().info(_sentence(event))
    handle = _handle()
    if handle is None:
        return
    try:
        os.write(handle, (json.dumps(event, default=str) + "\n").encode())
    except OSError:
        _logger().debug("nobody reads the progress any more")  # they left; the operation goes on


@cache
def _handle() -> int | None:
    return Settings().progress_fd


def _logger() -> "logging.Logger | logging.LoggerAdapter[Any]":
    try:
        return get_run_logger()
    except MissingContextError:
        return logging.getLogger("decnet")


def _sentence(event: dict[str, Any]) -> str:
    return " ".join(str(value) for key, value in event.items() if key != "event" and value not in (None, ""))


@contextmanager
def timed(stages: dict[str, float], name: str) -> Iterator[None]:
    """Add the time that the block takes to *stages*, in seconds, and report its start and end."""
    report({"event": "stage", "name": name, "state": "started"})
    began = time.monotonic()
    state = "failed"
    try:
        yield
        state = "done"
    finally:
        seconds = time.monotonic() - began
        stages[name] = stages.get(name, 0.0) + seconds
        report({"event": "stage", "name": name, "state": state, "seconds": round(stages[name], 3)})
