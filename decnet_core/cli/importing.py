"""`decnet import`: the predecessor's INI or state file becomes a fleet file."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from decnet_core.adapters.fleet_files import dump_submission
from decnet_core.adapters.legacy import read_legacy
from decnet_core.cli.errors import print_json
from decnet_core.cli.neutral import neutral
from decnet_core.cli.session import session_of
from decnet_core.files import atomic_write

Source = Annotated[Path, typer.Argument(metavar="FILE", help="An INI file, or decnet-state.json.")]
Output = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="FILE", help="Where to write; default: standard output.")
]
Fleet = Annotated[
    str | None, typer.Option(metavar="FLEET", help="Name of the fleet. Default: DECNET_FLEET, or decnet.")
]
Json = Annotated[bool, typer.Option("--json", help="The submission and what was not understood, as JSON.")]


def import_file(
    ctx: typer.Context, file: Source, output: Output = None, fleet: Fleet = None, *, as_json: Json = False
) -> None:
    """Turn the predecessor's INI or state file into a fleet file. Changes no fleet.

    What was not understood is said, and left out.

    [bold]Example[/bold]

    decnet import decnet-state.json -o office.yaml
    """
    session = session_of(ctx, json=as_json)
    found = read_legacy(file, fleet or session.settings.fleet)
    if output is not None:
        atomic_write(output, dump_submission(found.submission))
    if as_json:
        document = found.submission.model_dump(mode="json", exclude_none=True)
        print_json(session, {"submission": document, "warnings": list(found.warnings)})
    elif output is None:
        session.out.file.write(dump_submission(found.submission))
    for warning in found.warnings:
        session.err.print(Text.assemble(("! ", "bold yellow"), neutral(warning)), soft_wrap=True)
    if output is not None:
        session.err.print(
            Text.assemble(("✓ ", "bold green"), f"{output}: {len(found.submission.deckies)} entries"), soft_wrap=True
        )
