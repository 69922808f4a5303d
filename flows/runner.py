"""One flow run from the command line's side: parameters in, progress and outcome out."""

import contextlib
import json
import os
import signal
import sys
from types import FrameType
from typing import Any

import httpx
from prefect.exceptions import PrefectException
from prefect.flows import Flow
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from pydantic import ValidationError

from decnet_core.domain.errors import FleetError, OperationFailedError, causes_of
from decnet_core.domain.operation import OperationResult
from flows.confidential import ConfidentialSubmission
from flows.deploy import deploy_fleet
from flows.embedded import EmbeddedServer, EngineStartError
from flows.teardown import teardown_fleet
from flows.verdict import Verdict, keeping_verdict
from tasks.progress import report

FLOWS: dict[str, Flow[..., OperationResult]] = {flow.name: flow for flow in (deploy_fleet, teardown_fleet)}

_CANCELLED = 130


def run_flow(name: str, server: EmbeddedServer | None) -> int:
    """Run the flow *name* with the parameters on standard input; return the process's exit code."""
    with keeping_verdict() as verdict:
        code = _run(name, server, verdict)
    if verdict.unrecorded:
        # Prefect's threads would try for most of a minute to tell a dead server more; all of ours is told
        if server is not None:
            server.stop()
        os._exit(code)
    return code


def _run(name: str, server: EmbeddedServer | None, verdict: Verdict) -> int:
    interrupt = Interrupt()
    for number in (signal.SIGINT, signal.SIGTERM):  # the latter Prefect passes on once all is taken back
        signal.signal(number, interrupt)
    try:
        if server is not None:
            server.wait()
        report({"event": "ready"})
        text = sys.stdin.read()
        if not text.strip():
            return 0
        with _no_heartbeats() if server is not None else contextlib.nullcontext():
            result = _call(FLOWS[name], _parameters(text), verdict)
    except (Exception, KeyboardInterrupt) as exc:  # noqa: BLE001 - the last word of a process: it must be said
        return _ended_by(exc, interrupted=interrupt.came)
    report({"event": "result", "result": result.model_dump(mode="json")})
    return 0


class Interrupt:
    """Ctrl-C or a request to end, remembered: libraries turn the exception into one of their own."""

    def __init__(self) -> None:
        self.came = False

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        """Stop whatever is being done."""
        self.came = True
        raise KeyboardInterrupt


def _ended_by(exc: BaseException, *, interrupted: bool) -> int:
    """Report what the run ended with and return the process's exit code; re-raise what is a fault of our own."""
    kind, text = type(exc).__name__, str(exc) or type(exc).__name__
    match exc:
        case OperationFailedError():
            _report_error(type(exc.reason).__name__, text, causes_of(exc.reason), exc.result)
        case FleetError():
            _report_error(kind, text, causes_of(exc))
        case EngineStartError() | ValidationError() | httpx.HTTPError() | PrefectException():
            _report_error(kind, text)
        case _ if interrupted or isinstance(exc, KeyboardInterrupt):
            _report_error("Cancelled", "cancelled")
            return _CANCELLED
        case _:
            _report_error(kind, f"a fault of DECNET's own: {exc!r}")
            raise exc
    return 1


def _call(flow: Flow[..., OperationResult], parameters: dict[str, Any], verdict: Verdict) -> OperationResult:
    """Call *flow* and go by its own verdict, also where Prefect could not record it."""
    try:
        result: OperationResult = flow(**parameters)
    except (httpx.HTTPError, PrefectException) as exc:
        verdict.unrecorded = True
        report({"event": "warning", "text": f"Prefect did not record how this run ended: {exc!r}"})
        if verdict.result is not None:
            return verdict.result
        if verdict.error is not None:
            raise verdict.error from exc
        raise
    return result


def _parameters(text: str) -> dict[str, Any]:
    parameters: dict[str, Any] = json.loads(text)
    if "submission" in parameters:
        parameters["submission"] = ConfidentialSubmission.model_validate(parameters["submission"])
    return parameters


def _no_heartbeats() -> contextlib.AbstractContextManager[object]:
    """Switch off the heartbeat of a run whose server ends with it: waiting for its last beat takes a second."""
    return temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None})


def _report_error(kind: str, text: str, causes: tuple[str, ...] = (), result: OperationResult | None = None) -> None:
    event: dict[str, Any] = {"event": "error", "kind": kind, "text": text, "causes": causes, "result": None}
    if result is not None:
        event["result"] = result.model_dump(mode="json")
    with contextlib.suppress(BrokenPipeError):
        report(event)
