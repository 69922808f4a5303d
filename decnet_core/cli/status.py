"""`decnet status`: the fleet as it is, decky by decky."""

import time
from typing import Annotated, Any

import typer
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from decnet_core.cli.errors import print_json
from decnet_core.cli.options import Fleet, Json
from decnet_core.cli.render import WIDE, WIDEST, cell, drift_lines, mac_cell, state_cell, table
from decnet_core.cli.session import Session, session_of
from decnet_core.domain.errors import Cause, InvalidSubmissionError
from decnet_core.domain.operation import Outcome
from decnet_core.domain.snapshot import Snapshot
from decnet_core.planning.fleet import members
from decnet_core.planning.status import states

_EVERY = 2.0  # seconds between two looks

Watch = Annotated[bool, typer.Option("--watch", "-w", help="Look again every two seconds, until Ctrl-C.")]


def status(ctx: typer.Context, fleet: Fleet = None, *, as_json: Json = False, watch: Watch = False) -> None:
    """Show the fleet: every decky, its state and reason, and what differs from what was recorded.

    [bold]Examples[/bold]

    decnet status --watch
    decnet status --fleet office --json | jq .deckies
    """
    session = session_of(ctx, json=as_json)
    fleet = session.fleet(fleet)
    if watch and as_json:
        raise InvalidSubmissionError((Cause("--watch", "does not go with --json", "ask as often as you like"),))
    if watch:
        _watch(session, fleet)
    elif as_json:
        print_json(session, document(session, session.snapshot(fleet)))
    else:
        session.out.print(_view(session, fleet))


def _watch(session: Session, fleet: str) -> None:
    with Live(_view(session, fleet), console=session.out, screen=session.out.is_terminal, auto_refresh=False) as live:
        try:
            while True:
                time.sleep(_EVERY)
                live.update(_view(session, fleet), refresh=True)
        except KeyboardInterrupt:
            raise typer.Exit from None  # the way to end it, so not an error


def document(session: Session, snapshot: Snapshot) -> dict[str, Any]:
    """Return the fleet as scripts read it."""
    return {
        "fleet": snapshot.fleet,
        "host": {"uuid": snapshot.observation.host_uuid, "name": snapshot.observation.host_name},
        "revision": snapshot.revision,
        "network": snapshot.network.model_dump(mode="json") if snapshot.network else None,
        "deckies": [decky_document(snapshot, row) for row in states(snapshot)],
        "drift": [item.model_dump(mode="json") for item in snapshot.drift],
        "operation": session.world.holder(session.settings, snapshot.observation.host_uuid),
    }


def decky_document(snapshot: Snapshot, row: Outcome) -> dict[str, Any]:
    """Return one decky as scripts read it; its seed stays secret."""
    spec = members(snapshot)[row.name].spec
    seen, recorded = snapshot.observed.get(row.name), snapshot.recorded.get(row.name)
    last_seen = recorded.last_seen if recorded else None
    return {
        "name": row.name,
        "ip": row.ip,
        "mac": row.mac,
        "hostname": spec.config.hostname,
        "state": row.state.value,
        "reason": row.reason,
        "services": list(spec.config.services),
        "archetype": spec.config.archetype,
        "distro": spec.config.distro,
        "nmap_os": spec.config.nmap_os,
        "generation": spec.generation,
        "deploy_type": spec.deploy_type.value,
        "protected": spec.config.protected,
        "container_id": seen.container_id if seen else None,
        "container": seen.container if seen else None,
        "last_seen": last_seen.isoformat() if last_seen else None,
    }


def _view(session: Session, fleet: str) -> RenderableType:
    snapshot = session.snapshot(fleet)
    rows = states(snapshot)
    parts: list[RenderableType] = [_heading(snapshot, rows), Text()]
    if rows:
        parts += [_deckies(session.out, snapshot, rows), Text()]
    parts += drift_lines(snapshot.drift)
    if holder := session.world.holder(session.settings, snapshot.observation.host_uuid):
        parts.append(Text.assemble(("working  ", "bold cyan"), holder))
    return Group(*parts)


def _heading(snapshot: Snapshot, rows: tuple[Outcome, ...]) -> Text:
    network = snapshot.network
    head = Text.assemble(
        ("fleet ", "dim"), (snapshot.fleet, "bold"), (" on ", "dim"), snapshot.observation.host_name, "  "
    )
    if network is None:
        return head.append("no network, no deckies: `decnet deploy --help` shows how to begin", style="dim")
    running = sum(row.state.value == "running" for row in rows)
    count = f"{running} of {len(rows)} running" if rows else "no deckies"
    head.append(count, style="dim" if not rows else "green" if running == len(rows) else "yellow")
    parent = f" on {network.interface}" if network.interface else ""
    return head.append(f"  {network.driver}{parent}, {network.subnet}  revision {snapshot.revision}", style="dim")


def _deckies(console: Console, snapshot: Snapshot, rows: tuple[Outcome, ...]) -> RenderableType:
    extra = ["archetype", "hostname"][: (console.width >= WIDE) + (console.width >= WIDEST)]
    reason = ["reason"] if any(row.reason for row in rows) else []
    columns = ["decky", "ip", "mac", "state", "services", *extra, *reason]
    made = table(*columns, flexible="reason" if reason else "services")
    specs = {name: member.spec for name, member in members(snapshot).items()}
    for row in rows:
        config = specs[row.name].config
        cells = [
            Text.assemble((row.name, "bold"), (" ⚿", "yellow") if config.protected else ""),
            cell(row.ip),
            mac_cell(row.mac, console),
            state_cell(row.state),
            cell(" ".join(config.services)),
        ]
        facts = {"archetype": config.archetype or "-", "hostname": config.hostname, "reason": row.reason}
        made.add_row(*cells, *(cell(facts[column]) for column in [*extra, *reason]))
    return made
