"""What intruders did to one decky, from the events it wrote: JSON lines, none of them to be trusted."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.table import Table

from decnet_core.cli.neutral import neutral
from decnet_core.cli.render import cell, table

_LONGEST = 300  # characters of an intruder's words that are shown


@dataclass(frozen=True)
class Interaction:
    """One event as it is shown; every text came over the wire."""

    at: str
    service: str
    event: str
    source: str
    what: str


def interactions(lines: Iterable[str]) -> list[dict[str, Any]]:
    """Return the events among *lines*; what is none is passed on as an event named ``log``."""
    return [_parse(line) for line in lines if line.strip()]


def _parse(line: str) -> dict[str, Any]:
    try:
        event = json.loads(line)
    except ValueError:
        event = None
    return event if isinstance(event, dict) and "event" in event else {"event": "log", "data": {"line": line}}


def as_table(events: Iterable[dict[str, Any]]) -> Table:
    """Return the events as rows; that a service began to listen was nobody's doing."""
    made = table("when", "service", "event", "from", "what", flexible="what")
    for event in (_summary(event) for event in events if event["event"] != "service.ready"):
        made.add_row(cell(event.at), cell(event.service), cell(event.event), cell(event.source), cell(event.what))
    return made


def _summary(event: dict[str, Any]) -> Interaction:
    data = event.get("data")
    source = str(event.get("src_ip") or "")
    if source and event.get("src_port"):
        source += f":{event['src_port']}"
    return Interaction(
        at=_local(str(event.get("ts") or "")),
        service=str(event.get("service") or ""),
        event=str(event["event"]),
        source=source,
        what=_what(data) if isinstance(data, dict) else str(data or ""),
    )


def _local(at: str) -> str:
    """Return a time as the operator's clock shows it; what is no time, as it came."""
    try:
        return f"{datetime.fromisoformat(at).astimezone():%Y-%m-%d %H:%M:%S}"
    except ValueError:
        return at[:19]


def _what(data: dict[str, Any]) -> str:
    words = " ".join(f"{key}={_value(value)}" for key, value in data.items() if value not in (None, ""))
    return words if len(words) <= _LONGEST else words[:_LONGEST] + " …"


def _value(value: object) -> str:
    return neutral(value) if isinstance(value, str) else json.dumps(value)
