"""Flow runs as child processes that start in a blink, so that a test can start many and kill any."""

import faulthandler
import importlib
import io
import json
import multiprocessing
import os
import selectors
import signal
import sys
import time
from collections.abc import Callable, Mapping
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from decnet_core.domain.operation import OperationResult

Event = dict[str, Any]

_CONTEXT = multiprocessing.get_context("forkserver")
_PRELOAD = ["pytest", "flows.runner"]  # pytest too: its start script is imported again in every child
_SECONDS = 120.0


def start_nursery(environment: Mapping[str, str]) -> None:
    """Start the process that all flow runs are forked from: it has imported everything once.

    Args:
        environment: what must be known when Prefect is imported; it holds for every run.
    """
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        _CONTEXT.set_forkserver_preload(_PRELOAD)
        forkserver.ensure_running()
    finally:
        os.environ.clear()
        os.environ.update(before)


class FlowRun:
    """One flow in a process of its own, its progress read as the command line reads it.

    Attributes:
        events: everything it has told so far.
    """

    def __init__(self, name: str, parameters: Mapping[str, Any], environment: Mapping[str, str], log: Path) -> None:
        self.log = log
        self.events: list[Event] = []
        self._rest = b""
        self._open = True
        self._reader, writer = _CONTEXT.Pipe(duplex=False)
        text = json.dumps(parameters)
        self._process: ForkServerProcess = _CONTEXT.Process(
            target=_child, args=(name, text, dict(environment), writer, str(log))
        )
        self._process.start()
        writer.close()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        return self._process.exitcode

    def until(self, matches: Callable[[Event], bool], seconds: float = _SECONDS) -> Event:
        """Return the first event that *matches*, as soon as it is told."""
        found = next(filter(matches, self.events), None)
        deadline = time.monotonic() + seconds
        while found is None:
            fresh = self._read(deadline)
            if not fresh and not self._open:
                raise AssertionError(f"it ended without the event waited for: {self.account()}")
            found = next(filter(matches, fresh), None)
        return found

    def until_stage(self, name: str, state: str = "done") -> Event:
        """Return when the stage *name* is in *state*."""
        return self.until(lambda event: event.get("name") == name and event.get("state") == state)

    def wait(self, seconds: float = _SECONDS) -> "FlowRun":
        """Return when the process has ended."""
        deadline = time.monotonic() + seconds
        while self._open:
            self._read(deadline)
        self._process.join(max(1.0, deadline - time.monotonic()))
        assert self._process.exitcode is not None, f"it closed its progress and still runs: {self.account()}"
        self._reader.close()
        return self

    def kill(self, *, with_children: bool = False) -> "FlowRun":
        """``kill -9``: the process alone, or its Compose too."""
        (os.killpg if with_children else os.kill)(self.pid, signal.SIGKILL)
        return self.wait()

    def kill_after(self, seconds: float, *, with_children: bool = False) -> "FlowRun":
        """``kill -9`` once this time has passed, whatever it is doing then."""
        time.sleep(seconds)
        if self._process.exitcode is None:
            (os.killpg if with_children else os.kill)(self.pid, signal.SIGKILL)
        return self.wait()

    def interrupt(self, number: int = signal.SIGINT) -> None:
        os.kill(self.pid, number)

    def freeze(self) -> None:
        """Stop the process where it is, so that the world can change under it."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    @property
    def result(self) -> OperationResult:
        """The result, also of an operation that failed."""
        told = [event["result"] for event in self.events if event["event"] in ("result", "error") and event["result"]]
        assert told, f"no result: {self.account()}"
        return OperationResult.model_validate(told[-1])

    @property
    def error(self) -> Event | None:
        """The error it ended with, or None."""
        return next((event for event in self.events if event["event"] == "error"), None)

    def succeeded(self) -> OperationResult:
        """Return the result of a run that must have succeeded."""
        assert self.error is None, self.account()
        assert self.exit_code == 0, self.account()
        return self.result

    def refused(self, kind: str) -> str:
        """Return the sentence of a run that must have ended with an error of this *kind*."""
        assert self.error is not None, f"it succeeded: {self.account()}"
        assert self.error["kind"] == kind, self.account()
        return str(self.error["text"])

    def warnings(self) -> list[str]:
        return [event["text"] for event in self.events if event["event"] == "warning"]

    def account(self) -> str:
        """Everything there is to know about how it went, for a failed assertion."""
        told = "\n".join(str(event)[:600] for event in self.events[-8:])
        tail = self.log.read_text(errors="replace").splitlines()[-15:] if self.log.exists() else []
        return "\n".join([f"exit {self.exit_code}", told, *tail])

    def _read(self, deadline: float) -> list[Event]:
        with selectors.DefaultSelector() as selector:
            selector.register(self._reader.fileno(), selectors.EVENT_READ)
            if not selector.select(max(0.0, deadline - time.monotonic())):
                self.show_stacks()
                self.kill_quietly()
                raise AssertionError(f"it did not end or answer in time: {self.account()}")
        chunk = os.read(self._reader.fileno(), 65536)
        self._open = bool(chunk)
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        fresh = [json.loads(line) for line in lines if line.strip()]
        self.events += fresh
        return fresh

    def show_stacks(self) -> None:
        """Have it write what every thread of it is doing to its log."""
        os.kill(self.pid, signal.SIGUSR1)
        time.sleep(0.2)

    def kill_quietly(self) -> None:
        """End it, whatever it is doing; for cleaning up."""
        if self._process.exitcode is None:
            os.killpg(self.pid, signal.SIGKILL)
            self._process.join(10)


def _child(name: str, text: str, environment: dict[str, str], progress: Connection, log: str) -> None:
    """Be the process that the command line would have started."""
    os.setpgid(0, 0)
    handle = os.open(log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    faulthandler.register(signal.SIGUSR1)
    os.environ.update(environment)
    os.environ["DECNET_PROGRESS_FD"] = str(progress.fileno())
    sys.stdin = io.StringIO(text)
    runner = importlib.import_module("flows.runner")  # imported by the nursery already, never by the test process
    settings = importlib.import_module("prefect.settings")
    with settings.temporary_settings({settings.PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):  # its end takes a second
        sys.exit(runner.run_flow(name, None))
