"""How fleets, plans and results look: values in, Rich renderables out; every foreign text neutralised."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from decnet_core.catalog.vendors import vendor_of
from decnet_core.cli.neutral import neutral
from decnet_core.domain.operation import OperationResult, OperationStatus, Outcome
from decnet_core.domain.plan import Action, Plan, Step
from decnet_core.domain.snapshot import DeckyState, Drift

WIDE, WIDEST = 110, 140  # columns from which a table shows what is nice to know as well
_NARROWEST = 12  # columns that a wrapping column always has
_MOST_STEPS = 40  # new deckies that a plan to be confirmed shows one by one
_MANY = 12  # untouched deckies that are still shown one by one

_SIGNS = {
    Action.CREATE_NETWORK: ("+", "green"),
    Action.CREATE: ("+", "green"),
    Action.START: ("▸", "green"),
    Action.RECREATE: ("±", "yellow"),
    Action.REMOVE: ("-", "red"),
}
_DONE = {
    Action.CREATE_NETWORK: "network created",
    Action.REMOVE: "removed",
    Action.RECREATE: "re-created",
    Action.CREATE: "created",
    Action.START: "started",
}
_STATE_STYLES = {
    DeckyState.RUNNING: "green",
    DeckyState.PENDING: "cyan",
    DeckyState.DEGRADED: "yellow",
    DeckyState.STOPPED: "yellow",
    DeckyState.RETIRING: "cyan",
    DeckyState.UNKNOWN: "magenta",
    DeckyState.FAILED: "red",
    DeckyState.MISSING: "red",
}


def table(*columns: str, flexible: str = "") -> Table:
    """Return an empty table; only the column *flexible* wraps."""
    made = Table(box=box.SIMPLE_HEAD, header_style="bold", padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for column in columns:
        if column == flexible:
            made.add_column(column, overflow="fold", min_width=max(len(column), _NARROWEST))
        else:
            made.add_column(column, no_wrap=True, overflow="ellipsis")
    return made


def cell(value: object, style: str = "") -> Text:
    """Return *value* as a harmless cell."""
    return Text(neutral("" if value is None else str(value)), style=style)


def state_cell(state: DeckyState) -> Text:
    """Return a state in its colour."""
    return Text(state.value, style=_STATE_STYLES[state])


def plan_lines(plan: Plan, *, whole: bool = True) -> Iterable[Text]:
    """Yield the plan, a line a step, then what it leaves alone.

    What interrupts somebody always has its line; of the rest, not *whole* shows the beginning.
    """
    width = max((len(step.subject) for step in plan.steps), default=0)
    for action, steps in groupby(plan.steps, key=lambda step: step.action):
        several = tuple(steps)
        shown = several if whole or several[0].interrupts else several[:_MOST_STEPS]
        yield from (_step_line(step, width) for step in shown)
        if len(several) > len(shown):
            yield Text(f"  {_SIGNS[action][0]} {action.value:<15} and {len(several) - len(shown)} more", style="dim")
    if plan.keeps:
        names = ", ".join(plan.keeps) if len(plan.keeps) <= _MANY else f"{len(plan.keeps)} deckies"
        yield Text(f"  = keep            {names}", style="dim")


def _step_line(step: Step, width: int) -> Text:
    sign, style = _SIGNS[step.action]
    line = Text.assemble("  ", (f"{sign} {step.action.value:<15} ", style), (f"{step.subject:<{width}}", "bold"))
    spec = step.shall or step.was
    if spec is not None:
        line.append(f"  {spec.ip!s:<15}", style="cyan")
    line.append(f"  {neutral(step.cause)}")
    if step.sessions:
        line.append(f"  cuts {step.sessions} open session(s)", style="bold red")
    return line


def print_plan(console: Console, plan: Plan, *, whole: bool = True) -> None:
    """Print a plan for a person, under its heading."""
    console.print(Text.assemble(("plan", "bold"), f"  fleet {plan.fleet}, revision {plan.revision}: {plan.summary()}"))
    for line in plan_lines(plan, whole=whole):
        console.print(line)
    console.print()


def drift_lines(drift: Sequence[Drift]) -> list[Text]:
    """Return what differs, a line a difference under a heading, or nothing."""
    if not drift:
        return []
    lines = [Text(f"drift  {len(drift)} difference(s)", style="bold yellow")]
    width = max(len(neutral(item.subject)) for item in drift)
    for item in drift:
        line = Text.assemble("  ", (f"{item.kind.value:<11}", "yellow"), f" {neutral(item.subject):<{width}}  ")
        lines.append(line.append(neutral(item.detail)))
    return [*lines, Text()]


def mac_cell(mac: str, console: Console) -> Text:
    """Return an address with its vendor, where there is room for it."""
    vendor = vendor_of(mac) if console.width >= WIDE else None
    return Text.assemble(mac, (f"  {vendor}", "dim")) if vendor else Text(mac)


def print_result(console: Console, result: OperationResult) -> None:
    """Print how an operation ended: a row a decky, what it took, what to know."""
    shown = [row for row in result.deckies if _is_news(row)]
    quiet = [row for row in result.deckies if not _is_news(row)]
    if len(quiet) <= _MANY:
        shown, quiet = [*result.deckies], []
    if shown:
        console.print(_outcomes(shown, console))
    if quiet:
        console.print(Text(f"  and {len(quiet)} deckies that were not touched and are running\n", style="dim"))
    for warning in result.warnings:
        console.print(Text.assemble(("! ", "bold yellow"), neutral(warning)))
    console.print(_verdict(result))
    if result.stages:
        grid = Table.grid(padding=(0, 2, 0, 0))
        stages = " · ".join(f"{name} {seconds:.2f}" for name, seconds in result.stages.items())
        grid.add_row(Text("  seconds", style="dim"), Text(stages, style="dim"))
        console.print(grid)


def _is_news(row: Outcome) -> bool:
    return row.action is not None or row.state is not DeckyState.RUNNING


def _outcomes(rows: Sequence[Outcome], console: Console) -> Table:
    reasons = any(row.reason for row in rows)
    made = table("decky", "ip", "mac", "action", "state", *(["reason"] if reasons else []), flexible="reason")
    for row in rows:
        sign, style = _SIGNS[row.action] if row.action else ("=", "dim")
        cells = [
            cell(row.name, "bold"),
            cell(row.ip),
            mac_cell(row.mac, console),
            Text(f"{sign} {row.action.value if row.action else 'keep'}", style=style),
            state_cell(row.state),
        ]
        made.add_row(*cells, *([cell(row.reason)] if reasons else []))
    return made


def _done(result: OperationResult) -> str:
    """Count what was done: ``2 created, 1 removed, 5 kept``; of a dry run, what would be."""
    if result.dry_run or result.status is not OperationStatus.SUCCEEDED:
        return result.plan.summary()
    counts = [f"{len(steps)} {word}" for action, word in _DONE.items() if (steps := result.plan.of(action))]
    kept = [f"{len(result.plan.keeps)} kept"] if result.plan.keeps else []
    return ", ".join([*counts, *kept]) or "nothing to do"


def _verdict(result: OperationResult) -> Text:
    good = result.status is OperationStatus.SUCCEEDED
    sign, style = ("✓ ", "bold green") if good else ("✗ ", "bold red")
    what = "dry run, nothing was changed" if result.dry_run else result.status.value
    operation = f", operation {result.operation[:8]}" if result.operation else ""
    text = f": {_done(result)}, {result.seconds:.1f} s{operation}"
    return Text.assemble((sign, style), (f"fleet {result.fleet} {what}", "bold"), text)
