"""`decnet network`: the fleets' networks, and the interface by which this host reaches its own deckies."""

from collections.abc import Callable, Iterable
from ipaddress import IPv4Address
from typing import Annotated, Any

import typer

from decnet_core.adapters import interfaces
from decnet_core.adapters.child_interface import ChildState, child_name
from decnet_core.adapters.doctor_engine_reader import fleet_networks
from decnet_core.adapters.lock import host_lock, lock_path
from decnet_core.cli import completion
from decnet_core.cli.errors import print_json
from decnet_core.cli.render import cell, table
from decnet_core.cli.running import confirm
from decnet_core.cli.session import Session, session_of
from decnet_core.domain.errors import Cause, HostError, HostUnfitError, InvalidSubmissionError, RemovalRefusedError
from decnet_core.domain.network import Driver, NetworkConfig
from decnet_core.domain.snapshot import Observation

app = typer.Typer(
    help="Show the fleets' networks, and let this host reach its own deckies.",
    epilog="After a reboot: `decnet network up` (the unit decnet-network.service does it).",
    no_args_is_help=True,
)

Fleet = Annotated[str | None, typer.Option(help="Only this fleet; default: all.", autocompletion=completion.fleets)]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Address = Annotated[
    IPv4Address | None,
    typer.Option(parser=IPv4Address, metavar="IP", help="The host's own address; default: a free one of the subnet."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@app.command(epilog="Examples: `decnet network show`, `decnet network show --fleet office --json`.")
def show(ctx: typer.Context, fleet: Fleet = None, *, json: Json = False) -> None:
    """Show every fleet's network, and whether this host reaches its deckies."""
    session = session_of(ctx, json=json)
    rows = [_row(session, name) for name in _fleets(session, fleet)]
    if session.json:
        print_json(session, {"networks": rows})
        return
    if not rows:
        session.out.print("no fleet has a network on this host")
        return
    made = table("fleet", "driver", "parent", "subnet", "gateway", "deckies", "host reaches them", flexible="gateway")
    for row in rows:
        names = ("fleet", "driver", "interface", "subnet", "gateway", "deckies")
        made.add_row(*(cell(row[name]) for name in names), cell(_reach(row)))
    session.out.print(made)


@app.command(epilog="Examples: `decnet network up`, `decnet network up --fleet office --address 192.168.1.250`.")
def up(ctx: typer.Context, fleet: Fleet = None, address: Address = None, *, json: Json = False) -> None:
    """Let this host reach its deckies: a child interface, and a route to each decky. Repeat at will."""
    session = session_of(ctx, json=json)
    names = _fleets(session, fleet)
    if address is not None and len(names) != 1:
        raise InvalidSubmissionError((Cause("--address", f"{len(names)} fleets live here", "say --fleet"),))

    def bring_up(name: str) -> dict[str, Any]:
        seen, config = _observed(session, name)
        taken = {*seen.host_addresses, *(ip for other in seen.foreign for ip in other.ips)}
        child = interfaces.up(config, _addresses(seen), address=address, taken=taken)
        return {"fleet": name, "child": _child(child, _addresses(seen)) if child else None}

    done = _each(names, bring_up)
    _report(session, done, _up_line, empty="no fleet has a network on this host")


@app.command(epilog="Examples: `decnet network down`, `decnet network down --fleet office`.")
def down(ctx: typer.Context, fleet: Fleet = None, *, json: Json = False) -> None:
    """Remove this host's child interfaces. The deckies stay; only this host no longer reaches them."""
    session = session_of(ctx, json=json)

    def take_down(name: str) -> dict[str, Any]:
        return {"fleet": name, "interface": child_name(name), "removed": interfaces.down(name)}

    done = _each([fleet] if fleet else _fleets(session, None), take_down)
    _report(session, done, _down_line, empty="no fleet has a network on this host")


@app.command(epilog="Example: `decnet network rm --fleet office --yes`, once the fleet is empty.")
def rm(ctx: typer.Context, fleet: Fleet = None, *, yes: Yes = False, json: Json = False) -> None:
    """Remove a fleet's Docker network and this host's child interface on it. Refused while a decky is left."""
    session = session_of(ctx, json=json)
    name = session.fleet(fleet)
    host = session.world.host(session.settings)
    if session.can_ask and not yes:
        confirm(session, f"Remove the network of fleet {name}?")
    path = lock_path(host.observe(name).host_uuid, session.settings.state_dir)
    with host_lock(path, "network rm", wait=session.settings.lock_wait, on_wait=lambda who: _waiting(session, who)):
        seen = host.observe(name)
        _require_empty(seen)
        on_bridge = seen.network is not None and seen.network.config.driver is Driver.BRIDGE
        child = False if on_bridge else interfaces.down(name)
        removed = host.remove_network(name)
    row = {"fleet": name, "removed": removed, "child_removed": child}
    _report(session, [row], _removed_line, empty="")


def _fleets(session: Session, only: str | None) -> list[str]:
    """Return the fleets that have a network on this host's engine, or the one that is asked for.

    Raises:
        InvalidSubmissionError: the one asked for has none.
    """
    known = [network.fleet for network in fleet_networks(session.settings.docker_host)]
    if only is not None and only not in known:
        names = ", ".join(known) or "none"
        raise InvalidSubmissionError((Cause("--fleet", f"fleet {only} has no network here", f"there are: {names}"),))
    return [only] if only else known


def _observed(session: Session, fleet: str) -> tuple[Observation, NetworkConfig]:
    seen = session.world.host(session.settings).observe(fleet)
    if seen.network is None:
        raise HostUnfitError((f"the network of fleet {fleet} is gone",))
    return seen, seen.network.config


def _addresses(seen: Observation) -> frozenset[IPv4Address]:
    return frozenset(decky.spec.ip for decky in seen.deckies)


def _each(names: Iterable[str], work: Callable[[str], dict[str, Any]]) -> list[dict[str, Any]]:
    """Do *work* for every fleet, also when one cannot: after a reboot each counts.

    Raises:
        HostUnfitError: with what went wrong for each that could not.
    """
    done: list[dict[str, Any]] = []
    faults: list[str] = []
    for name in names:
        try:
            done.append(work(name))
        except HostError as exc:
            faults.append(f"fleet {name}: {exc}")
    if faults:
        raise HostUnfitError(tuple(faults))
    return done


def _require_empty(seen: Observation) -> None:
    """Docker itself lets a network go whose containers are stopped; they could never start again."""
    left = tuple(sorted(decky.name for decky in seen.deckies))
    strangers = tuple(sorted(other.name for other in seen.foreign if other.on_network))
    if left:
        raise RemovalRefusedError(left, "they still sit in the network; `decnet teardown --all` retires them")
    if strangers:
        raise RemovalRefusedError(strangers, "these containers are not ours and sit in the network")


def _row(session: Session, fleet: str) -> dict[str, Any]:
    seen, config = _observed(session, fleet)
    needs = config.driver is not Driver.BRIDGE
    fields = config.model_dump(mode="json", exclude={"mutation"})
    child = _child(interfaces.state(fleet), _addresses(seen)) if needs else None
    return {**fields, "deckies": len(seen.deckies), "child": child}


def _child(state: ChildState, deckies: frozenset[IPv4Address]) -> dict[str, Any]:
    """Return the child interface for ``--json``; *missing* are deckies without a route."""
    return {
        "name": state.name,
        "exists": state.exists,
        "ours": state.ours,
        "up": state.up,
        "mac": state.mac,
        "address": str(state.addresses[0]) if state.addresses else None,
        "routes": sorted(map(str, state.routes)),
        "missing": sorted(map(str, deckies - state.routes)),
    }


def _reach(row: dict[str, Any]) -> str:
    child = row["child"]
    if child is None:
        return "by the bridge"
    if not child["exists"]:
        return "no: `decnet network up`"
    if not child["ours"]:
        return f"no: {child['name']} is somebody else's"
    if not child["up"] or child["missing"]:
        return f"{len(child['missing'])} not: `decnet network up`" if child["up"] else "no: `decnet network up`"
    return f"by {child['name']} ({child['address']})"


def _up_line(row: dict[str, Any]) -> str:
    child = row["child"]
    if child is None:
        return f"{row['fleet']}: a bridge network, reached without an interface of its own"
    return f"{row['fleet']}: {child['name']} is up at {child['address']}, routes to {len(child['routes'])} decky(s)"


def _down_line(row: dict[str, Any]) -> str:
    return f"{row['fleet']}: {row['interface']} {'removed' if row['removed'] else 'is not there'}"


def _removed_line(row: dict[str, Any]) -> str:
    return f"{row['fleet']}: network {'removed' if row['removed'] else 'is not there'}"


def _report(session: Session, rows: list[dict[str, Any]], line: Callable[[dict[str, Any]], str], *, empty: str) -> None:
    if session.json:
        print_json(session, {"networks": rows})
        return
    for text in map(line, rows) if rows else [empty]:
        session.out.print(text)


def _waiting(session: Session, who: str) -> None:
    session.err.print(f"waiting for {who}")
