"""Taking back what a failed operation made, by a plan of the same planner."""

from decnet_core.domain.decky import DeckySpec
from decnet_core.domain.operation import OperationStatus
from decnet_core.domain.plan import Action, Desired
from decnet_core.domain.snapshot import Snapshot
from decnet_core.planning.batches import batches
from decnet_core.planning.fleet import members
from decnet_core.planning.plan import Guards, make_plan
from decnet_core.reading import take_snapshot
from tasks.apply import compose_path, write_document
from tasks.progress import report
from tasks.run import Decision, Run
from tasks.stage import stage

_NO_LIMIT = Guards(max_removals=1_000_000, empty=True, force=True)


@stage("take back", retried=True)
def take_back(run: Run, decision: Decision) -> Desired:
    """Bring every decky that the plan names back to what it was, and return that fleet.

    Deckies that were only healed stay: they are wanted whatever became of the submission. One that
    was missing before is missing again; it is not made here.
    """
    run.mirror.mark(run.operation, OperationStatus.REVERTING)
    now = take_snapshot(run.host, run.mirror, run.fleet)
    before = as_it_was(run, decision, now)
    undo = make_plan(now, before, _NO_LIMIT)
    ours = decision.named - (members(decision.snapshot).keys() - decision.snapshot.observed.keys())
    undo = undo.model_copy(update={"steps": tuple(step for step in undo.steps if step.subject in ours)})
    report({"event": "note", "text": f"taking back: {undo.summary()}"})
    write_document(run, before, now.observation.sysctls)
    for batch in batches(undo, run.settings.batch_size):
        for name, words in run.host.execute(batch, compose_path(run)).items():
            run.warn(f"{name} could not be taken back: {words}")
    return before


def as_it_was(run: Run, decision: Decision, now: Snapshot) -> Desired:
    """Return the fleet that *now* shows with every named step of the plan undone."""
    snapshot, plan = decision.snapshot, decision.plan
    fleet = members(snapshot)
    deckies: dict[str, DeckySpec] = {name: seen.spec for name, seen in now.observed.items()}
    deckies |= {name: member.spec for name, member in fleet.items() if name not in deckies}
    touched: set[str] = set()
    for step in plan.decky_steps:
        if not step.named:
            continue
        touched.add(step.subject)
        if step.was is not None and step.subject in snapshot.observed:
            deckies[step.subject] = step.was
        elif step.subject in fleet:
            deckies[step.subject] = fleet[step.subject].spec
        elif step.action is Action.CREATE:
            deckies.pop(step.subject, None)
    network = snapshot.network or plan.network
    if network is None:
        raise AssertionError("a plan with steps has a network")
    return Desired(
        network=network,
        deckies=tuple(deckies[name] for name in sorted(deckies)),
        named=frozenset(touched),
        causes=dict.fromkeys(touched, f"operation {run.operation[:8]} is taken back"),
    )
