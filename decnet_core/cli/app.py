"""The command `decnet`: which commands there are, and the one place where errors become exit codes.

A command's module is loaded when the command runs. `decnet --help` and tab completion therefore
answer without the Docker client and the database library, which take longer to load than they run.
"""

from collections.abc import Iterable
from importlib import import_module
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from decnet_core.cli.errors import reported
from decnet_core.cli.session import Session


class Entry(NamedTuple):
    """One command: its name, where its code is, and its line in the help."""

    name: str
    module: str
    attribute: str
    help: str
    panel: str


_FLEET, _LOOK, _SETUP = "Change the fleet", "Look", "Set up"

ENTRIES: tuple[Entry, ...] = (
    Entry("deploy", "deploy", "deploy", "Add deckies to a fleet, or change them.", _FLEET),
    Entry("teardown", "teardown", "teardown", "Retire deckies by name, or the whole fleet.", _FLEET),
    Entry("plan", "plan", "plan", "Show what a deploy would do. Changes nothing.", _LOOK),
    Entry("status", "status", "status", "Show the fleet: every decky, its state, and drift.", _LOOK),
    Entry("show", "show", "show", "Show everything about one decky.", _LOOK),
    Entry("history", "history", "history", "Show past operations.", _LOOK),
    Entry("archetypes", "catalogue", "archetypes", "List the kinds of machines a decky can be.", _LOOK),
    Entry("services", "catalogue", "services", "List the services, or the options of one.", _LOOK),
    Entry("distros", "catalogue", "distros", "List the systems a decky can claim to run.", _LOOK),
    Entry("doctor", "doctor", "doctor", "Look at this host: what is wrong, and what to do.", _SETUP),
    Entry("network", "network", "app", "Show the fleets' networks, and reach the deckies from this host.", _SETUP),
    Entry("import", "importing", "import_file", "Turn the predecessor's INI or state file into a fleet file.", _SETUP),
    Entry("schema", "about", "schema", "Print the JSON schema of a fleet file.", _SETUP),
    Entry("version", "about", "version", "Print the version.", _SETUP),
)


def _plain(params: list[Any]) -> list[Any]:
    """Let the help say of a flag what it means, not that it is a boolean."""
    for param in params:
        if getattr(param, "is_flag", False):
            param.metavar = ""
    return params


class PlainCommand(TyperCommand):
    """A command whose help shows flags as flags."""

    def get_params(self, ctx: Any) -> Any:  # noqa: ANN401 - Typer keeps Click's types private
        """Return the parameters as the help shows them."""
        return _plain(super().get_params(ctx))


class PlainGroup(TyperGroup):
    """A group whose help shows flags as flags."""

    def get_params(self, ctx: Any) -> Any:  # noqa: ANN401 - as above
        """Return the parameters as the help shows them."""
        return _plain(super().get_params(ctx))


class LazyGroup(PlainGroup):
    """A group whose commands are loaded when they run."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - as above
        """Put the loaded command in the place of its line in the help."""
        name, command, rest = super().resolve_command(ctx, args)
        return (name, _load(name), rest) if name else (name, command, rest)

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - as above
        """Run the command; what goes wrong is said in one place."""
        with reported(ctx):
            return super().invoke(ctx)


def _load(name: str) -> Any:  # noqa: ANN401 - as above
    entry = next(entry for entry in ENTRIES if entry.name == name)
    target = getattr(import_module(f"decnet_core.cli.{entry.module}"), entry.attribute)
    if not isinstance(target, typer.Typer):
        lone = typer.Typer(add_completion=False, rich_markup_mode="rich")
        lone.command(entry.name, cls=PlainCommand)(target)
        return typer.main.get_command(lone)
    target.info.cls = PlainGroup
    for command in target.registered_commands:
        command.cls = PlainCommand
    return typer.main.get_group(target)


def _listed(entries: Iterable[Entry]) -> typer.Typer:
    listing = typer.Typer(
        cls=LazyGroup,
        no_args_is_help=True,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        help="Fill a LAN with fake machines, and never lose one.",
        epilog="Begin with `decnet deploy --help`. Exit codes: 2 invalid, 3 taken or refused, 4 stale or locked, "
        "5 host, 6 store, 130 cancelled, 1 anything else.",
    )
    for entry in entries:
        listing.command(entry.name, help=entry.help, rich_help_panel=entry.panel)(_placeholder)
    return listing


def _placeholder() -> None:
    """Stand in the help for a command that is not loaded."""


app = _listed(ENTRIES)


@app.callback()
def _root(
    ctx: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", envvar="DECNET_DEBUG", help="Show tracebacks.")] = False,
) -> None:
    if ctx.obj is None:
        ctx.obj = Session.of_environment()
    ctx.obj.debug = debug


def main() -> None:
    """Run the command line."""
    app(prog_name="decnet")
