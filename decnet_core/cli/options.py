"""The options that several commands share, said once."""

from pathlib import Path
from typing import Annotated, Any

import typer

from decnet_core.cli import completion

MEANT = "How it is meant"


def _option(*names: str, help: str, metavar: str | None = None, panel: str | None = None, **more: Any) -> Any:  # noqa: A002, ANN401 - Typer's own
    return typer.Option(*names, help=help, metavar=metavar, rich_help_panel=panel, **more)


FleetFile = Annotated[Path, typer.Argument(metavar="FILE|-", help="Fleet file; - reads standard input.")]
OptionalFile = Annotated[Path | None, typer.Argument(metavar="FILE|-", help="Fleet file; - reads standard input.")]
Names = Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Who goes.", autocompletion=completion.deckies)]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Which decky.", autocompletion=completion.deckies)]

Fleet = Annotated[
    str | None,
    _option("--fleet", help="Default: the one there is.", metavar="FLEET", autocompletion=completion.fleets),
]
FleetOfFile = Annotated[
    str | None,
    _option(
        "--fleet", help="Default: the file's, else the one there is.", metavar="FLEET", autocompletion=completion.fleets
    ),
]
Json = Annotated[bool, _option("--json", help="One JSON document on standard output.")]
DryRun = Annotated[bool, _option("--dry-run", help="Stop before anything is written.")]
Yes = Annotated[bool, _option("--yes", "-y", help="Do not ask.")]

Replace = Annotated[bool, _option("--replace", help="The file is the whole fleet: the rest goes.", panel=MEANT)]
Update = Annotated[bool, _option("--update", help="Deckies that exist and differ may be changed.", panel=MEANT)]
Force = Annotated[bool, _option("--force", help="Protected deckies may be removed.", panel=MEANT)]
AllowRemovals = Annotated[
    int | None, _option("--allow-removals", help="So many may go unnamed.", metavar="N", panel=MEANT, min=0)
]
Empty = Annotated[bool, _option("--empty", help="An empty fleet is really meant.", panel=MEANT)]
Revision = Annotated[
    str | None, _option("--revision", help="Refuse unless the fleet is at this one.", metavar="R", panel=MEANT)
]
