"""Eight deploys at the same instant: each lands or is refused with a reason, and nobody is lost."""

import pytest

from decnet_core.domain.operation import OperationStatus
from tests.real.world import Request, World, telnet

pytestmark = [pytest.mark.docker, pytest.mark.lan, pytest.mark.prefect]


def _wanted(world: World) -> list[list[Request]]:
    """Eight submissions: each names a decky of its own and one that all name; two pairs contradict each other."""
    wanted = [[telnet(f"own{number}"), telnet("shared")] for number in range(8)]
    for number in (2, 3):
        wanted[number].append(telnet(f"rival{number}", ip=world.ip(77)))
    for number, service in ((4, "telnet"), (5, "http")):
        wanted[number].append(telnet("twin", services=[service]))
    return wanted


def test_given_nothing_when_eight_deploys_start_at_once_then_each_lands_whole_or_is_refused_whole(world: World):
    wanted = _wanted(world)

    runs = [world.start_deploy(*deckies) for deckies in wanted]
    for run in runs:
        run.wait()

    refused = {number for number, run in enumerate(runs) if run.error is not None}
    assert len(refused & {2, 3}) == 1
    assert len(refused & {4, 5}) == 1
    assert refused <= {2, 3, 4, 5}, {number: runs[number].error for number in refused}
    for number in refused:
        words = runs[number].refused("CollisionError")
        assert world.ip(77) in words or "twin" in words
    landed = {decky["name"] for number, deckies in enumerate(wanted) for decky in deckies if number not in refused}
    world.check(*landed)
    assert world.statuses() == [OperationStatus.SUCCEEDED] * 6


def test_given_a_deploy_at_work_when_another_will_not_wait_then_it_is_told_who_holds_the_lock(world: World):
    first = world.start_deploy(telnet("a"))
    first.until_stage("plan")
    first.freeze()

    second = world.deploy(telnet("b"), env={"DECNET_LOCK_WAIT": "0"})

    assert f"pid {first.pid}" in second.refused("LockedError")
    first.thaw()
    first.wait().succeeded()
    world.check("a")


def test_given_a_deploy_at_work_when_another_waits_then_it_says_for_whom_and_lands_after_it(world: World):
    first = world.start_deploy(telnet("a"))
    first.until_stage("plan")
    first.freeze()
    second = world.start_deploy(telnet("b"))

    waiting = second.until(lambda event: event["event"] == "waiting")

    assert f"pid {first.pid}" in waiting["holder"]
    first.thaw()
    first.wait().succeeded()
    assert str(second.wait().succeeded().plan) == "create b: not found\nkeep a"
    world.check("a", "b")
