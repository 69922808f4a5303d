"""An operation: who asked for what, what was planned, how it ended, decky by decky."""

from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict

from decnet_core.domain.decky import DeployType
from decnet_core.domain.plan import Action, Plan
from decnet_core.domain.snapshot import DeckyState


class OperationKind(StrEnum):
    """What an operation is for."""

    DEPLOY = "deploy"
    TEARDOWN = "teardown"


class OperationStatus(StrEnum):
    """Where an operation stands; ``running`` and ``reverting`` are open."""

    RUNNING = "running"
    REVERTING = "reverting"
    SUCCEEDED = "succeeded"
    REVERTED = "reverted"
    FAILED = "failed"
    SUPERSEDED = "superseded"

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to finish it."""
        return self in (OperationStatus.RUNNING, OperationStatus.REVERTING)


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Operation(_Record):
    """One row of the journal, written before anything is done."""

    id: str
    kind: OperationKind
    fleet: str
    host_uuid: str
    who: str
    deploy_type: DeployType
    request: dict[str, object]
    plan: Plan
    base_revision: str
    status: OperationStatus = OperationStatus.RUNNING
    started_at: AwareDatetime
    ended_at: AwareDatetime | None = None
    flow_run: str | None = None
    error: str | None = None
    stages: dict[str, float] = {}


class EventKind(StrEnum):
    """What really changed on one decky."""

    CREATED = "created"
    STARTED = "started"
    CHANGED = "changed"
    MUTATED = "mutated"
    MOVED = "moved"
    FAILED = "failed"
    REPAIRED = "repaired"
    ADOPTED = "adopted"
    RETIRED = "retired"


class Outcome(_Record):
    """How one decky came out of an operation."""

    name: str
    ip: str
    mac: str
    action: Action | None
    state: DeckyState
    reason: str = ""
    named: bool = True


class FleetEvent(_Record):
    """One real change to one decky; none is written for survivors."""

    at: AwareDatetime
    fleet: str
    host_uuid: str
    decky: str
    kind: EventKind
    detail: str
    operation: str


class OperationResult(_Record):
    """What a flow returns and ``--json`` prints.

    Attributes:
        stages: seconds of each stage, in the order in which they ran.
        warnings: what did not stop the operation and should be known.
    """

    operation: str | None
    fleet: str
    status: OperationStatus
    dry_run: bool = False
    plan: Plan
    deckies: tuple[Outcome, ...] = ()
    stages: dict[str, float] = {}
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    error: str | None = None
