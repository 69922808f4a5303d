"""Engine, LAN, workflow server and a fleet of one's own; whatever a test makes is gone after it."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import docker.errors
import pytest

from flows.embedded import QUIET, EmbeddedServer
from tests.lan import PrivateLan, why_no_lan
from tests.real.engine import DECKY, Engine
from tests.real.runs import start_nursery
from tests.real.world import World

_URL = "unix:///var/run/docker.sock"

MakeWorld = Callable[[], AbstractContextManager[World]]


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The engine that this machine has."""
    try:
        found = Engine(os.environ.get("DOCKER_HOST", _URL))
        found.api.inspect_image(DECKY)
    except docker.errors.ImageNotFound:
        pytest.skip(f"no image {DECKY} (`make image`)")
    except docker.errors.DockerException as exc:
        pytest.skip(f"no Docker engine (`make engine`): {exc}")
    return found


@pytest.fixture(scope="session")
def workflow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One Prefect server, and the nursery whose flow runs talk to it."""
    home = tmp_path_factory.mktemp("prefect")
    server = EmbeddedServer(home)
    try:
        server.wait()
        quick = {"PREFECT_CLIENT_MAX_RETRIES": "4", "PREFECT_API_URL": server.url, "PREFECT_HOME": str(home)}
        start_nursery({**QUIET, **quick})
        yield server.url
    finally:
        server.stop()


@pytest.fixture(scope="session")
def make_world(engine: Engine, workflow_server: str, tmp_path_factory: pytest.TempPathFactory) -> MakeWorld:
    """Return how to open a fleet on a LAN of its own; leaving the context removes both."""
    if reason := why_no_lan():
        pytest.skip(reason)

    @contextmanager
    def opened() -> Iterator[World]:
        state: Path = tmp_path_factory.mktemp("fleet") / "state"
        with PrivateLan() as lan:
            world = World(engine, lan, state)
            world.environment["PREFECT_API_URL"] = workflow_server
            try:
                yield world
            finally:
                world.destroy()

    return opened


@pytest.fixture
def world(make_world: MakeWorld) -> Iterator[World]:
    """A fleet of this test's own."""
    with make_world() as opened:
        yield opened


@pytest.fixture(scope="module")
def shared_world(make_world: MakeWorld) -> Iterator[World]:
    """A fleet that the tests of one module share."""
    with make_world() as opened:
        yield opened
