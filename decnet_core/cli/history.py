"""`decnet history`: past operations, who asked for what and how it ended."""

from typing import Annotated

import typer
from rich.text import Text

from decnet_core.cli import completion
from decnet_core.cli.errors import print_json
from decnet_core.cli.neutral import neutral
from decnet_core.cli.options import Json
from decnet_core.cli.render import cell, print_plan, table
from decnet_core.cli.session import Session, session_of
from decnet_core.domain.errors import Cause, InvalidSubmissionError
from decnet_core.domain.operation import Operation, OperationStatus

Id = Annotated[str | None, typer.Argument(metavar="ID", help="Show this one, by a unique beginning of its id.")]
Fleet = Annotated[str | None, typer.Option(metavar="FLEET", help="Only this one's.", autocompletion=completion.fleets)]
Limit = Annotated[int, typer.Option("--limit", "-n", metavar="N", min=1, help="So many, the newest first.")]

_STYLES = {
    OperationStatus.SUCCEEDED: "green",
    OperationStatus.RUNNING: "cyan",
    OperationStatus.REVERTING: "cyan",
    OperationStatus.REVERTED: "yellow",
    OperationStatus.SUPERSEDED: "yellow",
    OperationStatus.FAILED: "red",
}


def history(
    ctx: typer.Context, operation: Id = None, fleet: Fleet = None, limit: Limit = 20, *, as_json: Json = False
) -> None:
    """Show past operations, newest first, or one of them with its plan and the seconds of each stage.

    [bold]Examples[/bold]

    decnet history
    decnet history 3f2a
    """
    session = session_of(ctx, json=as_json)
    with session.world.journal(session.settings) as journal:
        if operation is None:
            found = journal.history(fleet, limit)
        else:
            one = journal.operation(operation)
            if one is None:
                raise InvalidSubmissionError(
                    (Cause("ID", f"no operation begins with {operation!r}", "see `decnet history`"),)
                )
            found = [one]
    if as_json:
        documents = [_without_secrets(item).model_dump(mode="json") for item in found]
        print_json(session, documents if operation is None else documents[0])
    elif operation is None:
        _list(session, found)
    else:
        _detail(session, found[0])


def _list(session: Session, operations: list[Operation]) -> None:
    if not operations:
        session.out.print(Text("no operation yet", style="dim"))
        return
    made = table("operation", "when", "fleet", "kind", "who", "status", "plan", flexible="plan")
    for item in operations:
        made.add_row(
            cell(item.id[:8], "bold"),
            cell(f"{item.started_at.astimezone():%Y-%m-%d %H:%M}"),
            cell(item.fleet),
            cell(item.kind),
            cell(f"{item.who} ({item.deploy_type})"),
            Text(item.status, style=_STYLES[item.status]),
            cell(item.plan.summary()),
        )
    session.out.print(made)


def _detail(session: Session, item: Operation) -> None:
    out = session.out
    out.print(Text.assemble((item.kind.value, "bold"), f" {item.id}  ", (item.status.value, _STYLES[item.status])))
    ended = f"{item.ended_at.astimezone():%Y-%m-%d %H:%M:%S}" if item.ended_at else "not ended"
    rows = {
        "fleet": item.fleet,
        "who": f"{item.who}, from the {item.deploy_type}",
        "time": f"{item.started_at.astimezone():%Y-%m-%d %H:%M:%S} … {ended}",
        "flow run": item.flow_run or "",
        "seconds": " · ".join(f"{name} {seconds:.2f}" for name, seconds in item.stages.items()),
        "error": item.error or "",
    }
    for name, value in rows.items():
        if value:
            out.print(Text.assemble((f"  {name:<9}", "dim"), neutral(value)))
    out.print()
    print_plan(out, item.plan)


def _without_secrets(operation: Operation) -> Operation:
    """Return *operation* as it may be shown: no seeds, no service options."""
    return operation.model_copy(update={"plan": operation.plan.without_secrets(), "request": {}})
