"""An engine of a test's own, which may be stopped, frozen and restarted; the machine's engine never is."""

import ctypes
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import docker.errors
import requests.exceptions

from tests.real.engine import DECKY, Engine

_SECONDS = 40
_PR_SET_PDEATHSIG = 1


class Daemon:
    """A second ``dockerd`` with everything of its own: socket, images, containers; no bridge, no firewall rules.

    With *live_restore* its containers outlive it while it is restarted; Docker's default stops them.
    """

    def __init__(self, *, live_restore: bool) -> None:
        self._live_restore = live_restore
        self._home = Path(tempfile.mkdtemp(prefix="decnet-engine-", dir="/tmp"))
        self.url = f"unix://{self._home}/docker.sock"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.thaw()
        self.stop()
        for mount in reversed(_mounts_below(self._home)):
            subprocess.run(["umount", "-l", mount], check=True)
        shutil.rmtree(self._home)

    def start(self) -> None:
        """Start it and return when it answers."""
        with (self._home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    "dockerd", "-H", self.url, *(["--live-restore"] if self._live_restore else []),
                    "--bridge=none", "--iptables=false", "--ip6tables=false",
                    "--data-root", str(self._home / "data"), "--exec-root", str(self._home / "exec"),
                    "--pidfile", str(self._home / "pid"), "--log-level", "error",
                ],
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - runs before any thread of the child exists
            )  # fmt: skip
        deadline = time.monotonic() + _SECONDS
        while not self._answers():
            assert self._process.poll() is None, (self._home / "log").read_text()[-2000:]
            assert time.monotonic() < deadline, "the second engine did not answer in time"
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop it in an orderly way; its containers live on."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(_SECONDS)
            self._process = None

    def crash(self) -> None:
        """``kill -9`` it, and the containerd that it started."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(_SECONDS)
        self._process = None

    def freeze(self) -> None:
        """Let it neither answer nor refuse: connections are accepted by the kernel and nobody reads them."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        if self._process is not None:
            os.kill(self._process.pid, signal.SIGCONT)

    def load(self, source: Engine) -> None:
        """Copy the decky image from *source*."""
        save = subprocess.Popen(["docker", "-H", source.url, "save", DECKY], stdout=subprocess.PIPE)
        load = ["docker", "-H", self.url, "load", "--quiet"]
        subprocess.run(load, stdin=save.stdout, check=True, capture_output=True)
        assert save.wait() == 0

    def _answers(self) -> bool:
        try:
            return bool(Engine(self.url).api.ping())
        except (docker.errors.DockerException, requests.exceptions.RequestException):
            return False


def _end_with_parent() -> None:
    """Have the kernel end the daemon in an orderly way when the test process dies, however it dies."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _mounts_below(directory: Path) -> list[str]:
    """Return what a daemon that was killed has left mounted."""
    points = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    return [point for point in points if point.startswith(f"{directory}/")]
