"""What a running operation shows, on a terminal and in a pipe."""

from io import StringIO
from typing import Any

from rich.console import Console

from decnet_core.cli.progress import LiveProgress, PlainProgress, progress_for

EVENTS: list[dict[str, Any]] = [
    {"event": "starting", "text": "starting the workflow engine"},
    {"event": "ready"},
    {"event": "waiting", "holder": "operation 1"},
    {"event": "stage", "name": "snapshot", "state": "started"},
    {"event": "stage", "name": "snapshot", "state": "done", "seconds": 0.02, "detail": "5 observed"},
    {"event": "warning", "text": "odd \x1b[31m"},
    {"event": "stage", "name": "apply", "state": "started"},
    {"event": "progress", "done": 25, "total": 100, "detail": "create web-07"},
    {"event": "interrupt", "count": 1},
    {"event": "something new", "x": 1},
]


def test_given_a_terminal_when_events_come_then_the_current_stage_has_a_bar():
    console = Console(file=StringIO(), force_terminal=True, width=100, color_system=None)
    progress = LiveProgress(console, clock=lambda: 100.0)
    for event in EVENTS:
        progress.on_event(event)

    with console.capture() as captured:
        console.print(progress)

    drawn = captured.get()
    assert "✓ snapshot" in drawn
    assert "25/100" in drawn
    assert "create web-07" in drawn
    assert "stopping: what was begun is being taken back or finished" in drawn
    assert "workflow engine" not in drawn


def test_given_a_pipe_when_events_come_then_each_is_a_harmless_line():
    console = Console(file=StringIO(), force_terminal=False, width=40)
    with PlainProgress(console) as progress:
        for event in EVENTS:
            progress.on_event(event)

    assert isinstance(console.file, StringIO)
    assert console.file.getvalue().splitlines() == [
        "starting the workflow engine",
        "waiting for operation 1",
        "snapshot: done in 0.02 s  5 observed",
        "odd \\x1b[31m",
        "25/100 create web-07",
        "stopping: what was begun is being taken back or finished, please wait",
    ]


def test_given_json_and_no_terminal_when_events_come_then_nothing_is_said():
    console = Console(file=StringIO(), force_terminal=False)
    with progress_for(console, json=True, plan_known=False) as progress:
        for event in EVENTS:
            progress.on_event(event)

    assert isinstance(console.file, StringIO)
    assert console.file.getvalue() == ""
