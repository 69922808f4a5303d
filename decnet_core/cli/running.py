"""A change to the fleet as deploy and teardown both make it: preview, ask, run, report."""

from collections.abc import Callable
from typing import Any

import typer
from rich.text import Text

from decnet_core.cli.errors import print_json
from decnet_core.cli.progress import progress_for
from decnet_core.cli.render import print_plan, print_result
from decnet_core.cli.session import Session
from decnet_core.domain.errors import FleetError, InvalidSubmissionError
from decnet_core.domain.plan import Plan
from decnet_core.domain.submission import DeployOptions

Preview = Callable[[], Plan]


def run_and_report(
    session: Session,
    flow_name: str,
    parameters: dict[str, Any],
    preview: Preview,
    *,
    yes: bool,
) -> None:
    """Run a flow and print how it ended.

    The flow's process is started first: its engine takes seconds to start, and meanwhile the plan
    is shown and confirmed. It changes nothing before it is told its parameters.

    Raises:
        FleetError: refused, failed or cancelled.
        typer.Abort: the plan was not confirmed.
    """
    with session.world.start_flow(session.settings, flow_name) as flow:
        ask = session.can_ask and not yes and not parameters["dry_run"]
        plan = _look_ahead(session, preview, must=ask)
        if plan and ask and not plan.is_empty:
            confirm(session, "Go ahead?")
            # What was confirmed is what is done: a fleet that moved meanwhile is refused.
            parameters = _bound_to(plan, parameters)
        with progress_for(session.err, json=session.json, plan_known=plan is not None) as progress:
            result = flow.run(parameters, progress.on_event)
    if session.json:
        print_json(session, result.model_dump(mode="json"))
    else:
        print_result(session.out, result)


def _look_ahead(session: Session, preview: Preview, *, must: bool) -> Plan | None:
    """Show the plan where somebody watches.

    Unless it must be confirmed, only a faulty submission ends the run here: the flow itself waits
    for an engine that is silent, and for an operation that holds what this one wants.
    """
    if not session.err.is_terminal:
        return None
    try:
        plan = preview()
    except InvalidSubmissionError:
        raise
    except FleetError:
        if must:
            raise
        return None
    print_plan(session.err, plan, whole=False)
    return plan


def confirm(session: Session, question: str) -> None:
    """Ask; anything but yes ends the run.

    Raises:
        typer.Abort: the answer was no.
    """
    session.err.print(Text(question, style="bold"), end="")
    typer.confirm("", prompt_suffix="", err=True, abort=True)


def _bound_to(plan: Plan, parameters: dict[str, Any]) -> dict[str, Any]:
    options = DeployOptions.model_validate(parameters["options"])
    bound = options.model_copy(update={"expected_revision": options.expected_revision or plan.revision})
    return {**parameters, "options": bound.model_dump(mode="json")}
