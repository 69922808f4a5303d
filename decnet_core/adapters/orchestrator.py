"""How a flow is run from outside: a child process, its parameters on stdin, its progress on a pipe.

The child is in a process group of its own, so that Ctrl-C reaches it exactly once, through us: it
takes back or finishes what it began, and we wait. A second Ctrl-C does not kill it harder; whatever
does kill it leaves a journal from which the next run converges.
"""

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import IO, Any, Self

from pydantic import ValidationError

from decnet_core.domain.errors import ExportFailedError, FleetError
from decnet_core.domain.operation import OperationResult
from decnet_core.settings import Settings

OnEvent = Callable[[dict[str, Any]], None]

CANCELLED = 130
_LOGS_KEPT = 50
_TAIL = 8  # lines of the log that are shown when the child dies
_TICK = 0.25  # seconds until an interrupt or a death without a word is noticed
_CONVERGES = "the fleet is safe: the next run finishes or takes back what this one began, so run the command again"


class RunFailedError(FleetError):
    """The flow ended without success; *exit_code* is the command line's."""

    def __init__(
        self, kind: str, exit_code: int, text: str, causes: tuple[str, ...], result: OperationResult | None = None
    ) -> None:
        super().__init__(kind, exit_code, text, causes, result)
        self.kind = kind
        self.exit_code = exit_code
        self.text = text
        self.causes = causes
        self.result = result

    def __str__(self) -> str:
        """Say what the flow said."""
        return self.text


def run_flow(name: str, parameters: Mapping[str, Any], on_event: OnEvent, settings: Settings) -> OperationResult:
    """Run the flow *name* to its end, handing each progress line to *on_event*.

    Raises:
        RunFailedError: it failed, was cancelled, or died.
    """
    with FlowProcess.start(name, settings) as flow:
        return flow.run(parameters, on_event)


