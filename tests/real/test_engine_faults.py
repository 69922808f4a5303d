"""The engine stops, restarts or falls silent: never a guess, nothing lost, and the next run is fine."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lan import PrivateLan
from tests.real.daemon import Daemon
from tests.real.engine import Engine
from tests.real.world import World, telnet

pytestmark = [pytest.mark.docker, pytest.mark.lan, pytest.mark.prefect]

_ONE_BY_ONE = {"DECNET_BATCH_SIZE": "1"}


@pytest.fixture(scope="module")
def daemon(engine: Engine, workflow_server: str) -> Iterator[Daemon]:
    if shutil.which("dockerd") is None:
        pytest.skip("no dockerd to start a second engine with")
    with Daemon(live_restore=True) as own:
        own.load(engine)
        yield own


@pytest.fixture
def remote(daemon: Daemon, workflow_server: str, tmp_path: Path) -> Iterator[World]:
    """A fleet with two deckies on an engine that may come to harm."""
    with PrivateLan() as lan:
        world = World(Engine(daemon.url), lan, tmp_path / "state")
        world.environment["PREFECT_API_URL"] = workflow_server
        try:
            world.deployed(telnet("a"), telnet("b"))
            yield world
        finally:
            world.destroy()


def test_given_a_stopped_engine_when_deployed_then_it_is_called_silent_and_nothing_is_written(
    remote: World, daemon: Daemon
):
    before = remote.picture()
    daemon.stop()
    try:
        deploy = remote.deploy(telnet("c"))
        teardown = remote.teardown("a")
    finally:
        daemon.start()

    assert "decnet doctor" in deploy.refused("HostSilentError")
    teardown.refused("HostSilentError")
    assert remote.picture() == before
    remote.deployed(telnet("c"))
    remote.check("a", "b", "c")


def test_given_an_engine_that_restarts_in_the_middle_of_apply_when_it_is_back_then_the_deploy_lands(
    remote: World, daemon: Daemon
):
    before = remote.identities("a", "b")
    run = remote.start_deploy(*map(telnet, ("c", "d", "e", "f")), env=_ONE_BY_ONE)
    run.until(lambda event: event["event"] == "progress" and event["done"] == 1)
    run.freeze()
    daemon.stop()
    run.thaw()
    daemon.start()
    run.wait()

    run.succeeded()
    assert remote.identities("a", "b") == before
    remote.check("a", "b", "c", "d", "e", "f")


@pytest.mark.slow
def test_given_an_engine_that_crashes_in_the_middle_of_apply_when_it_is_back_then_the_next_run_converges(
    remote: World, daemon: Daemon
):
    before = remote.identities("a", "b")
    run = remote.start_deploy(*map(telnet, ("c", "d", "e")), env=_ONE_BY_ONE)
    run.until_stage("apply", "started")
    remote.wait_for_compose()
    daemon.crash()
    run.wait()
    daemon.start()

    run.refused("HostSilentError")
    assert remote.identities("a", "b") == before
    remote.deployed(telnet("other"))
    assert remote.identities("a", "b") == before
    remote.check(*remote.containers())
    assert "other" in remote.containers()


def test_given_an_engine_that_hangs_for_a_while_when_it_goes_on_then_so_does_the_deploy(remote: World, daemon: Daemon):
    before = remote.identities("a", "b")
    run = remote.start_deploy(telnet("c"), telnet("d"), env=_ONE_BY_ONE)
    run.until(lambda event: event["event"] == "progress" and event["done"] == 1)
    daemon.freeze()
    time.sleep(3)
    daemon.thaw()
    run.wait()

    run.succeeded()
    assert remote.identities("a", "b") == before
    remote.check("a", "b", "c", "d")


def test_given_a_broken_container_of_no_fleet_when_deployed_then_no_fleet_on_the_engine_is_believed_whole(
    remote: World,
):
    remote.engine.add_foreign("nobody-odd", remote.name, labels={"com.decnet.host": "true", "com.decnet.config": "{"})
    before = remote.picture()

    words = remote.deploy(telnet("c")).refused("UnreadableLabelError")

    assert "container nobody-odd" in words
    assert remote.picture() == before
    remote.engine.remove("nobody-odd")
    remote.deployed(telnet("c"))
    remote.check("a", "b", "c")


@pytest.mark.slow
def test_given_an_engine_that_takes_its_containers_down_with_it_when_it_is_back_then_nobody_is_replaced(
    engine: Engine, workflow_server: str, tmp_path: Path
):
    with Daemon(live_restore=False) as own, PrivateLan() as lan:
        own.load(engine)
        world = World(Engine(own.url), lan, tmp_path / "state")
        world.environment["PREFECT_API_URL"] = workflow_server
        try:
            world.deployed(telnet("a"), telnet("b"))
            before = {name: one.container_id for name, one in world.identities("a", "b").items()}
            run = world.start_deploy(telnet("c"), telnet("d"), env=_ONE_BY_ONE)
            run.until(lambda event: event["event"] == "progress" and event["done"] == 1)
            run.freeze()
            own.stop()
            run.thaw()
            own.start()
            run.wait()

            assert run.error is None or run.error["kind"] in ("SurvivorTouchedError", "HostSilentError")
            world.deployed(telnet("other"))
            assert {name: one.container_id for name, one in world.identities("a", "b").items()} == before
            world.check(*world.containers())
        finally:
            world.destroy()


@pytest.mark.slow
def test_given_a_silent_engine_when_deployed_then_it_is_called_silent_and_nothing_is_written(
    remote: World, daemon: Daemon
):
    before = remote.picture()
    daemon.freeze()
    try:
        run = remote.start_deploy(telnet("c")).wait(290)
    finally:
        daemon.thaw()

    run.refused("HostSilentError")
    assert remote.picture() == before
    remote.deployed(telnet("c"))
    remote.check("a", "b", "c")
