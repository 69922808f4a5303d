"""What every command works with: the settings, the two consoles, and the world behind them."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from importlib import import_module
from shutil import get_terminal_size
from typing import Any, Protocol, cast

import typer
from pydantic import ValidationError
from rich.console import Console

from decnet_core.adapters.host import Host
from decnet_core.adapters.orchestrator import FlowProcess
from decnet_core.domain.errors import Cause, InvalidSubmissionError
from decnet_core.domain.operation import FleetEvent, Operation
from decnet_core.domain.snapshot import Snapshot
from decnet_core.settings import Settings

_WIDTH_OF_A_FILE = 200


class Journal(Protocol):
    """What the commands read of the mirror."""

    def history(self, fleet: str | None = None, limit: int = 50) -> list[Operation]:
        """Return the newest operations."""

    def operation(self, operation_id: str) -> Operation | None:
        """Return one operation by its id or a unique beginning of it."""

    def events(self, fleet: str, decky: str | None = None, limit: int = 100) -> list[FleetEvent]:
        """Return the newest events."""


class World(Protocol):
    """What the commands reach: the engine, the mirror, the flows. Tests bring their own."""

    def snapshot(self, settings: Settings, fleet: str) -> Snapshot:
        """Read the fleet."""

    def host(self, settings: Settings) -> Host:
        """Connect to the engine."""

    def journal(self, settings: Settings) -> AbstractContextManager[Journal]:
        """Open the mirror for reading."""

    def holder(self, settings: Settings, host_uuid: str) -> str | None:
        """Return the operation that is writing on this host."""

    def start_flow(self, settings: Settings, name: str) -> FlowProcess:
        """Start a flow's process, which idles until it gets its parameters."""


def _live() -> World:
    """Load the real world: the Docker client and the database, only for commands that need them."""
    return cast(World, import_module("decnet_core.cli.live"))


def _console(*, stderr: bool) -> Console:
    """Open a console; what goes into a pipe or a file is not squeezed into 80 columns."""
    console = Console(stderr=stderr, highlight=False, emoji=False, markup=False)
    if not console.is_terminal:
        console.width = get_terminal_size((_WIDTH_OF_A_FILE, 24)).columns
    return console


@dataclass
class Session:
    """One run of the command line.

    Attributes:
        json: exactly one JSON document goes to standard output, also when something fails.
        can_ask: whether there is a terminal to ask at.
    """

    settings: Settings
    world_of: Callable[[], World] = _live
    out: Console = field(default_factory=lambda: _console(stderr=False))
    err: Console = field(default_factory=lambda: _console(stderr=True))
    json: bool = False
    debug: bool = False
    can_ask: bool = field(default_factory=lambda: sys.stdin.isatty() and sys.stderr.isatty())

    @classmethod
    def of_environment(cls) -> "Session":
        """Open a session with the environment's settings.

        Raises:
            InvalidSubmissionError: an environment variable holds what it cannot mean.
        """
        return cls(read_settings())

    @property
    def world(self) -> World:
        """The engine, the mirror and the flows."""
        return self.world_of()

    def snapshot(self, fleet: str) -> Snapshot:
        """Read *fleet*."""
        return self.world.snapshot(self.settings, fleet)

    def fleet(self, given: str | None) -> str:
        """Return the fleet that is meant: the one given or set, else the only one there is.

        Raises:
            InvalidSubmissionError: several fleets live here and none was named.
        """
        if given:
            return given
        known = known_fleets(self.settings)
        if not known or self.settings.fleet in known or "fleet" in self.settings.model_fields_set:
            return self.settings.fleet
        if len(known) == 1:
            return known[0]
        raise InvalidSubmissionError((Cause("--fleet", f"several fleets live here: {', '.join(known)}", "say which"),))


def session_of(ctx: typer.Context, *, json: bool = False) -> Session:
    """Return the run's session; *json* as the command was told."""
    session: Session = ctx.find_root().obj
    session.json = json
    return session


def read_settings() -> Settings:
    """Return the environment's settings.

    Raises:
        InvalidSubmissionError: an environment variable holds what it cannot mean.
    """
    try:
        return Settings()
    except ValidationError as exc:
        causes = tuple(Cause(_variable(problem["loc"]), problem["msg"]) for problem in exc.errors())
        raise InvalidSubmissionError(causes) from exc


def known_fleets(settings: Settings) -> list[str]:
    """Return the fleets that have a directory here, without asking the engine."""
    try:
        return sorted(path.name for path in settings.fleet_dir("x").parent.iterdir() if path.is_dir())
    except OSError:
        return []


def _variable(loc: tuple[Any, ...]) -> str:
    name = str(loc[0]) if loc else ""
    return name if name.isupper() else f"DECNET_{name.upper()}"