class FlowProcess:
    """A flow's process: started at once, idle until it is told its parameters.

    The workflow engine takes seconds to start. Meanwhile the plan can be shown and confirmed; the
    child holds no lock and has read nothing before :meth:`run`. Left without :meth:`run`, its stdin
    closes empty and it ends by itself.
    """

    def __init__(self, name: str, child: "subprocess.Popen[bytes]", progress: int, log: Path) -> None:
        self.name = name
        self.log = log
        self._child = child
        self._progress = progress
        self._interrupts = 0

    @classmethod
    def start(cls, name: str, settings: Settings, command: Sequence[str] | None = None) -> Self:
        """Start *command* (the flows' own by default) with *name* as its last argument.

        Raises:
            ExportFailedError: its log cannot be written.
        """
        reader, writer = os.pipe()
        try:
            path = _log_path(settings.state_dir / "logs", name)
            with _open_log(path) as log:
                child = subprocess.Popen(
                    [*(command or (sys.executable, "-P", "-m", "flows")), name],
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    env=_environment(settings, writer),
                    pass_fds=(writer,),
                    process_group=0,
                )
        except BaseException:  # whatever kept the child from starting, nobody will read from it
            os.close(reader)
            raise
        finally:
            os.close(writer)
        return cls(name, child, reader, path)

    def __enter__(self) -> Self:
        """Hold the process."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of it: one that was never told anything ends by itself, without having done anything."""
        self._close_stdin()
        os.close(self._progress)

    def run(self, parameters: Mapping[str, Any], on_event: OnEvent) -> OperationResult:
        """Tell the flow its *parameters* and follow it to its end.

        Raises:
            RunFailedError: it failed, was cancelled, or died.
        """
        verdict: dict[str, Any] = {}
        begun = False
        with self._signals_forwarded():
            # In a thread: what does not fit into the pipe waits until the engine has started.
            threading.Thread(target=self._tell, args=(parameters,), daemon=True).start()
            for event in self._events(on_event):
                if event["event"] in ("result", "error"):
                    verdict = event
                    continue
                begun = begun or event["event"] in ("stage", "plan")
                on_event(event)
            code = self._child.wait()
        if verdict.get("event") == "result":
            return _result(verdict["result"], self.log)
        if verdict:
            raise _failure(verdict, code, self.log)
        raise self._died(code, begun=begun)

    def _tell(self, parameters: Mapping[str, Any]) -> None:
        # A child that is dead already says why in its log; the broken pipe says nothing.
        with contextlib.suppress(BrokenPipeError):
            assert self._child.stdin is not None  # noqa: S101 - opened as a pipe above
            self._child.stdin.write(json.dumps(parameters).encode())
        self._close_stdin()

    def _close_stdin(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            if self._child.stdin is not None:
                self._child.stdin.close()

    def _events(self, on_event: OnEvent) -> Iterator[dict[str, Any]]:
        """Yield progress until the pipe closes, or the child is dead and a grandchild keeps it open."""
        said, rest = 0, b""
        with selectors.DefaultSelector() as selector:
            selector.register(self._progress, selectors.EVENT_READ)
            while True:
                ready = selector.select(_TICK)
                if self._interrupts > said:
                    said = self._interrupts
                    on_event({"event": "interrupt", "count": said})
                if ready:
                    chunk = os.read(self._progress, 65536)
                    if not chunk:
                        return
                    *lines, rest = (rest + chunk).split(b"\n")
                    yield from (_parse(line) for line in lines if line.strip())
                elif self._child.poll() is not None:
                    return

    @contextlib.contextmanager
    def _signals_forwarded(self) -> Iterator[None]:
        """Pass the first SIGINT and every SIGTERM on to the child instead of dying of them."""
        if threading.current_thread() is not threading.main_thread():
            yield  # only the main thread may set handlers, and only it receives signals
            return
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        for number, handler in before.items():
            if handler is not signal.SIG_IGN:  # nohup and background jobs keep what they were given
                signal.signal(number, self._forward)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _forward(self, number: int, _frame: FrameType | None) -> None:
        self._interrupts += 1
        if self._interrupts == 1 or number != signal.SIGINT:
            self._child.send_signal(number)

    def _died(self, code: int, *, begun: bool) -> RunFailedError:
        if self._interrupts and not begun:
            return RunFailedError("Cancelled", CANCELLED, "cancelled before the run began: nothing was changed", ())
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"
        text = f"the process of {self.name} {how} without a result"
        causes = (*_tail(self.log), f"log: {self.log}", _CONVERGES)
        return RunFailedError("ProcessDied", CANCELLED if self._interrupts else 1, text, causes)


def _environment(settings: Settings, progress: int) -> dict[str, str]:
    """Hand the child our own environment, and the settings we run with."""
    ours = {
        "DECNET_STATE_DIR": str(settings.state_dir),
        "DECNET_DATABASE_URL": settings.database_url,
        "DECNET_PROGRESS_FD": str(progress),
        "DOCKER_HOST": settings.docker_host,
        "PREFECT_API_URL": settings.prefect_api_url,
    }
    return {**os.environ, **{key: value for key, value in ours.items() if value}}


def _log_path(directory: Path, name: str) -> Path:
    return directory / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{os.getpid()}-{name}.log"


def _open_log(path: Path) -> IO[bytes]:
    """Open a new log, readable by its owner alone, and let the oldest ones go."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for old in sorted(path.parent.glob("*.log"))[: -_LOGS_KEPT + 1]:
            old.unlink(missing_ok=True)
        return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")
    except OSError as exc:
        raise ExportFailedError(str(path), exc.strerror or str(exc)) from exc


def _tail(log: Path) -> tuple[str, ...]:
    try:
        lines = log.read_text(encoding="utf-8", errors="backslashreplace").splitlines()
    except OSError as exc:
        return (f"its log cannot be read: {exc.strerror}",)
    return tuple(line for line in lines if line.strip())[-_TAIL:]


def _parse(line: bytes) -> dict[str, Any]:
    try:
        event = json.loads(line)
    except ValueError:
        event = None
    if isinstance(event, dict) and isinstance(event.get("event"), str):
        return event
    return {"event": "warning", "text": f"unreadable progress: {line[:200].decode(errors='backslashreplace')}"}


def _result(document: object, log: Path) -> OperationResult:
    try:
        return OperationResult.model_validate(document)
    except ValidationError as exc:
        text = "the flow's result cannot be read: is another release of DECNET installed beside this one?"
        raise RunFailedError("ProtocolError", 1, text, (f"{exc.error_count()} fault(s)", f"log: {log}")) from exc


def _failure(event: Mapping[str, Any], code: int, log: Path) -> RunFailedError:
    document = event.get("result")
    return RunFailedError(
        str(event.get("kind", "Error")),
        int(event.get("exit") or max(code, 1)),
        str(event.get("text", "the flow failed without a word")),
        tuple(map(str, event.get("causes") or ())),
        _result(document, log) if document else None,
    )
