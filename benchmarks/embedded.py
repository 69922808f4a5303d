"""What an embedded call adds before and after its flow: a process, Prefect's import, a server of its own."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Overhead:
    """Seconds from the start of the process to the first words, to the first stage, and after the outcome."""

    first_words: float
    before: float
    after: float


def measure(fleet: str, network: dict[str, str], state_dir: Path) -> Overhead:
    """Run a dry run in a process of its own, as the command line does, and time its edges."""
    parameters = {
        "dry_run": True,
        "submission": {"fleet": fleet, "network": network, "deckies": [{"name": "one", "archetype": "linux-server"}]},
    }
    reader, writer = os.pipe()
    environment = {key: value for key, value in os.environ.items() if key != "PREFECT_API_URL"}
    environment |= {"DECNET_PROGRESS_FD": str(writer), "DECNET_STATE_DIR": str(state_dir)}
    began = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-m", "flows", "deploy-fleet"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=[writer],
        env=environment,
    ) as process:
        os.close(writer)
        assert process.stdin is not None  # noqa: S101 - a pipe, as asked for above
        process.stdin.write(json.dumps(parameters).encode())
        process.stdin.close()
        times = _times(reader, began)
        process.wait()
    ended = time.monotonic() - began
    return Overhead(times["starting"], times["stage"], ended - times["plan"])


def _times(reader: int, began: float) -> dict[str, float]:
    """Return when each kind of event was first seen."""
    seen: dict[str, Any] = {}
    with os.fdopen(reader) as stream:
        for line in stream:
            seen.setdefault(json.loads(line)["event"], time.monotonic() - began)
    return seen
