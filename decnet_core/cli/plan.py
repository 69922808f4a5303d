"""`decnet plan`: what a deploy would do, decided here and now, without any flow."""

from typing import Annotated

import typer

from decnet_core.cli.deploy import plan_of, read_submission
from decnet_core.cli.errors import print_json
from decnet_core.cli.options import (
    AllowRemovals,
    Empty,
    FleetFile,
    FleetOfFile,
    Force,
    Json,
    Replace,
    Revision,
    Update,
)
from decnet_core.cli.render import print_plan
from decnet_core.cli.session import session_of
from decnet_core.domain.submission import DeployOptions

STEPS_WAIT = 10

ExitCode = Annotated[bool, typer.Option("--exit-code", help=f"Exit {STEPS_WAIT} when there are steps.")]


def plan(
    ctx: typer.Context,
    file: FleetFile,
    fleet: FleetOfFile = None,
    *,
    replace: Replace = False,
    update: Update = False,
    force: Force = False,
    allow_removals: AllowRemovals = None,
    empty: Empty = False,
    revision: Revision = None,
    as_json: Json = False,
    exit_code: ExitCode = False,
) -> None:
    """Show what a deploy of FILE would do. Changes nothing, and needs no workflow engine.

    The LAN is not asked, so a free address may still be another one when it comes to the deploy.

    [bold]Examples[/bold]

    decnet plan office.yaml
    decnet plan office.yaml --replace --exit-code
    """
    session = session_of(ctx, json=as_json)
    submission = read_submission(session, file, {}, fleet)
    options = DeployOptions(
        replace=replace,
        update=update,
        force=force,
        allow_removals=allow_removals,
        empty=empty,
        expected_revision=revision,
    )
    found = plan_of(session, submission, options)
    if as_json:
        print_json(session, found.model_dump(mode="json"))
    else:
        print_plan(session.out, found)
    if exit_code and not found.is_empty:
        raise typer.Exit(STEPS_WAIT)
