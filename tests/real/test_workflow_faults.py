"""The workflow engine is a window, not a foundation: it may go away in the middle of a run."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from decnet_core.adapters.orchestrator import RunFailedError, run_flow
from decnet_core.domain.operation import OperationResult, OperationStatus
from decnet_core.settings import Settings
from tests.real.world import Request, World, telnet

pytestmark = [pytest.mark.docker, pytest.mark.lan, pytest.mark.prefect]

OnEvent = Callable[[dict[str, Any]], None]


def _settings(world: World) -> Settings:
    """Return settings without a server: each run starts one of its own, as the command line's do."""
    return Settings(state_dir=world.state, DOCKER_HOST=world.engine.url, PREFECT_API_URL="")


def _run(world: World, on_event: OnEvent, *deckies: Request) -> OperationResult:
    parameters = {"submission": world.submission(*deckies), "options": {}, "deploy_type": "cli", "who": "tests"}
    return run_flow("deploy-fleet", parameters, on_event, _settings(world))


def _processes_of(world: World, word: str) -> list[int]:
    """Return the processes of this fleet's own workflow engine whose command line has *word* in it."""
    home = f"PREFECT_HOME={world.state / 'prefect'}".encode()
    return [pid for pid, command, environment in _all_processes() if word.encode() in command and home in environment]


def _all_processes() -> Iterator[tuple[int, bytes, list[bytes]]]:
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            yield (
                int(entry.name),
                (entry / "cmdline").read_bytes(),
                (entry / "environ").read_bytes().split(b"\0"),
            )
        except OSError:
            continue  # it has ended since


def _when(name: str, act: Callable[[], None]) -> OnEvent:
    """Return a listener that acts once, when the stage *name* starts."""

    def listen(event: dict[str, Any]) -> None:
        if event.get("name") == name and event.get("state") == "started":
            act()

    return listen


@pytest.mark.parametrize(
    "stage", ["apply", *(pytest.param(stage, marks=pytest.mark.slow) for stage in ("merge", "mirror"))]
)
def test_given_a_run_with_a_server_of_its_own_when_the_server_dies_then_the_operation_ends_recorded(
    world: World, stage: str
):
    world.deployed(telnet("stays"))
    before = world.identities("stays")

    def kill_server() -> None:
        for pid in _processes_of(world, "uvicorn"):
            os.kill(pid, signal.SIGKILL)

    result = _run(world, _when(stage, kill_server), telnet("a"))

    assert result.status is OperationStatus.SUCCEEDED
    assert world.identities("stays") == before
    world.check("a", "stays")
    world.deployed(telnet("other"))
    world.check("a", "other", "stays")


@pytest.mark.slow
def test_given_a_run_with_a_server_of_its_own_when_all_goes_well_then_the_server_ends_with_it(world: World):
    events: list[dict[str, Any]] = []

    result = _run(world, events.append, telnet("a"))

    assert result.status is OperationStatus.SUCCEEDED
    assert [event["name"] for event in events if event.get("state") == "done"] == list(result.stages)
    world.check("a")
    assert _processes_of(world, "") == []


def test_given_a_run_with_a_server_of_its_own_when_killed_then_the_server_goes_too_and_the_next_run_converges(
    world: World,
):
    world.deployed(telnet("stays"))

    def kill_run() -> None:
        server = _processes_of(world, "uvicorn")
        for pid in server:
            os.kill(_parent(pid), signal.SIGKILL)

    with pytest.raises(RunFailedError, match="killed by SIGKILL"):
        _run(world, _when("apply", kill_run), telnet("a"))

    deadline = time.monotonic() + 5
    while _processes_of(world, "uvicorn") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _processes_of(world, "uvicorn") == []
    world.deployed(telnet("other"))
    world.check("a", "other", "stays")


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
