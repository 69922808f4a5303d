"""Disturbed in the middle: the fleet changed from outside, Ctrl-C, an end asked for; nothing is left half done."""

import signal

import pytest

from decnet_core.domain.operation import OperationStatus
from tests.real.runs import FlowRun
from tests.real.world import World, telnet

pytestmark = [pytest.mark.docker, pytest.mark.lan, pytest.mark.prefect]

_ONE_BY_ONE = {"DECNET_BATCH_SIZE": "1"}


def _frozen_before_apply(world: World, *names: str) -> FlowRun:
    run = world.start_deploy(*map(telnet, names))
    run.until_stage("plan")
    run.freeze()
    return run


def test_given_a_decky_removed_between_plan_and_apply_when_applied_then_the_plan_is_stale(world: World):
    world.deployed(telnet("a"), telnet("b"))
    before = world.identities("a")
    run = _frozen_before_apply(world, "c")
    world.engine.remove(world.container("b"))
    run.thaw()
    run.wait()

    assert "plan again" in run.refused("StalePlanError")
    assert world.containers() == ["a"]
    assert world.identities("a") == before

    world.deployed(telnet("d"))
    world.check("a", "b", "d")
    assert world.identities("a") == before


@pytest.mark.slow
def test_given_a_survivor_stopped_between_plan_and_apply_when_applied_then_the_plan_is_stale(world: World):
    world.deployed(telnet("a"))
    run = _frozen_before_apply(world, "c")
    world.engine.stop(world.container("a"))
    run.thaw()
    run.wait()

    run.refused("StalePlanError")
    world.deployed(telnet("d"))
    world.check("a", "d")


@pytest.mark.parametrize(
    ("number", "moment"),
    [
        (signal.SIGINT, "apply"),
        (signal.SIGTERM, "apply"),
        pytest.param(signal.SIGINT, "verify", marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, "verify", marks=pytest.mark.slow),
    ],
)
def test_given_a_deploy_at_work_when_interrupted_then_what_it_made_is_taken_back(
    world: World, number: signal.Signals, moment: str
):
    world.deployed(telnet("stays"))
    before = world.identities("stays")
    run = world.start_deploy(*map(telnet, ("a", "b", "c")), env=_ONE_BY_ONE)
    run.until_stage(moment, "started")
    if moment == "apply":
        run.until(lambda event: event["event"] == "progress" and event["done"] >= 1)
    run.interrupt(number)
    run.wait()

    assert run.exit_code == 130, run.account()
    assert run.error is not None
    assert run.error["kind"] == "Cancelled"
    assert world.statuses() == [OperationStatus.SUCCEEDED, OperationStatus.REVERTED]
    assert world.identities("stays") == before
    world.check("stays")
    world.deployed(telnet("a"))
    world.check("a", "stays")


def test_given_a_deploy_at_work_when_interrupted_twice_then_it_still_takes_back_what_it_made(world: World):
    world.deployed(telnet("stays"))
    run = world.start_deploy(*map(telnet, ("a", "b", "c")), env=_ONE_BY_ONE)
    run.until(lambda event: event["event"] == "progress" and event["done"] >= 1)
    run.interrupt()
    run.until_stage("take back", "started")
    run.interrupt()
    run.wait()

    assert run.exit_code == 130, run.account()
    world.deployed(telnet("other"))
    world.check("other", "stays")


def test_given_a_deploy_that_waits_when_interrupted_then_it_ends_and_nothing_was_written(world: World):
    world.deployed(telnet("a"))
    first = _frozen_before_apply(world, "b")
    second = world.start_deploy(telnet("c"))
    second.until(lambda event: event["event"] == "waiting")
    second.interrupt()
    second.wait()
    first.thaw()
    first.wait().succeeded()

    assert second.exit_code == 130
    world.check("a", "b")
