"""Snapshot to plan: everything that happens before anything is written."""

from ipaddress import IPv4Address

from decnet_core.adapters.lan import answering
from decnet_core.domain.errors import Cause, Claim, CollisionError, FleetError, InvalidSubmissionError
from decnet_core.domain.plan import Action, Desired, Plan
from decnet_core.domain.snapshot import Snapshot
from decnet_core.domain.submission import DeployOptions, Submission
from decnet_core.planning import plan as planning
from decnet_core.planning.fleet import members
from decnet_core.planning.merge import merge
from decnet_core.planning.preview import guards_of
from decnet_core.planning.validate import Accepted, require_valid
from decnet_core.reading import take_snapshot
from tasks.progress import report
from tasks.run import Run
from tasks.stage import stage

_ROUNDS = 8


@stage("snapshot", retried=True)
def snapshot_fleet(run: Run) -> Snapshot:
    """Read the fleet whole, or not at all; see ``reading.take_snapshot``."""
    return take_snapshot(run.host, run.mirror, run.fleet)


@stage("validate")
def validate(run: Run, snapshot: Snapshot, submission: Submission, options: DeployOptions) -> Accepted:
    """Say everything that is wrong with *submission*, or accept it; see ``require_valid``."""
    return require_valid(snapshot, submission, options, max_deckies=run.settings.max_deckies)


@stage("merge")
def merge_fleet(run: Run, snapshot: Snapshot, accepted: Accepted, options: DeployOptions) -> Desired:
    """Return the complete fleet as it shall be, no new address of it answered for by a stranger.

    Raises:
        CollisionError: an address that was asked for by value is in use on the LAN.
        InvalidSubmissionError: no address is left.
    """
    strangers: dict[IPv4Address, str] = {}
    for _ in range(_ROUNDS):
        desired = merge(snapshot, accepted, options, run.provenance, answering=strangers.keys())
        fresh = _fresh_addresses(snapshot, desired)
        answers = _ask_lan(run, snapshot, desired, fresh)
        _refuse_answered(accepted, answers)
        if not answers:
            return desired
        for address, mac in answers.items():
            run.warn(f"{address} is in use on the LAN by {mac}: another address is chosen")
        strangers |= answers
    raise InvalidSubmissionError((Cause("network", "the LAN answers for every address tried", "set ip_range"),))


def _fresh_addresses(snapshot: Snapshot, desired: Desired) -> set[IPv4Address]:
    """Return the addresses that the submission brings in; what the fleet has already is not asked for again."""
    before = {member.spec.ip for member in members(snapshot).values()}
    return {spec.ip for spec in desired.deckies if spec.name in desired.named} - before


def _ask_lan(run: Run, snapshot: Snapshot, desired: Desired, fresh: set[IPv4Address]) -> dict[IPv4Address, str]:
    """Return who answers ARP for *fresh* on the parent interface: Docker itself never asks."""
    network, live = desired.network, snapshot.observation.network
    interface = network.interface or (f"br-{live.id[:12]}" if live else None)
    if not (run.settings.lan_probe and fresh and interface):
        return {}
    try:
        return answering(interface, fresh, timeout=run.settings.lan_wait)
    except FleetError as exc:
        run.warn(f"the LAN was not asked whether addresses are in use: {exc}")
        return {}


def _refuse_answered(accepted: Accepted, answers: dict[IPv4Address, str]) -> None:
    claims = tuple(
        Claim(
            "ip", str(wish.request.ip), f"decky {wish.name}", f"{answers[wish.request.ip]} on the LAN", "choose another"
        )
        for wish in accepted.wishes
        if wish.request.ip in answers
    )
    if claims:
        raise CollisionError(claims)


@stage("plan")
def plan_deploy(run: Run, snapshot: Snapshot, desired: Desired, options: DeployOptions) -> Plan:
    """Return the steps from *snapshot* to *desired*, with the sessions they cut; see ``make_plan``."""
    guards = guards_of(options, run.settings.max_removals)
    return _published(run, planning.make_plan(snapshot, desired, guards))


@stage("plan")
def plan_teardown(run: Run, snapshot: Snapshot, names: frozenset[str], options: DeployOptions) -> Plan:
    """Return the steps that remove *names*, with the sessions they cut; see ``teardown_plan``."""
    return _published(run, planning.teardown_plan(snapshot, names, guards_of(options, 100)))


def _published(run: Run, plan: Plan) -> Plan:
    """Count the sessions that the plan cuts and show it to whoever watches."""
    cut = {step.container_id: step.subject for step in plan.of(Action.REMOVE, Action.RECREATE) if step.container_id}
    looks = run.host.vitals(cut.keys(), sockets=True)
    counted = plan.with_sessions({cut[key]: look.sessions for key, look in looks.items()})
    report({"event": "plan", "plan": counted.without_secrets().model_dump(mode="json")})
    run.window.show_plan(counted)
    return counted


def without(snapshot: Snapshot, names: frozenset[str]) -> Desired:
    """Return the fleet as it is without *names*.

    Raises:
        InvalidSubmissionError: there is no such fleet on this host.
    """
    if snapshot.network is None:
        cause = Cause(f"fleet {snapshot.fleet}", "does not exist on this host", "see `decnet network show`")
        raise InvalidSubmissionError((cause,))
    fleet = members(snapshot)
    kept = tuple(fleet[name].spec for name in sorted(fleet) if name not in names)
    return Desired(network=snapshot.network, deckies=kept, named=names)
