"""Truths about every fleet and every submission, in the pure core and on a host in memory."""

from dataclasses import replace
from random import Random

from hypothesis import assume, given
from hypothesis import strategies as st

from decnet_core.adapters.memory_host import MemoryContainer, MemoryHost
from decnet_core.domain.decky import DeckySpec
from decnet_core.domain.errors import FleetError
from decnet_core.domain.plan import Action, Desired, Plan
from decnet_core.domain.snapshot import Snapshot
from decnet_core.domain.submission import DeployOptions, Submission, as_request
from decnet_core.planning.compose import document
from decnet_core.planning.fleet import members, unfinished_removals
from decnet_core.planning.plan import make_plan
from decnet_core.planning.preview import preview
from decnet_core.planning.wishes import expand
from tests.builders import IMAGE, SYSCTLS, decide, execute_all, look_at, snapshot, submission
from tests.strategies import growths, options, snapshots, submissions

SAFE = DeployOptions()
FREE = DeployOptions(update=True, force=True, allow_removals=99)


def _decided(before: Snapshot, asked: Submission, how: DeployOptions) -> tuple[Desired, Plan]:
    """Decide, and leave out what is refused: refusals have tests of their own."""
    try:
        return decide(before, asked, how)
    except FleetError:
        assume(False)
        raise


def _containers(host: MemoryHost) -> dict[str, MemoryContainer]:
    return {one.id: replace(one) for one in host.containers.values()}


@given(snapshots(), submissions() | growths(), options())
def test_running_a_plan_leaves_nothing_to_plan(before: Snapshot, asked: Submission, how: DeployOptions):
    desired, plan = _decided(before, asked, how)
    host = MemoryHost.from_snapshot(before)

    assert execute_all(host, plan) == {}

    assert make_plan(look_at(host), desired).is_empty


@given(snapshots(), growths(), options())
def test_survivors_keep_their_container_and_their_start_time(before: Snapshot, asked: Submission, how: DeployOptions):
    _, plan = _decided(before, asked, how)
    host = MemoryHost.from_snapshot(before)
    kept = {before.observed[name].container_id for name in plan.keeps}
    was = {key: one for key, one in _containers(host).items() if key in kept}

    execute_all(host, plan)

    assert _containers(host).items() >= was.items()
    assert kept.isdisjoint(host.touched)


@given(snapshots(), submissions() | growths(), options())
def test_every_observed_decky_is_kept_or_in_exactly_one_step(before: Snapshot, asked: Submission, how: DeployOptions):
    desired, plan = _decided(before, asked, how)

    subjects = [step.subject for step in plan.decky_steps if step.action is not Action.SWEEP]
    assert len(subjects) == len(set(subjects))
    assert {*subjects, *plan.keeps} == before.observed.keys() | desired.by_name.keys() | members(before).keys()
    assert not set(subjects) & set(plan.keeps)


@given(snapshots(), submissions() | growths(), options())
def test_no_plan_removes_what_nobody_named(before: Snapshot, asked: Submission, how: DeployOptions):
    desired, plan = _decided(before, asked, how)

    removed = {step.subject for step in plan.of(Action.REMOVE)}
    named = {one.name for one in expand(asked.deckies)}
    if not how.replace:
        assert removed <= unfinished_removals(before).keys()
        assert members(before).keys() <= desired.by_name.keys()
    assert not removed & named


@given(snapshots(healthy=True), growths(), options())
def test_a_healthy_decky_that_nobody_named_is_in_no_step(before: Snapshot, asked: Submission, how: DeployOptions):
    assume(not how.replace)
    _, plan = _decided(before, asked, how)

    named = {one.name for one in expand(asked.deckies)}
    assert {step.subject for step in plan.steps} <= named
    assert before.observed.keys() - named <= set(plan.keeps)


