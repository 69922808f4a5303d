"""The one place where errors become sentences and exit codes: every cause on its line, the way out last."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text
from rich.traceback import Traceback

from decnet_core.adapters.orchestrator import CANCELLED, RunFailedError
from decnet_core.cli.neutral import neutral
from decnet_core.cli.render import print_result
from decnet_core.cli.session import Session
from decnet_core.domain import errors as kinds
from decnet_core.domain.operation import OperationResult

EXIT_CODES: tuple[tuple[type[kinds.FleetError], int], ...] = (
    (kinds.InvalidSubmissionError, 2),
    (kinds.CollisionError, 3),
    (kinds.RemovalRefusedError, 3),
    (kinds.StalePlanError, 4),
    (kinds.LockedError, 4),
    (kinds.HostError, 5),
    (kinds.StoreError, 6),
)

HEADLINES = {
    "InvalidSubmissionError": "what was submitted cannot be carried out; nothing was changed",
    "CollisionError": "what was submitted is taken already; nothing was changed",
    "HostUnfitError": "this host cannot carry the fleet as it is set up",
    "UnreadableLabelError": "labels of ours cannot be read, so the fleet is not known whole; nothing was changed",
    "StepFailedError": "the engine refused",
    "NotServingError": "up, but not serving",
    "SurvivorTouchedError": "deckies that nobody named changed while the operation ran",
}
"""For kinds that list causes; any other says its own sentence."""

WAYS_OUT = {
    "Cancelled": "`decnet status` shows what is left",
    "InvalidSubmissionError": "correct the lines above; `decnet schema` prints what a fleet file may say",
    "CollisionError": "choose others, or leave them out and free ones are chosen; `decnet status` shows who holds what",
    "RemovalRefusedError": "name the deckies (`decnet teardown NAME`), or say --allow-removals N, --force or --empty",
    "StalePlanError": "look at `decnet plan` again and repeat",
    "LockedError": "try again when it has ended; the lock is free the moment its process is gone",
    "HostSilentError": "`decnet doctor` tells what is wrong with the engine",
    "HostUnfitError": "`decnet doctor` lists what to do for each",
    "UnreadableLabelError": "look with `docker inspect`; remove by hand what is not a decky of yours",
    "ImageMissingError": "build it with `make image`",
    "StepFailedError": "correct the cause and submit again; --on-failure keep leaves what failed for a look",
    "NotServingError": "`decnet show NAME` has its last words; --on-failure keep leaves what failed for a look",
    "SurvivorTouchedError": "`decnet status` shows them; somebody else is working on this engine",
    "StoreUnavailableError": "see DECNET_DATABASE_URL and DECNET_STATE_DIR; the deckies themselves are untouched",
    "ExportFailedError": "free some space or set DECNET_STATE_DIR; the deckies themselves are untouched",
}


@dataclass(frozen=True)
class Failure:
    """An error as it is shown: what, why, and the way out."""

    kind: str
    exit: int
    text: str
    causes: tuple[str, ...] = ()
    way_out: str = ""
    result: OperationResult | None = None

    def document(self) -> dict[str, Any]:
        """Return it for ``--json``."""
        error = {"kind": self.kind, "exit": self.exit, "text": self.text, "causes": list(self.causes)}
        result = self.result.model_dump(mode="json") if self.result else None
        return {"error": {**error, "way_out": self.way_out}, "result": result}


def failure_of(exc: kinds.FleetError) -> Failure:
    """Translate an error of ours."""
    if isinstance(exc, RunFailedError):
        causes = tuple(cause for cause in exc.causes if cause != exc.text)
        text = HEADLINES.get(exc.kind, exc.text) if causes else exc.text
        code = _exit_code(getattr(kinds, exc.kind, RunFailedError)) or exc.exit_code
        return Failure(exc.kind, code, text, causes, WAYS_OUT.get(exc.kind, ""), exc.result)
    kind = type(exc).__name__
    code = _exit_code(type(exc)) or 1
    causes = kinds.causes_of(exc)
    text = HEADLINES.get(kind, str(exc)) if causes else str(exc)
    return Failure(kind, code, text, causes, WAYS_OUT.get(kind, ""))


def _exit_code(kind: type[BaseException]) -> int | None:
    return next((code for base, code in EXIT_CODES if issubclass(kind, base)), None)


def print_failure(console: Console, failure: Failure) -> None:
    """Print what went wrong for a person."""
    console.print(Text.assemble(("✗ ", "bold red"), (neutral(failure.text), "bold")))
    for cause in failure.causes:
        console.print(Padding(Text(neutral(cause)), (0, 0, 0, 4), expand=False))
    if failure.way_out:
        console.print(Padding(Text.assemble(("→ ", "cyan"), neutral(failure.way_out)), (0, 0, 0, 2), expand=False))


@contextmanager
def reported(ctx: typer.Context) -> Iterator[None]:
    """Turn whatever goes wrong inside into sentences and an exit code."""
    trace: BaseException
    try:
        yield
    except kinds.FleetError as exc:
        failure, trace = failure_of(exc), exc
    except (KeyboardInterrupt, typer.Abort) as exc:
        failure, trace = Failure("Cancelled", CANCELLED, "cancelled: nothing was changed"), exc
    except (typer.TyperException, typer.Exit, BrokenPipeError):
        raise  # usage errors and ends, which Typer prints
    except Exception as exc:  # noqa: BLE001 - a fault of this program: a traceback is no answer for an operator
        failure, trace = _fault(exc), exc
    else:
        return
    _report(ctx.find_root().obj, failure, trace)
    raise typer.Exit(failure.exit)


def _fault(exc: Exception) -> Failure:
    text = f"unexpected {type(exc).__name__}: {exc}"
    return Failure("Fault", 1, text, (), "this is a fault of DECNET: please report it with the output of --debug")


def _report(session: Session | None, failure: Failure, exc: BaseException) -> None:
    console = session.err if session else Console(stderr=True, highlight=False)
    if session and session.json:
        print_json(session, failure.document())
    elif session and failure.result and failure.result.deckies:
        print_result(session.out, failure.result)
    if not (session and session.json) or console.is_terminal:
        print_failure(console, failure)
    if session and session.debug:
        console.print(Traceback.from_exception(type(exc), exc, exc.__traceback__))


def print_json(session: Session, document: object) -> None:
    """Print the one JSON document of a run."""
    session.out.file.write(json.dumps(document, indent=2, ensure_ascii=True) + "\n")
