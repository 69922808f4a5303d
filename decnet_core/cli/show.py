"""`decnet show NAME`: everything about one decky."""

import json
from difflib import get_close_matches
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from decnet_core.catalog.vendors import vendor_of
from decnet_core.cli.errors import print_json
from decnet_core.cli.interactions import as_table, interactions
from decnet_core.cli.neutral import neutral
from decnet_core.cli.options import Fleet, Json, Name
from decnet_core.cli.render import cell, state_cell, table
from decnet_core.cli.session import Session, session_of
from decnet_core.cli.status import decky_document
from decnet_core.domain.errors import Cause, InvalidSubmissionError
from decnet_core.domain.operation import FleetEvent
from decnet_core.domain.snapshot import DeckyState, ObservedDecky, Snapshot
from decnet_core.planning.fleet import members
from decnet_core.planning.labels import decky_labels
from decnet_core.planning.status import states

Lines = Annotated[int, typer.Option("--lines", "-n", metavar="N", min=0, help="So many of its last interactions.")]

_EVENTS = 20
_SECRET = {"seed"}


def show(ctx: typer.Context, name: Name, fleet: Fleet = None, lines: Lines = 20, *, as_json: Json = False) -> None:
    """Show everything about one decky: configuration, labels, what the mirror remembers, who touched it.

    What intruders sent is shown with control characters made visible.

    [bold]Examples[/bold]

    decnet show web-01
    decnet show web-01 --lines 200 --json
    """
    session = session_of(ctx, json=as_json)
    snapshot = session.snapshot(session.fleet(fleet))
    found = _document(session, snapshot, name, lines)
    if as_json:
        print_json(session, found)
    else:
        _print(session.out, found)


def _document(session: Session, snapshot: Snapshot, name: str, lines: int) -> dict[str, Any]:
    row = next((row for row in states(snapshot) if row.name == name), None)
    if row is None:
        raise InvalidSubmissionError((_unknown(snapshot, name),))
    seen, recorded = snapshot.observed.get(name), snapshot.recorded.get(name)
    with session.world.journal(session.settings) as journal:
        events = journal.events(snapshot.fleet, name, _EVENTS)
    return {
        **decky_document(snapshot, row),
        "fleet": snapshot.fleet,
        "config": _config(snapshot, name),
        "labels": _labels(snapshot.fleet, seen) if seen else None,
        "container_state": {"engine_state": seen.engine_state, "status": seen.status, "image": seen.image}
        if seen
        else None,
        "mirror": recorded.model_dump(mode="json", exclude={"config": _SECRET}) if recorded else None,
        "drift": [item.model_dump(mode="json") for item in snapshot.drift if item.subject == name],
        "events": [event.model_dump(mode="json") for event in events],
        "interactions": interactions(session.world.host(session.settings).logs(seen.container_id, lines))
        if seen and lines
        else [],
    }


def _unknown(snapshot: Snapshot, name: str) -> Cause:
    near = get_close_matches(name, [row.name for row in states(snapshot)], n=1)
    remedy = f"did you mean {near[0]!r}?" if near else "see `decnet status`"
    return Cause("NAME", f"fleet {snapshot.fleet} has no decky {name!r}", remedy)


def _config(snapshot: Snapshot, name: str) -> dict[str, Any]:
    return members(snapshot)[name].spec.config.model_dump(mode="json", exclude=_SECRET)


def _labels(fleet: str, seen: ObservedDecky) -> dict[str, str]:
    """Return the labels as the container carries them, without the seed that its keys are made from."""
    labels = decky_labels(fleet, seen.spec)
    document = json.loads(labels["com.decnet.config"])
    labels["com.decnet.config"] = json.dumps({**document, "seed": "…"}, ensure_ascii=False)
    return labels


def _print(out: Console, found: dict[str, Any]) -> None:
    config = found["config"]
    head = Text.assemble((found["name"], "bold"), f" of fleet {found['fleet']}  ")
    out.print(head.append_text(state_cell(DeckyState(found["state"]))).append(f"  {neutral(found['reason'])}"))
    vendor = vendor_of(found["mac"])
    facts = {
        "address": f"{found['ip']}  {found['mac']}" + (f" ({vendor})" if vendor else ""),
        "hostname": found["hostname"],
        "face": f"{found['archetype'] or 'no archetype'}, {found['distro']}, looks like {found['nmap_os']}",
        "services": " ".join(found["services"]),
        "options": json.dumps(config["service_config"], ensure_ascii=False) if config["service_config"] else "",
        "made": f"by {found['deploy_type']}, generation {found['generation']}",
        "mutation": _mutation(config),
        "protected": "yes: removal needs --force" if found["protected"] else "",
        "container": f"{found['container']}  {str(found['container_id'])[:12]}" if found["container_id"] else "none",
        "image": config["base_image"],
    }
    _facts(out, facts)
    for item in found["drift"]:
        out.print(Text.assemble(("  drift     ", "yellow"), f"{item['kind']}: {neutral(item['detail'])}"))
    _heading(out, "mirror")
    _facts(out, _remembered(found["mirror"]) if found["mirror"] else {"row": "none"})
    if found["labels"]:
        _heading(out, "labels")
        _facts(out, {key.removeprefix("com.decnet."): value for key, value in found["labels"].items()})
    _heading(out, "events")
    out.print(_events([FleetEvent.model_validate(event) for event in found["events"]]))
    _heading(out, "interactions")
    out.print(as_table(found["interactions"]) if found["interactions"] else Text("  none", style="dim"))


def _mutation(config: dict[str, Any]) -> str:
    interval = config["mutate_interval"]
    last = f", last {config['last_mutated']}" if config["last_mutated"] else ""
    return ("as the fleet" if interval is None else "off" if interval == "off" else f"every {interval} min") + last


def _remembered(row: dict[str, Any]) -> dict[str, str]:
    keys = ("state", "reason", "wanted", "generation", "operation", "mutate_interval", "last_seen")
    return {key: str(row[key]) for key in keys if row.get(key) not in (None, "")}


def _heading(out: Console, text: str) -> None:
    out.print(Text(f"\n{text}", style="bold"))


def _facts(out: Console, facts: dict[str, str]) -> None:
    made = table("", "", flexible="").grid(padding=(0, 2, 0, 2))
    for name, value in facts.items():
        if value:
            made.add_row(cell(name, "dim"), cell(value))
    out.print(made)


def _events(events: list[FleetEvent]) -> object:
    if not events:
        return Text("  none", style="dim")
    made = table("when", "event", "detail", "operation", flexible="detail")
    for event in events:
        made.add_row(
            cell(f"{event.at.astimezone():%Y-%m-%d %H:%M:%S}"),
            cell(event.kind),
            cell(event.detail),
            cell(event.operation[:8]),
        )
    return made