@given(snapshots(), submissions() | growths(), options())
def test_the_compose_document_always_holds_the_whole_desired_fleet(
    before: Snapshot, asked: Submission, how: DeployOptions
):
    desired, plan = _decided(before, asked, how)

    whole = document(desired.network, desired.deckies, SYSCTLS)

    assert whole["services"].keys() == desired.by_name.keys() >= set(plan.keeps)


@given(snapshots(), submissions() | growths(), options())
def test_no_address_mac_or_hostname_is_given_twice(before: Snapshot, asked: Submission, how: DeployOptions):
    desired, _ = _decided(before, asked, how)

    ours = [one.config for one in desired.deckies]
    others = [one.config for one in before.memory.shards]
    strangers = {ip for other in before.observation.foreign for ip in other.ips}
    assert len({one.ip for one in ours + others}) == len(ours + others)
    assert len({one.mac_address for one in ours + others}) == len(ours + others)
    assert len({one.hostname.lower() for one in ours + others}) == len(ours + others)
    fresh = {one.ip for one in ours} - {member.spec.ip for member in members(before).values()}
    assert not fresh & (strangers | {desired.network.gateway, desired.network.subnet.network_address})


@given(snapshots(), growths())
def test_a_decky_never_shows_two_faces_whatever_is_changed_on_it(before: Snapshot, asked: Submission):
    desired, _ = _decided(before, asked, FREE)

    for name, member in members(before).items():
        assert _face(desired.by_name[name]) == _face(member.spec)


def _face(spec: DeckySpec) -> tuple[object, ...]:
    config = spec.config
    return config.mac_address, config.seed, config.ip, config.hostname


@given(snapshots(), submissions() | growths(), options())
def test_strangers_and_deckies_of_other_hosts_are_in_no_step(before: Snapshot, asked: Submission, how: DeployOptions):
    _, plan = _decided(before, asked, how)

    ours = {one.container_id for one in before.observation.deckies}
    assert {step.container_id for step in plan.steps} <= ours | {None}


@given(snapshots(), submissions(nasty=True), options())
def test_a_submission_is_accepted_or_refused_and_nothing_else(before: Snapshot, asked: Submission, how: DeployOptions):
    try:
        _, plan = decide(before, asked, how)
    except FleetError as refusal:
        verdict = str(refusal)
    else:
        verdict = plan.summary()
    assert verdict


@given(snapshots(), submissions() | growths(), options(), st.randoms(use_true_random=False))
def test_the_same_world_in_another_order_leads_to_the_same_plan(
    before: Snapshot, asked: Submission, how: DeployOptions, order: Random
):
    _, plan = _decided(before, asked, how)
    seen = list(before.observation.deckies)
    order.shuffle(seen)
    observation = before.observation.model_copy(update={"deckies": tuple(seen)})
    again = Snapshot(observation=observation, memory=before.memory)

    assert decide(again, asked, how)[1] == plan
    assert preview(again, asked, how, image=IMAGE, share=25) == _by(plan, "preview")


def _by(plan: Plan, operation: str) -> Plan:
    """Return *plan* as *operation* would have made it."""
    return Plan.model_validate_json(plan.model_dump_json().replace('"op-2"', f'"{operation}"'))


@given(snapshots())
def test_asking_for_exactly_what_is_there_changes_nothing_but_what_is_broken(before: Snapshot):
    fleet = members(before)
    asked = submission(*(as_request(fleet[name].spec.config) for name in sorted(fleet)))

    desired, plan = decide(before, asked)

    assert desired.by_name == {name: member.spec for name, member in fleet.items()}
    _, nothing = decide(before, submission())
    paused = {name for name, one in before.observed.items() if one.engine_state == "paused"}
    assert [step.subject for step in plan.steps if step.subject not in paused] == [s.subject for s in nothing.steps]


@given(snapshots(healthy=True), growths())
def test_the_mirror_deleted_leads_to_the_same_fleet(before: Snapshot, asked: Submission):
    forgotten = snapshot(*before.observation.deckies, recorded=False)

    assert decide(forgotten, asked, FREE) == decide(before, asked, FREE)
