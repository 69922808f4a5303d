"""`decnet doctor`: what is wrong with this host, and what to do about it."""

from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.padding import Padding
from rich.text import Text

from decnet_core.adapters.doctor import Finding, Severity, Wish, examine, in_order, worst
from decnet_core.cli import completion
from decnet_core.cli.errors import print_json
from decnet_core.cli.neutral import neutral
from decnet_core.cli.session import Session, known_fleets, session_of
from decnet_core.domain.errors import InvalidSubmissionError, StoreError
from decnet_core.domain.network import Driver

HOST_EXIT = 5

_SIGNS = {
    Severity.PROBLEM: ("✗", "bold red"),
    Severity.WARNING: ("!", "yellow"),
    Severity.NOTE: ("·", "cyan"),
    Severity.OK: ("✓", "green"),
}

Fleet = Annotated[
    str | None, typer.Option(help="Look for this fleet; default: those there are.", autocompletion=completion.fleets)
]
DriverOption = Annotated[Driver, typer.Option("--driver", help="For a fleet that is to come.")]
Interface = Annotated[str | None, typer.Option(help="For a fleet that is to come: its parent, as eth0.")]
Subnet = Annotated[
    IPv4Network | None,
    typer.Option(parser=IPv4Network, metavar="SUBNET", help="For a fleet that is to come: as 192.168.1.0/24."),
]
Deckies = Annotated[int, typer.Option(min=0, metavar="N", help="Is there memory for N more?")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


def doctor(
    ctx: typer.Context,
    fleet: Fleet = None,
    *,
    interface: Interface = None,
    subnet: Subnet = None,
    deckies: Deckies = 0,
    driver: DriverOption = Driver.MACVLAN,
    json: Json = False,
) -> None:
    """Look at this host: engine, Compose, network, rights, memory. Changes nothing.

    Exit code 5 when there is a problem, 0 otherwise.

    Examples: `decnet doctor`, `decnet doctor --interface eth0 --subnet 192.168.1.0/24 --deckies 50`.
    """
    session = session_of(ctx, json=json)
    settings = session.settings
    fleets = _meant(session, fleet)
    wish = Wish(
        fleets[0],
        settings.image,
        driver=driver,
        interface=interface or "",
        subnet=subnet,
        certain=interface is not None or driver is Driver.BRIDGE,
        deckies=deckies,
        lan_probe=settings.lan_probe,
    )
    found = examine(settings, *(replace(wish, fleet=name) for name in fleets))
    # The mirror belongs to the store, which no adapter knows.
    findings = in_order((*found, _mirror(session)))
    if session.json:
        document = {"fleets": list(fleets), "worst": worst(findings), "findings": list(map(_row, findings))}
        print_json(session, document)
    else:
        _print(session, findings)
    if worst(findings) is Severity.PROBLEM:
        raise typer.Exit(HOST_EXIT)


def _meant(session: Session, fleet: str | None) -> tuple[str, ...]:
    """Return the fleets to look for: where several live and none is named, all of them."""
    try:
        return (session.fleet(fleet),)
    except InvalidSubmissionError:
        return tuple(known_fleets(session.settings))


def _mirror(session: Session) -> Finding:
    """Say whether the mirror can be read; one that is not there yet is left to the first deploy to make."""
    settings = session.settings
    own_file = settings.state_dir / "decnet.db"
    if not settings.database_url and not _may_exist(own_file):
        return Finding("mirror-new", Severity.OK, "no mirror yet", f"the first deploy makes {own_file}")
    try:
        with session.world.journal(settings) as journal:
            journal.history(limit=1)
    except StoreError as exc:
        return Finding(
            "mirror-unusable",
            Severity.PROBLEM,
            "the mirror cannot be used",
            str(exc),
            "see DECNET_DATABASE_URL and DECNET_STATE_DIR; the deckies themselves are untouched",
        )
    return Finding("mirror", Severity.OK, "the mirror can be read")


def _may_exist(path: Path) -> bool:
    """Say whether *path* is there, or hidden from us: opening it then tells why."""
    try:
        return path.exists()
    except PermissionError:
        return True


def _row(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "severity": finding.severity.value,
        "title": finding.title,
        "detail": finding.detail,
        "remedy": finding.remedy,
    }


def _print(session: Session, findings: tuple[Finding, ...]) -> None:
    for finding in findings:
        sign, style = _SIGNS[finding.severity]
        good = finding.severity is Severity.OK
        title = (neutral(finding.title), "" if good else "bold")
        aside = (f"  {neutral(finding.detail)}", "dim") if good and finding.detail else ""
        session.out.print(Text.assemble((f"{sign} ", style), title, aside))
        if finding.detail and not good:
            session.out.print(Padding(Text(neutral(finding.detail)), (0, 0, 0, 4), expand=False))
        if finding.remedy:
            session.out.print(
                Padding(Text.assemble(("→ ", "cyan"), neutral(finding.remedy)), (0, 0, 0, 2), expand=False)
            )
    counts = [
        f"{number} {severity.value}{'s' if number > 1 else ''}"
        for severity in (Severity.PROBLEM, Severity.WARNING, Severity.NOTE)
        if (number := sum(finding.severity is severity for finding in findings))
    ]
    session.out.print()
    session.out.print(Text(", ".join(counts) or "this host is fit", style="bold"))
