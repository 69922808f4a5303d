"""Scripts for the fake flow, and how its process is started."""

import json
import sys
from pathlib import Path
from typing import Any

from decnet_core.adapters.orchestrator import FlowProcess
from decnet_core.domain.operation import OperationResult, OperationStatus, Outcome
from decnet_core.domain.plan import Action, Plan
from decnet_core.domain.snapshot import DeckyState
from decnet_core.settings import Settings

PROGRAM = Path(__file__).with_name("fake_flow.py")
READ = {"do": "read"}


def result(*outcomes: Outcome, **fields: Any) -> OperationResult:
    """Return a result with good defaults."""
    values: dict[str, Any] = {
        "operation": "0123456789abcdef",
        "fleet": "office",
        "status": OperationStatus.SUCCEEDED,
        "plan": Plan(fleet="office", host_uuid="host-1", revision="abc123"),
        "deckies": outcomes,
        "stages": {"snapshot": 0.02, "apply": 1.5},
        "seconds": 1.6,
    }
    return OperationResult.model_validate({**values, **fields})


def outcome(name: str, **fields: Any) -> Outcome:
    """Return a decky that was created and runs, unless told otherwise."""
    values = {"name": name, "ip": "10.77.0.5", "mac": "00:11:32:00:00:01", "action": Action.CREATE}
    return Outcome.model_validate({**values, "state": DeckyState.RUNNING, **fields})


def success(*outcomes: Outcome, **fields: Any) -> list[dict[str, Any]]:
    """Return the script of a run that ends well."""
    ended = result(*outcomes, **fields)
    return [
        {"event": "starting", "text": "starting the workflow engine"},
        READ,
        {"event": "stage", "name": "snapshot", "state": "started"},
        {"event": "stage", "name": "snapshot", "state": "done", "seconds": 0.02},
        {"event": "plan", "plan": ended.plan.model_dump(mode="json")},
        {"event": "stage", "name": "apply", "state": "started"},
        {"event": "progress", "done": 1, "total": 2, "detail": "create web-01"},
        {"event": "stage", "name": "apply", "state": "done", "seconds": 1.5},
        {"event": "result", "result": ended.model_dump(mode="json")},
    ]


def failure(kind: str, *causes: str, **fields: Any) -> list[dict[str, Any]]:
    """Return the script of a run that ends with an error."""
    return [
        READ,
        {"event": "error", "kind": kind, "text": "it failed", "causes": list(causes), "result": None, **fields},
    ]


def start(directory: Path, script: list[dict[str, Any]], name: str = "deploy-fleet") -> FlowProcess:
    """Start the fake flow with *script*; what it notes down lies in *directory*."""
    path = directory / "script.json"
    path.write_text(json.dumps(script))
    settings = Settings(state_dir=directory / "state")
    return FlowProcess.start(name, settings, [sys.executable, str(PROGRAM), str(path)])


def noted(directory: Path, kind: str) -> str:
    """Return what the fake flow noted down."""
    return (directory / f"script.{kind}").read_text()
