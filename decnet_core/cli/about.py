"""`decnet schema` and `decnet version`."""

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of

import typer

from decnet_core.adapters.fleet_files import submission_schema
from decnet_core.cli.errors import print_json
from decnet_core.cli.options import Json
from decnet_core.cli.session import session_of


def schema(ctx: typer.Context) -> None:
    """Print the JSON schema of a fleet file, for editors.

    [bold]Example[/bold]

    decnet schema > fleet.schema.json
    """
    print_json(session_of(ctx), submission_schema())


def version(ctx: typer.Context, *, as_json: Json = False) -> None:
    """Print the version of DECNET and the image its deckies are made from.

    [bold]Example[/bold]

    decnet version --json
    """
    session = session_of(ctx, json=as_json)
    found = _installed()
    if as_json:
        print_json(session, {"version": found, "image": session.settings.image})
    else:
        session.out.print(f"decnet {found}, image {session.settings.image}")


def _installed() -> str:
    try:
        return version_of("decnet-fleet")
    except PackageNotFoundError:
        return "(not installed)"
