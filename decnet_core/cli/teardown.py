"""`decnet teardown`: retire deckies by name, or the whole fleet."""

from typing import Annotated

import typer

from decnet_core.cli.options import DryRun, Fleet, Force, Json, Names, Yes
from decnet_core.cli.running import run_and_report
from decnet_core.cli.session import Session, session_of
from decnet_core.domain.decky import DeployType
from decnet_core.domain.errors import Cause, InvalidSubmissionError
from decnet_core.domain.plan import Plan
from decnet_core.domain.submission import DeployOptions, OnFailure
from decnet_core.planning.fleet import members
from decnet_core.planning.preview import preview_teardown

All = Annotated[bool, typer.Option("--all", help="The whole fleet. Its network stays: `decnet network rm`.")]
OnFailureOption = Annotated[
    OnFailure, typer.Option("--on-failure", help="Bring back what went before a failure, or leave it.")
]


def teardown(
    ctx: typer.Context,
    names: Names = None,
    *,
    every: All = False,
    fleet: Fleet = None,
    force: Force = False,
    on_failure: OnFailureOption = OnFailure.REVERT,
    dry_run: DryRun = False,
    as_json: Json = False,
    yes: Yes = False,
) -> None:
    """Retire deckies. Whoever is not named keeps running, untouched.

    A retired name is remembered: deployed again, it shows the same face. Without a terminal, say --yes.

    [bold]Examples[/bold]

    decnet teardown web-02 web-03
    decnet teardown --all --fleet office --yes
    """
    session = session_of(ctx, json=as_json)
    wanted = sorted(set(names or ()))
    _require_clear(session, wanted, every=every, asked=yes or dry_run)
    fleet = session.fleet(fleet)
    options = DeployOptions(force=force, on_failure=on_failure)
    parameters = {
        "fleet": fleet,
        "names": wanted,
        "all": every,
        "options": options.model_dump(mode="json", include={"force", "on_failure"}),
        "dry_run": dry_run,
        "deploy_type": DeployType.CLI.value,
        "who": session.settings.who,
    }
    run_and_report(session, "teardown-fleet", parameters, lambda: _plan(session, fleet, wanted, options), yes=yes)


def _require_clear(session: Session, names: list[str], *, every: bool, asked: bool) -> None:
    causes = []
    if not names and not every:
        causes.append(Cause("decnet teardown", "nobody was named", "name deckies, or say --all"))
    if names and every:
        causes.append(Cause("--all", f"names everybody, and {', '.join(names)} were named as well", "say one of both"))
    if not asked and not session.can_ask:
        causes.append(Cause("decnet teardown", "there is no terminal to ask at", "say --yes"))
    if causes:
        raise InvalidSubmissionError(tuple(causes))


def _plan(session: Session, fleet: str, names: list[str], options: DeployOptions) -> Plan:
    snapshot = session.snapshot(fleet)
    return preview_teardown(snapshot, frozenset(names or members(snapshot)), options)
