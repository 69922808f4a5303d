"""Docker Compose as commands: one half builds them, the other runs them and tells what went wrong."""

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from decnet_core.domain.errors import HostSilentError, HostUnfitError

_PLUGIN_DIRS = (
    Path.home() / ".docker/cli-plugins",
    Path("/usr/local/lib/docker/cli-plugins"),
    Path("/usr/local/libexec/docker/cli-plugins"),
    Path("/usr/lib/docker/cli-plugins"),
    Path("/usr/libexec/docker/cli-plugins"),
)
"""Where Docker's own command line looks for its plugins, in its order."""

_SILENT = re.compile(r"(?im)cannot connect to the docker daemon|error during connect|connection refused|\beof$")
_SECONDS = 900


def plugin() -> Path | None:
    """Return Compose's own program; called directly it needs no matching ``docker`` on the path."""
    candidates = (directory / "docker-compose" for directory in _PLUGIN_DIRS)
    return next((path for path in candidates if os.access(path, os.X_OK)), None)


def create_command(document: Path, names: Sequence[str]) -> list[str]:
    """Create and start *names*, and nothing that is not named."""
    return ["-f", str(document), "up", "--detach", "--no-deps", "--no-recreate", "--no-build", *names]


def recreate_command(document: Path, names: Sequence[str]) -> list[str]:
    """Re-create *names*, and nothing that is not named."""
    return ["-f", str(document), "up", "--detach", "--no-deps", "--force-recreate", "--no-build", *names]


def check_command() -> list[str]:
    """Read a document from standard input and do nothing."""
    return ["-f", "-", "config", "--quiet"]


def run(arguments: Sequence[str], docker_host: str, stdin: str | None = None) -> tuple[int, str]:
    """Run Compose and return its exit code and its own words.

    Raises:
        HostUnfitError: Compose is not installed.
        HostSilentError: Compose could not reach the engine, or did not end within 15 minutes.
    """
    program = plugin()
    if program is None:
        raise HostUnfitError(("Docker Compose is not installed (`make engine` installs it)",))
    command = [str(program), "--ansi", "never", "--progress", "plain", "--env-file", os.devnull, *arguments]
    try:
        code, words = _to_its_end(command, _environment(docker_host), stdin)
    except subprocess.TimeoutExpired as exc:
        raise HostSilentError(docker_host, f"Compose did not end within {_SECONDS} s") from exc
    if code and _SILENT.search(words):
        raise HostSilentError(docker_host, words.splitlines()[-1])
    return code, words


def _to_its_end(command: Sequence[str], environment: dict[str, str], stdin: str | None) -> tuple[int, str]:
    """Run *command* and let it end, also when we are interrupted meanwhile.

    Killed half way, the engine would go on with what Compose had asked for, unseen by whoever takes back.
    """
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        env=environment,
        close_fds=False,  # hand on the host's lock: it stays held until Compose has ended
    ) as process:
        try:
            _, words = process.communicate(stdin, timeout=_SECONDS)
        except KeyboardInterrupt:
            process.communicate(timeout=_SECONDS)
            raise
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return process.returncode, words.strip()


def _environment(docker_host: str) -> dict[str, str]:
    """Return the caller's environment without Compose's own variables.

    ``COMPOSE_REMOVE_ORPHANS`` alone would remove every decky that a document does not name.
    """
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("COMPOSE_")}
    return {**inherited, "DOCKER_HOST": docker_host, "COMPOSE_REMOVE_ORPHANS": "0", "COMPOSE_IGNORE_ORPHANS": "1"}


def reason_for(name: str, words: str) -> str:
    """Pick the line of Compose's output that tells why *name* failed, else its last line."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    whole_name = re.compile(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9-])")
    about = [line for line in lines if whole_name.search(line) and ("error" in line.lower() or "fail" in line.lower())]
    errors = [line for line in lines if line.lower().startswith("error")]
    return (about or errors or lines or ["Compose gave no reason"])[-1]
