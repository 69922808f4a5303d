"""`decnet deploy`: a fleet file, or a few options, become deckies."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from decnet_core.adapters.fleet_files import load_submission
from decnet_core.cli import completion, quick
from decnet_core.cli.options import (
    MEANT,
    AllowRemovals,
    DryRun,
    Empty,
    FleetOfFile,
    Force,
    Json,
    OptionalFile,
    Replace,
    Revision,
    Update,
    Yes,
)
from decnet_core.cli.running import run_and_report
from decnet_core.cli.session import Session, session_of
from decnet_core.domain.decky import DeployType
from decnet_core.domain.errors import Cause, InvalidSubmissionError
from decnet_core.domain.network import Driver
from decnet_core.domain.plan import Plan
from decnet_core.domain.submission import DeployOptions, OnFailure, Submission
from decnet_core.planning.preview import preview

_QUICK, _NET = "Without a file", "Network of a new fleet"

NewName = Annotated[str | None, typer.Option("--name", metavar="NAME", help="Its name.", rich_help_panel=_QUICK)]
Archetype = Annotated[
    str | None,
    typer.Option(metavar="KIND", help="Kind of machine.", autocompletion=completion.archetypes, rich_help_panel=_QUICK),
]
Services = Annotated[
    str | None,
    typer.Option(
        metavar="A,B", help="Default: the archetype's.", autocompletion=completion.services, rich_help_panel=_QUICK
    ),
]
Count = Annotated[int | None, typer.Option(metavar="N", help="4 makes NAME-01 … NAME-04.", rich_help_panel=_QUICK)]
Ip = Annotated[str | None, typer.Option(metavar="IP", help="Default: the lowest free.", rich_help_panel=_QUICK)]
Distro = Annotated[
    str | None,
    typer.Option(
        metavar="DISTRO", help="Default: one that fits.", autocompletion=completion.distros, rich_help_panel=_QUICK
    ),
]
DriverOption = Annotated[
    Driver | None, typer.Option("--driver", help="How deckies reach the LAN.", rich_help_panel=_NET)
]
Interface = Annotated[str | None, typer.Option(metavar="ETH", help="Parent on this host.", rich_help_panel=_NET)]
Subnet = Annotated[str | None, typer.Option(metavar="CIDR", help="As 192.168.1.0/24.", rich_help_panel=_NET)]
Gateway = Annotated[str | None, typer.Option(metavar="IP", help="Default: the subnet's first.", rich_help_panel=_NET)]
IpRange = Annotated[str | None, typer.Option(metavar="CIDR", help="Choose addresses here.", rich_help_panel=_NET)]
OnFailureOption = Annotated[
    OnFailure,
    typer.Option("--on-failure", help="Take back what failed, or keep it for a look.", rich_help_panel=MEANT),
]


def deploy(
    ctx: typer.Context,
    file: OptionalFile = None,
    name: NewName = None,
    archetype: Archetype = None,
    services: Services = None,
    count: Count = None,
    ip: Ip = None,
    distro: Distro = None,
    fleet: FleetOfFile = None,
    driver: DriverOption = None,
    interface: Interface = None,
    subnet: Subnet = None,
    gateway: Gateway = None,
    ip_range: IpRange = None,
    *,
    replace: Replace = False,
    update: Update = False,
    force: Force = False,
    allow_removals: AllowRemovals = None,
    empty: Empty = False,
    on_failure: OnFailureOption = OnFailure.REVERT,
    revision: Revision = None,
    dry_run: DryRun = False,
    as_json: Json = False,
    yes: Yes = False,
) -> None:
    """Add deckies to a fleet. Whoever is not named keeps running, untouched.

    A second file needs only what it adds: the live fleet's network is known.

    [bold]Examples[/bold]

    decnet deploy office.yaml
    decnet deploy office.yaml --replace --allow-removals 3
    decnet deploy --name web --count 4 --archetype linux-server
    decnet deploy --name nas --services smb,ssh --ip 192.168.1.40 --yes --json
    """
    session = session_of(ctx, json=as_json)
    given = {
        "name": name, "archetype": archetype, "services": services, "count": count, "ip": ip, "distro": distro,
        "driver": driver, "interface": interface, "subnet": subnet, "gateway": gateway, "ip_range": ip_range,
    }  # fmt: skip
    submission = read_submission(session, file, given, fleet)
    options = DeployOptions(
        replace=replace, update=update, force=force, allow_removals=allow_removals, empty=empty,
        on_failure=on_failure, expected_revision=revision,
    )  # fmt: skip
    parameters = {
        "submission": submission.model_dump(mode="json"),
        "options": options.model_dump(mode="json"),
        "dry_run": dry_run,
        "deploy_type": DeployType.CLI.value,
        "who": session.settings.who,
    }
    run_and_report(session, "deploy-fleet", parameters, lambda: plan_of(session, submission, options), yes=yes)


def read_submission(session: Session, file: Path | None, given: Mapping[str, object], fleet: str | None) -> Submission:
    """Return what is submitted: a file or the quick options, never both.

    Raises:
        InvalidSubmissionError: neither, both, or not what a fleet file may say.
    """
    said = [f"--{key.replace('_', '-')}" for key, value in given.items() if value is not None]
    if file is None:
        return quick.submission(given, session.fleet(fleet))
    if said:
        raise InvalidSubmissionError(
            (Cause(", ".join(said), "cannot be said beside a file", "write it into the file, or leave the file out"),)
        )
    submission = load_submission(file)
    if fleet is not None or "fleet" not in submission.model_fields_set:
        submission = submission.model_copy(update={"fleet": fleet or session.settings.fleet})
    return submission


def plan_of(session: Session, submission: Submission, options: DeployOptions) -> Plan:
    """Return the plan that *submission* would lead to now."""
    settings = session.settings
    return preview(
        session.snapshot(submission.fleet),
        submission,
        options,
        image=settings.image,
        max_deckies=settings.max_deckies,
        share=settings.max_removals,
    )
