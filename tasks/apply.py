"""Plan to fact: the compose file, the batches, and the look whether it came true."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from decnet_core.adapters.host import Vitals
from decnet_core.catalog.services import SERVICES
from decnet_core.domain.errors import (
    ImageMissingError,
    NotServingError,
    StalePlanError,
    StepFailedError,
    SurvivorTouchedError,
)
from decnet_core.domain.plan import Action, Desired, Plan, Step
from decnet_core.domain.snapshot import Observation, Snapshot, revision
from decnet_core.files import atomic_write
from decnet_core.planning.batches import batches
from decnet_core.planning.compose import document
from tasks.progress import report
from tasks.publish import Progress
from tasks.run import Decision, Run
from tasks.stage import stage

_MADE = (Action.CREATE, Action.RECREATE, Action.START)
_GONE_WRONG = frozenset({"exited", "dead", "restarting", "removing"})
_LOOK_SECONDS = 0.1
_CLOCK_SLACK = timedelta(seconds=1)
_HEADER = "# Written by DECNET Fleet, always for the whole fleet of this host. Changes are overwritten.\n"


def compose_path(run: Run) -> Path:
    """Where the compose file of the run's fleet lies."""
    return run.settings.fleet_dir(run.fleet) / "compose.yaml"


@stage("write compose", retried=True)
def write_compose(run: Run, decision: Decision) -> None:
    """Write the document of the whole desired fleet, once Compose has read it and every image is there.

    Raises:
        ImageMissingError: an image that a new container needs is not on the host.
        ComposeRejectedError: Compose does not take it; the file in use is untouched.
        ExportFailedError: it could not be written; the file in use is untouched.
    """
    observed, desired = decision.snapshot.observed, decision.desired
    new = [spec for spec in desired.deckies if spec.name not in observed or spec.operation == run.operation]
    if missing := run.host.missing_images({spec.config.base_image for spec in new}):
        raise ImageMissingError(missing)
    write_document(run, desired, decision.snapshot.observation.sysctls)


def write_document(run: Run, desired: Desired, sysctls: frozenset[str]) -> None:
    """Write the document of *desired*; see ``write_compose``."""
    whole = document(desired.network, desired.deckies, sysctls)
    text = json.dumps(whole, indent=1, ensure_ascii=False) + "\n"
    run.host.check_document(text)
    atomic_write(compose_path(run), _HEADER + text)


@stage("apply", retried=True)
def apply_batches(run: Run, decision: Decision) -> None:
    """Carry out the plan batch by batch, naming nothing that is not in it.

    A decky that was only to be healed and does not start is noted and stops nobody.

    Raises:
        StalePlanError: the fleet moved since the plan was made.
        StepFailedError: with Docker's own words for every decky of the batch that failed.
    """
    plan = decision.plan
    _require_fresh(run, plan)
    total, done, bar = len(plan.steps), 0, Progress(plan.fleet)
    for batch in batches(plan, run.settings.batch_size):
        failures = run.host.execute(batch, compose_path(run))
        run.failures |= failures
        for name in failures.keys() - decision.named:
            run.warn(f"{name} could not be healed: {failures[name]}")
        if refused := {name: words for name, words in failures.items() if name in decision.named}:
            raise StepFailedError(refused)
        done += len(batch.steps)
        report({"event": "progress", "done": done, "total": total, "detail": f"{batch.action} {len(batch.steps)}"})
        bar.show(done, total)


def _require_fresh(run: Run, plan: Plan) -> None:
    """Refuse a plan whose fleet somebody else has changed meanwhile; what we did ourselves is no reason."""
    now = run.host.observe(run.fleet)
    if revision(now) == plan.revision:
        return
    if not any(seen.spec.operation == run.operation for seen in now.deckies) and not _removed_some(plan, now):
        raise StalePlanError(plan.revision, revision(now))


def _removed_some(plan: Plan, now: Observation) -> bool:
    there = {seen.container_id for seen in now.deckies}
    return any(step.container_id not in there for step in plan.of(Action.REMOVE, Action.RECREATE))


@stage("verify", retried=True)
def verify_fleet(run: Run, decision: Decision) -> Observation:
    """See every changed decky up and serving, and every survivor as it was; return what is seen.

    Raises:
        NotServingError: naming every decky that is not up, and what it lacks.
        SurvivorTouchedError: naming every survivor that changed while this operation ran.
    """
    observation = run.host.observe(run.fleet)
    failures = _wait_until_serving(run, decision.plan, observation)
    run.degraded |= failures
    for name in failures.keys() - decision.named:
        run.warn(f"{name} was healed and does not serve: {failures[name]}")
    if unserved := {name: why for name, why in failures.items() if name in decision.named}:
        raise NotServingError(unserved)
    if touched := _touched(run, decision.snapshot, decision.plan, observation):
        raise SurvivorTouchedError(touched)
    return run.host.observe(run.fleet)


def _wait_until_serving(run: Run, plan: Plan, observation: Observation) -> dict[str, str]:
    """Wait until what was made has stayed up for the settle time and listens; return what did not."""
    seen = {decky.name: decky.container_id for decky in observation.deckies if not decky.remnant}
    pending = {step.subject: step for step in plan.of(*_MADE) if step.subject not in run.failures}
    failures = {name: "its container is gone" for name in pending if name not in seen}
    pending = {name: step for name, step in pending.items() if name in seen}
    deadline = time.monotonic() + run.settings.serve_wait
    while pending:
        looks = run.host.vitals([seen[name] for name in pending], sockets=True)
        late = time.monotonic() >= deadline
        for name, step in list(pending.items()):
            verdict = _judge(step, looks.get(seen[name]), run.settings.settle, late=late)
            if verdict is not None:
                del pending[name]
                if verdict:
                    failures[name] = _with_last_words(run, seen[name], verdict)
        if pending:
            time.sleep(_LOOK_SECONDS)
    return failures


def _judge(step: Step, look: Vitals | None, settle: float, *, late: bool) -> str | None:
    """Return why a decky does not serve, an empty text when it does, None while that is open."""
    if look is None:
        return "its container is gone"
    if look.state in _GONE_WRONG or look.restarts:
        return f"{look.state} with code {look.exit_code} after {look.restarts} restart(s) {look.error}".strip()
    missing = _ports(step) - look.listening
    if look.started_at and not missing and datetime.now(UTC) - look.started_at >= timedelta(seconds=settle):
        return ""
    return f"{', '.join(sorted(missing)) or look.state} does not listen" if late else None


def _ports(step: Step) -> frozenset[str]:
    spec = step.shall or step.was
    services = spec.config.services if spec else ()
    return frozenset(str(port) for slug in services for port in SERVICES[slug].ports)


def _with_last_words(run: Run, container_id: str, verdict: str) -> str:
    lines = [line for line in run.host.logs(container_id, 3) if not line.startswith("{")]
    return f"{verdict}: {lines[-1]}" if lines else verdict


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
        elif look.state != seen.engine_state:
            findings[name] = f"was {seen.engine_state}, is {look.state}"
        elif look.started_at and look.started_at > snapshot.observation.taken_at + _CLOCK_SLACK:
            findings[name] = "was restarted"
    return findings
