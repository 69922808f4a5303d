"""Retire deckies by name, and nobody else."""

from prefect import flow

from decnet_core.domain.decky import DeployType
from decnet_core.domain.operation import OperationKind, OperationResult, OperationStatus
from decnet_core.domain.submission import DEFAULTS, DeployOptions
from flows.pipeline import carry_out
from flows.verdict import told
from tasks.decide import plan_teardown, snapshot_fleet, without
from tasks.record import names_to_retire
from tasks.run import Decision, Origin, Run, open_run


@flow(name="teardown-fleet", flow_run_name="teardown-{fleet}", persist_result=False)
@told
def teardown_fleet(
    fleet: str = "decnet",
    names: tuple[str, ...] = (),
    all: bool = False,  # noqa: A002 - the word that the form and the API show
    options: DeployOptions = DEFAULTS,
    dry_run: bool = False,
    deploy_type: DeployType = DeployType.API,
    who: str = "prefect",
) -> OperationResult:
    """Remove the deckies named, leave tombstones, and tell what became of each.

    Args:
        fleet: the fleet's name.
        names: which deckies.
        all: every decky of the fleet; its network stays.
        options: ``force`` for protected deckies; on_failure.
        dry_run: plan, and stop before anything is written.
        deploy_type: where the request came from.
        who: on whose behalf; written to the journal.
    """
    origin = Origin(OperationKind.TEARDOWN, fleet, who, deploy_type)
    with open_run(origin) as run:
        return teardown(run, names, options, everything=all, dry_run=dry_run)


def teardown(
    run: Run,
    names: tuple[str, ...],
    options: DeployOptions = DEFAULTS,
    *,
    everything: bool = False,
    dry_run: bool = False,
) -> OperationResult:
    """Tell the story of a teardown on the host that *run* holds."""
    snapshot = snapshot_fleet(run)
    retiring = names_to_retire(snapshot, names, everything=everything)
    plan = plan_teardown(run, snapshot, retiring, options)
    if dry_run:
        return run.result(OperationStatus.SUCCEEDED, plan, dry_run=True)

    request = {"names": sorted(retiring), "all": everything, "options": options.model_dump(mode="json")}
    decision = Decision(snapshot, without(snapshot, retiring), plan)
    return carry_out(run, decision, request, options.on_failure)
