"""What a running operation shows: a live line a stage on a terminal, plain lines elsewhere, or nothing."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from decnet_core.cli.neutral import neutral
from decnet_core.cli.render import plan_lines
from decnet_core.domain.plan import Plan

_BAR = 24
_WITH_BAR = "apply"  # from its start, before the first batch is through
_STOPPING = (
    "stopping: what was begun is being taken back or finished, please wait",
    "still stopping: killing it would only leave the rest to the next run",
)


class Progress(Protocol):
    """Shows progress from its start to its end."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(self, *_: object) -> None:
        """Leave what was shown on the screen."""

    def on_event(self, event: dict[str, Any]) -> None:
        """Take one line of the flow's progress."""


@dataclass
class _Line:
    """One stage as it is shown."""

    name: str
    started: float
    state: str = "started"
    seconds: float = 0.0
    detail: str = ""
    done: int = 0
    total: int = 0


@dataclass
class LiveProgress:
    """Live lines on a terminal; finished stages stay, the current one counts its seconds."""

    console: Console
    clock: Callable[[], float] = time.monotonic
    plan_known: bool = False
    _lines: dict[str, _Line] = field(default_factory=dict)
    _note: str = ""
    _steps: int = 0
    _spinner: Spinner = field(default_factory=lambda: Spinner("dots", style="cyan"))

    def __post_init__(self) -> None:
        """Prepare the live region."""
        self._live = Live(self, console=self.console, refresh_per_second=8, redirect_stdout=False)

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Draw a last time; a line that only said what was going on goes away."""
        self._lines.pop("start", None)
        self._note = ""
        self._live.stop()
        self.console.print()

    def on_event(self, event: dict[str, Any]) -> None:
        """Take one line of the flow's progress."""
        match event:
            case {"event": "starting", "text": str(text)}:
                self._lines["start"] = _Line(text, self.clock())
            case {"event": "ready"}:
                self._lines["start"] = _Line("starting the run", self.clock())
            case {"event": "waiting", "holder": str(holder)}:
                self._lines["start"] = _Line(f"waiting for {holder}", self.clock())
            case {"event": "stage", "name": str(name), "state": str(state)}:
                self._lines.pop("start", None)
                self._stage(name, state, event)
            case {"event": "progress", "done": int(done), "total": int(total)}:
                self._advance(done, total, str(event.get("detail", "")))
            case {"event": "plan", "plan": dict(plan)}:
                self._planned(Plan.model_validate(plan))
            case {"event": "warning", "text": str(text)}:
                self.console.print(Text.assemble(("! ", "bold yellow"), neutral(text)))
            case {"event": "interrupt", "count": int(count)}:
                self._note = _STOPPING[min(count, len(_STOPPING)) - 1]

    def _planned(self, plan: Plan) -> None:
        self._steps = len(plan.steps)
        if not self.plan_known:
            for line in plan_lines(plan, whole=False):
                self.console.print(line)

    def _stage(self, name: str, state: str, event: dict[str, Any]) -> None:
        line = self._lines.get(name)
        if line is None or state == "started":
            line = self._lines[name] = _Line(name, self.clock(), total=self._steps if name == _WITH_BAR else 0)
        line.state = state
        line.seconds = float(event.get("seconds") or self.clock() - line.started)
        line.detail = str(event.get("detail") or "")

    def _advance(self, done: int, total: int, detail: str) -> None:
        current = [line for line in self._lines.values() if line.state == "started"]
        if current:
            current[-1].done, current[-1].total, current[-1].detail = done, total, detail

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw the stages as they stand."""
        grid = Table.grid(padding=(0, 1))
        for column in range(4):
            grid.add_column(no_wrap=True, justify="right" if column == 2 else "left", overflow="ellipsis")
        for line in self._lines.values():
            grid.add_row(self._sign(line), Text(neutral(line.name)), self._seconds(line), self._detail(line))
        yield grid
        if self._note:
            yield Text(self._note, style="bold yellow")

    def _sign(self, line: _Line) -> Any:  # noqa: ANN401 - any renderable
        if line.state == "started":
            return self._spinner
        return Text("✓", style="green") if line.state == "done" else Text("✗", style="bold red")

    def _seconds(self, line: _Line) -> Text:
        seconds = self.clock() - line.started if line.state == "started" else line.seconds
        return Text(f"{seconds:.1f} s" if line.state == "started" else f"{seconds:.2f} s", style="dim")

    def _detail(self, line: _Line) -> Any:  # noqa: ANN401 - any renderable
        text = Text(neutral(line.detail), style="dim")
        if line.state != "started" or not line.total:
            return text
        bar = Table.grid(padding=(0, 1))
        bar.add_row(
            ProgressBar(total=line.total, completed=line.done, width=_BAR), Text(f"{line.done}/{line.total}"), text
        )
        return bar


@dataclass
class PlainProgress:
    """One line for each thing that happened, for logs and pipes."""

    console: Console
    plan_known: bool = False

    def __enter__(self) -> Self:
        """Begin; nothing to prepare."""
        return self

    def __exit__(self, *_: object) -> None:
        """End; nothing to clear."""

    def on_event(self, event: dict[str, Any]) -> None:
        """Take one line of the flow's progress."""
        match event:
            case {"event": "starting" | "warning", "text": str(text)}:
                self._say(text)
            case {"event": "waiting", "holder": str(holder)}:
                self._say(f"waiting for {holder}")
            case {"event": "stage", "name": str(name), "state": "done" | "failed" as state}:
                self._say(f"{name}: {state} in {float(event.get('seconds') or 0):.2f} s  {event.get('detail') or ''}")
            case {"event": "progress", "done": int(done), "total": int(total)}:
                self._say(f"{done}/{total} {event.get('detail') or ''}")
            case {"event": "plan", "plan": dict(plan)} if not self.plan_known:
                for line in plan_lines(Plan.model_validate(plan)):
                    self.console.print(line, soft_wrap=True)
            case {"event": "interrupt", "count": int(count)}:
                self._say(_STOPPING[min(count, len(_STOPPING)) - 1])

    def _say(self, text: str) -> None:
        self.console.print(neutral(text).rstrip(), soft_wrap=True)


class NoProgress:
    """Nothing, for ``--json`` without a terminal."""

    def __enter__(self) -> Self:
        """Begin; nothing to prepare."""
        return self

    def __exit__(self, *_: object) -> None:
        """End; nothing to clear."""

    def on_event(self, event: dict[str, Any]) -> None:
        """Take one line, and keep it to itself."""


def progress_for(console: Console, *, json: bool, plan_known: bool) -> Progress:
    """Return the progress that fits *console*."""
    if console.is_terminal:
        return LiveProgress(console, plan_known=plan_known)
    return NoProgress() if json else PlainProgress(console, plan_known)
