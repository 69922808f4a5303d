"""Plan to fact: the compose file and the batches."""

import json
from pathlib import Path

from decnet_core.domain.errors import ImageMissingError, StalePlanError, StepFailedError
from decnet_core.domain.plan import Action, Desired, Plan
from decnet_core.domain.snapshot import DeckyState, revision
from decnet_core.files import atomic_write
from decnet_core.planning.batches import batches
from decnet_core.planning.compose import document
from tasks.progress import report
from tasks.run import Decision, Fault, Run
from tasks.stage import stage

_HEADER = "# Written by DECNET Fleet, always for the whole fleet of this host. Changes are overwritten.\n"


def compose_path(run: Run) -> Path:
    """Where the compose file of the run's fleet lies."""
    return run.settings.fleet_dir(run.fleet) / "compose.yaml"


@stage("write compose", retried=True)
def write_compose(run: Run, decision: Decision) -> None:
    """Write the document of the whole desired fleet, once Compose has read it and the images are there.

    Raises:
        ImageMissingError: an image that the submission needs is not on the host.
        ComposeRejectedError: Compose does not take it; the file in use is untouched.
        ExportFailedError: it could not be written; the file in use is untouched.
    """
    named = [step.shall for step in decision.plan.of(Action.CREATE, Action.RECREATE) if step.named and step.shall]
    if missing := run.host.missing_images({spec.config.base_image for spec in named}):
        raise ImageMissingError(missing)
    write_document(run, decision.desired, decision.snapshot.observation.sysctls)


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
    total, done = len(plan.steps), 0
    for batch in batches(plan, run.settings.batch_size):
        failures = run.host.execute(batch, compose_path(run))
        run.faults |= {name: Fault(DeckyState.FAILED, words) for name, words in failures.items()}
        for name in failures.keys() - decision.named:
            run.warn(f"{name} could not be healed: {failures[name]}")
        if refused := {name: words for name, words in failures.items() if name in decision.named}:
            raise StepFailedError(refused)
        done += len(batch.steps)
        report({"event": "progress", "done": done, "total": total, "detail": f"{batch.action} {len(batch.steps)}"})
        run.window.show_progress(done, total)


def _require_fresh(run: Run, plan: Plan) -> None:
    """Refuse a plan whose fleet somebody else has changed since; on a second attempt it was ourselves."""
    if run.applying:
        return
    now = revision(run.host.observe(run.fleet))
    if now != plan.revision:
        raise StalePlanError(plan.revision, now)
    run.applying = True
