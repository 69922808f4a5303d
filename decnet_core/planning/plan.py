"""From observed to desired: the smallest list of steps, deterministic, with its guards."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from decnet_core.domain.decky import DeckySpec
from decnet_core.domain.errors import RemovalRefusedError, StalePlanError
from decnet_core.domain.names import network_name
from decnet_core.domain.plan import Action, Desired, Plan, Step, in_order
from decnet_core.domain.snapshot import ObservedDecky, Snapshot
from decnet_core.planning.differences import differences
from decnet_core.planning.fleet import members, unfinished_removals


@dataclass(frozen=True)
class Guards:
    """What a plan may do.

    Attributes:
        max_removals: how many deckies may go that were not named one by one; None: *share* decides.
        share: percent of the fleet that may go so without a word.
        empty: an empty fleet is really meant.
        force: protected deckies may be removed.
        expected_revision: the fleet must be at this revision.
    """

    max_removals: int | None = None
    share: int = 25
    empty: bool = False
    force: bool = False
    expected_revision: str | None = None


def make_plan(snapshot: Snapshot, desired: Desired, guards: Guards = Guards()) -> Plan:
    """Return every step that takes the host from *snapshot* to *desired*.

    Raises:
        RemovalRefusedError: it removes a protected decky, more than the guards allow, or everything.
        StalePlanError: the fleet is not at the revision that was expected.
    """
    _require_revision(snapshot, guards)
    steps = in_order(_steps(snapshot, desired))
    _guard(snapshot, desired, guards)
    touched = {step.subject for step in steps if step.action is not Action.SWEEP}
    return Plan(
        fleet=snapshot.fleet,
        host_uuid=snapshot.observation.host_uuid,
        revision=snapshot.revision,
        network=desired.network,
        steps=steps,
        keeps=tuple(sorted(set(snapshot.observed) - touched)),
    )


def teardown_plan(snapshot: Snapshot, names: frozenset[str], guards: Guards) -> Plan:
    """Return the plan that removes *names*, finishes removals that died half done, and does nothing else.

    Raises:
        RemovalRefusedError: one of them is protected and ``force`` was not said.
        StalePlanError: the fleet is not at the revision that was expected.
    """
    _require_revision(snapshot, guards)
    unfinished = unfinished_removals(snapshot)
    going = names | unfinished.keys()
    specs = {name: member.spec for name, member in members(snapshot).items() if name in names}
    gone = [_oblivion(name, specs[name], "torn down", named=True) for name in specs.keys() - snapshot.observed.keys()]
    here = [_departure(seen, names, unfinished) for seen in snapshot.observation.deckies if seen.name in going]
    steps = in_order([*here, *gone])
    _guard_protected(specs, guards)
    return Plan(
        fleet=snapshot.fleet,
        host_uuid=snapshot.observation.host_uuid,
        revision=snapshot.revision,
        network=snapshot.network,
        steps=steps,
        keeps=tuple(sorted(set(snapshot.observed) - going)),
    )


def _require_revision(snapshot: Snapshot, guards: Guards) -> None:
    if guards.expected_revision not in (None, snapshot.revision):
        raise StalePlanError(guards.expected_revision or "", snapshot.revision)


def _departure(seen: ObservedDecky, names: frozenset[str], unfinished: Mapping[str, str]) -> Step:
    if seen.remnant:
        return _sweep(seen)
    if seen.name in names:
        return _removal(seen, "torn down", named=True)
    return _removal(seen, _unfinished(unfinished[seen.name]), named=False)


def _steps(snapshot: Snapshot, desired: Desired) -> Iterator[Step]:
    if snapshot.observation.network is None and desired.deckies:
        yield Step(action=Action.CREATE_NETWORK, subject=network_name(snapshot.fleet), cause="not found")
    for remnant in snapshot.remnants:
        yield _sweep(remnant)
    wanted, observed = desired.by_name, snapshot.observed
    unfinished = unfinished_removals(snapshot)
    for name, member in members(snapshot).items():
        if name not in wanted and name not in observed:
            yield _oblivion(name, member.spec, "no longer desired", named=name in desired.named)
    for name in wanted.keys() | observed.keys():
        want, have = wanted.get(name), observed.get(name)
        gap = _gap(want, have)
        if gap is None:
            continue
        action, cause = gap
        if action is Action.START and have and have.engine_state == "paused" and name not in desired.named:
            continue  # somebody paused it to look into it; only who names it wakes it
        if action is Action.REMOVE and name in unfinished:
            cause = _unfinished(unfinished[name])
        yield Step(
            action=action,
            subject=name,
            cause=_with_reason(cause, desired.causes.get(name)),
            was=have.spec if have else None,
            shall=want,
            container_id=have.container_id if have else None,
            named=name in desired.named,
        )


def _gap(want: DeckySpec | None, have: ObservedDecky | None) -> tuple[Action, str] | None:
    """Name the one action a decky needs and why, or nothing when it is as desired."""
    match want, have:
        case None, ObservedDecky():
            return Action.REMOVE, "no longer desired"
        case DeckySpec(), None:
            return Action.CREATE, "not found"
        case DeckySpec(), ObservedDecky(spec=spec) if spec is not want and _differ(spec, want):
            return Action.RECREATE, f"configuration changed ({_changes(spec, want)})"
        case DeckySpec(), ObservedDecky(engine_state="dead"):
            return Action.RECREATE, "dead"
        case DeckySpec(), ObservedDecky(running=False, engine_state=state):
            return Action.START, "stopped" if state == "exited" else state
    return None


def _differ(was: DeckySpec, shall: DeckySpec) -> bool:
    """Compare configurations, not the mark on the container: a release that hashes otherwise must touch nobody."""
    return was.config.fingerprint != shall.config.fingerprint


def _changes(was: DeckySpec, shall: DeckySpec) -> str:
    return "; ".join(f"{key} {text}" for key, text in differences(was.config, shall.config).items())


def _unfinished(operation: str) -> str:
    return f"unfinished removal of operation {operation[:8]}"


def _with_reason(cause: str, reason: str | None) -> str:
    if not reason:
        return cause
    return reason if cause == "not found" else f"{cause}, {reason}"


def _oblivion(name: str, spec: DeckySpec, cause: str, *, named: bool) -> Step:
    """Remove a decky that has no container, so that journal and mirror know that it is not wanted any more."""
    return Step(action=Action.REMOVE, subject=name, cause=f"{cause} (missing)", was=spec, named=named)


def _sweep(remnant: ObservedDecky) -> Step:
    return Step(
        action=Action.SWEEP,
        subject=remnant.name,
        cause="left by a re-creation that was cut off",
        container_id=remnant.container_id,
        named=False,
    )


def _removal(seen: ObservedDecky, cause: str, *, named: bool) -> Step:
    return Step(
        action=Action.REMOVE,
        subject=seen.name,
        cause=cause,
        was=seen.spec,
        container_id=seen.container_id,
        named=named,
    )


def _guard(snapshot: Snapshot, desired: Desired, guards: Guards) -> None:
    """Refuse to lose deckies that nobody meant to lose; one whose container is missing counts like any other."""
    fleet, wanted = members(snapshot), desired.by_name
    leaving = {name: member.spec for name, member in fleet.items() if name not in wanted}
    going = tuple(sorted(leaving))
    if going and not wanted and not guards.empty:
        raise RemovalRefusedError(going, "the submission is empty and would remove the whole fleet (say --empty)")
    unnamed = tuple(name for name in going if name not in desired.named)
    if unnamed:
        raise RemovalRefusedError(unnamed, "the submission does not name them")
    _guard_protected(leaving, guards)
    allowed = guards.max_removals
    if allowed is None:
        allowed = max(1, len(fleet) * guards.share // 100)
    if len(going) > allowed and not (guards.empty and not wanted):
        why = f"{len(going)} removals, the guard allows {allowed} (say --allow-removals {len(going)})"
        raise RemovalRefusedError(going, why)


def _guard_protected(going: Mapping[str, DeckySpec], guards: Guards) -> None:
    protected = tuple(sorted(name for name, spec in going.items() if spec.config.protected))
    if protected and not guards.force:
        raise RemovalRefusedError(protected, "protected (say --force)")
