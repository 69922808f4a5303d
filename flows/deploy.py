"""Grow or change a fleet without touching a decky that nobody named."""

from prefect import flow

from decnet_core.domain.decky import DeployType
from decnet_core.domain.operation import OperationKind, OperationResult, OperationStatus
from decnet_core.domain.submission import DEFAULTS, DeployOptions, Submission
from flows.pipeline import carry_out
from flows.verdict import told
from tasks.decide import merge_fleet, plan_deploy, snapshot_fleet, validate
from tasks.run import Decision, Origin, Run, open_run


@flow(name="deploy-fleet", flow_run_name="deploy-{submission.fleet}", persist_result=False)
@told
def deploy_fleet(
    submission: Submission,
    options: DeployOptions = DEFAULTS,
    dry_run: bool = False,
    deploy_type: DeployType = DeployType.API,
    who: str = "prefect",
) -> OperationResult:
    """Make the fleet match what was submitted, and tell what became of every decky.

    Args:
        submission: a fleet file, whole or just what it adds.
        options: replace, update, on_failure and what may be removed.
        dry_run: plan, and stop before anything is written.
        deploy_type: where the request came from; stamped on every decky it makes.
        who: on whose behalf; written to the journal.
    """
    origin = Origin(OperationKind.DEPLOY, submission.fleet, who, deploy_type)
    with open_run(origin) as run:
        return deploy(run, submission, options, dry_run=dry_run)


def deploy(
    run: Run, submission: Submission, options: DeployOptions = DEFAULTS, *, dry_run: bool = False
) -> OperationResult:
    """Tell the story of a deploy on the host that *run* holds."""
    snapshot = snapshot_fleet(run)
    accepted = validate(run, snapshot, submission, options)
    desired = merge_fleet(run, snapshot, accepted, options)
    plan = plan_deploy(run, snapshot, desired, options)
    if dry_run:
        return run.result(OperationStatus.SUCCEEDED, plan, dry_run=True)

    request = {"submission": submission.model_dump(mode="json"), "options": options.model_dump(mode="json")}
    return carry_out(run, Decision(snapshot, desired, plan), request, options.on_failure)
