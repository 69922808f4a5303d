"""A Prefect server of one run's own: nothing to set up, gone when the run is over.

Prefect can start one by itself, from inside the first flow. This one is started before anything else
is imported, so that both take their seconds at the same time; it gets an open socket instead of
guessing a free port, and the kernel ends it when the process that started it dies, however it dies.
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_START_SECONDS = 60.0
_POLL_SECONDS = 0.05

QUIET = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
}
"""No telemetry, no promotion."""

_SERVER = {
    **QUIET,
    "PREFECT_UI_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_FOREMAN_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",
}


class EngineStartError(RuntimeError):
    """The workflow engine did not come up; the sentence says why."""


class EmbeddedServer:
    """A Prefect server as a child process, on a loopback port of its own."""

    def __init__(self, home: Path) -> None:
        listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}/api"
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._log = (home / "server.log").open("ab")
        self._process = subprocess.Popen(
            [
                sys.executable, "-P", "-m", "uvicorn", "--factory", "prefect.server.api.server:create_app",
                "--fd", str(listening.fileno()), "--log-level", "error", "--lifespan", "on",
            ],
            env={**os.environ, **_SERVER, "PREFECT_HOME": str(home)},
            pass_fds=[listening.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - runs before any thread of ours exists
        )  # fmt: skip
        listening.close()  # the server's alone: were it ours too, nobody would refuse connections once it is dead

    def wait(self) -> None:
        """Return when the server answers.

        Raises:
            EngineStartError: it ended, or did not answer within a minute.
        """
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise EngineStartError(f"it ended with code {self._process.returncode}; see {self._log.name}")
            if _is_healthy(f"{self.url}/health"):
                return
            time.sleep(_POLL_SECONDS)
        raise EngineStartError(f"it did not answer within {_START_SECONDS:.0f} s; see {self._log.name}")

    def stop(self) -> None:
        """End the server."""
        self._process.terminate()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()


def _is_healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own loopback address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _die_with_parent() -> None:
    """Have the kernel end this process with its parent, and keep the terminal's Ctrl-C for the parent."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.setpgid(0, 0)
