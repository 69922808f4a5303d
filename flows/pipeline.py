"""The half of every story that changes something: write, apply, verify, mirror, or take it back."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prefect.exceptions import TerminationSignal

from decnet_core.domain.errors import FleetError, OperationFailedError, StalePlanError, SurvivorTouchedError
from decnet_core.domain.operation import OperationResult, OperationStatus
from decnet_core.domain.submission import OnFailure
from decnet_core.reading import take_snapshot
from tasks.apply import apply_batches, write_compose
from tasks.record import begin_operation, mirror_fleet
from tasks.revert import as_it_was, take_back
from tasks.run import Decision, Run
from tasks.verify import verify_fleet


def carry_out(run: Run, decision: Decision, request: dict[str, Any], on_failure: OnFailure) -> OperationResult:
    """Carry the plan out and record what came of it.

    Raises:
        OperationFailedError: with the reason, and the result after what was made has been taken back or kept.
        StoreUnavailableError: all is done and could not be recorded; the next run records it.
    """
    begin_operation(run, decision.plan, request)
    try:
        write_compose(run, decision)
        apply_batches(run, decision)
        observation = verify_fleet(run, decision)
    except (Exception, KeyboardInterrupt, TerminationSignal) as exc:
        # whatever ends the attempt, what it made is taken back before the host is let go
        with _undisturbed():
            result = _settle(run, decision, on_failure, exc)
        if isinstance(exc, FleetError):
            raise OperationFailedError(exc, result) from exc
        raise
    deckies = mirror_fleet(run, decision, OperationStatus.SUCCEEDED, observation)
    return run.result(OperationStatus.SUCCEEDED, decision.plan, deckies)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ignore Ctrl-C and a request to end: one of them is why we are here, a second would leave the work half done."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals reach the main thread alone
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _settle(run: Run, decision: Decision, on_failure: OnFailure, reason: BaseException) -> OperationResult:
    """Take back what this operation made, or keep it when that was asked for; record either."""
    error = str(reason) or type(reason).__name__
    kept = on_failure is OnFailure.KEEP or isinstance(reason, SurvivorTouchedError)
    status = OperationStatus.FAILED if kept else OperationStatus.REVERTED
    try:
        if isinstance(reason, StalePlanError):
            after = as_it_was(run, decision, take_snapshot(run.host, run.mirror, run.fleet))  # nothing was done
        else:
            after = decision.desired if kept else take_back(run, decision)
        settled = Decision(decision.snapshot, after, decision.plan)
        deckies = mirror_fleet(run, settled, status, run.host.observe(run.fleet), error)
    except FleetError as exc:
        run.warn(f"not all could be taken back, the next run finishes it: {exc}")
        return run.result(OperationStatus.RUNNING, decision.plan, error=error)
    return run.result(status, decision.plan, deckies, error=error)
