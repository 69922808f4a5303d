"""The look whether it came true: what was made serves, and what was not named is as it was."""

import time
from datetime import UTC, datetime, timedelta

from decnet_core.adapters.host import Vitals
from decnet_core.catalog.services import SERVICES
from decnet_core.domain.errors import NotServingError, SurvivorTouchedError
from decnet_core.domain.plan import Action, Plan, Step
from decnet_core.domain.snapshot import DeckyState, Observation, ObservedDecky, Snapshot
from tasks.run import Decision, Fault, Run
from tasks.stage import stage

_MADE = (Action.CREATE, Action.RECREATE, Action.START)
_GONE_WRONG = frozenset({"exited", "dead", "restarting", "removing"})
_GONE = Fault(DeckyState.FAILED, "its container is gone")
_LOOK_SECONDS = 0.1
_CLOCK_SLACK = timedelta(seconds=1)


@stage("verify", retried=True)
def verify_fleet(run: Run, decision: Decision) -> Observation:
    """See every changed decky up and serving, and every survivor as it was; return what is seen.

    Raises:
        NotServingError: naming every decky that is not up, and what it lacks.
        SurvivorTouchedError: naming every survivor that changed while this operation ran.
    """
    observation = run.host.observe(run.fleet)
    faults = _wait_until_serving(run, decision.plan, observation)
    run.faults |= faults
    for name in faults.keys() - decision.named:
        run.warn(f"{name} was healed and does not serve: {faults[name].why}")
    if unserved := {name: fault.why for name, fault in faults.items() if name in decision.named}:
        raise NotServingError(unserved)
    if touched := _touched(run, decision.snapshot, decision.plan, observation):
        raise SurvivorTouchedError(touched)
    return run.host.observe(run.fleet)


def _wait_until_serving(run: Run, plan: Plan, observation: Observation) -> dict[str, Fault]:
    """Wait until what was made has stayed up for the settle time and listens; return what did not."""
    seen = {decky.name: decky.container_id for decky in observation.deckies if not decky.remnant}
    pending = {step.subject: step for step in plan.of(*_MADE) if step.subject not in run.faults}
    faults = {name: _GONE for name in pending if name not in seen}
    pending = {name: step for name, step in pending.items() if name in seen}
    first_seen: dict[str, float] = {}
    deadline = time.monotonic() + run.settings.serve_wait
    if pending:
        time.sleep(run.settings.settle)  # a look before would only take time from what is starting
    while pending:
        looks = run.host.vitals([seen[name] for name in pending], sockets=True)
        late = time.monotonic() >= deadline
        for name, step in list(pending.items()):
            look = looks.get(seen[name])
            since = first_seen.setdefault(f"{name} {look.started_at if look else None}", time.monotonic())
            if look and _serves(step, look, since, run.settings.settle):
                del pending[name]
            elif (fault := _fault(step, look, late=late)) is not None:
                faults[name] = _with_last_words(run, seen[name], fault)
                del pending[name]
        if pending:
            time.sleep(_LOOK_SECONDS)
    return faults


def _fault(step: Step, look: Vitals | None, *, late: bool) -> Fault | None:
    """Return what is wrong for good with a decky; None while it may still come up."""
    if look is None:
        return _GONE
    if look.state in _GONE_WRONG or look.restarts:
        why = f"{look.state} with code {look.exit_code} after {look.restarts} restart(s) {look.error}"
        return Fault(DeckyState.FAILED, why.strip())
    if late:
        deaf = ", ".join(sorted(_ports(step) - look.listening))
        return Fault(DeckyState.DEGRADED, f"{deaf} does not listen" if deaf else f"did not settle ({look.state})")
    return None


def _serves(step: Step, look: Vitals, since: float, settle: float) -> bool:
    """Whether a decky is up, has been for *settle* seconds without a restart, and listens on every port.

    Its age is that of the start the engine tells, or, where the engine's clock is ahead of ours, the
    time *since* we first saw that start.
    """
    if look.state != "running" or look.restarts or look.started_at is None:
        return False
    age = max((datetime.now(UTC) - look.started_at).total_seconds(), time.monotonic() - since)
    return age >= settle and _ports(step) <= look.listening


def _ports(step: Step) -> frozenset[str]:
    spec = step.shall or step.was
    services = spec.config.services if spec else ()
    return frozenset(str(port) for slug in services for port in SERVICES[slug].ports)


def _with_last_words(run: Run, container_id: str, fault: Fault) -> Fault:
    lines = [line for line in run.host.logs(container_id, 3) if not line.startswith("{")]
    return Fault(fault.state, f"{fault.why}: {lines[-1]}") if lines else fault


def _touched(run: Run, snapshot: Snapshot, plan: Plan, now: Observation) -> dict[str, str]:
    """Compare survivors with the snapshot: same container, still running, not started since."""
    before = {name: seen for name, seen in snapshot.observed.items() if name in plan.keeps}
    after = {seen.name: seen for seen in now.deckies if not seen.remnant}
    looks = run.host.vitals([seen.container_id for seen in before.values()])
    findings = {}
    for name, seen in before.items():
        look = looks.get(seen.container_id)
        if look is None or after.get(name) is None or after[name].container_id != seen.container_id:
            findings[name] = "its container is gone"
        elif change := _change(seen, look, snapshot.observation.taken_at):
            if look.restarts:  # counted by the engine alone, when a process has ended by itself
                run.warn(f"{name} ends by itself and is restarted by the engine: {change}")
            else:
                findings[name] = change
    return findings


def _change(seen: ObservedDecky, look: Vitals, taken_at: datetime) -> str:
    """Return what happened to one container since the snapshot, or nothing."""
    if look.state != seen.engine_state:
        return f"was {seen.engine_state}, is {look.state}"
    if look.started_at and look.started_at > taken_at + _CLOCK_SLACK:
        return "was restarted"
    return ""
