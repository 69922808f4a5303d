"""What the tasks of one operation share: whom they talk to, who asked, how long each stage took."""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from decnet_core.adapters.host import Host
from decnet_core.adapters.lock import host_lock, lock_path
from decnet_core.domain.decky import DeployType
from decnet_core.domain.operation import OperationKind, OperationResult, OperationStatus, Outcome
from decnet_core.domain.plan import Desired, Plan
from decnet_core.domain.snapshot import DeckyState, Snapshot
from decnet_core.planning.merge import Provenance
from decnet_core.reading import connect, open_mirror
from decnet_core.settings import Settings
from decnet_core.store.mirror import Mirror
from tasks.progress import report
from tasks.publish import Window

_NOTICEABLE_SECONDS = 0.1


@dataclass(frozen=True)
class Origin:
    """Who asked, from where, for what kind of operation."""

    kind: OperationKind
    fleet: str
    who: str
    deploy_type: DeployType


@dataclass(frozen=True)
class Fault:
    """What is wrong with one decky: the state it is in, and why."""

    state: DeckyState
    why: str


class Run:
    """One operation under way. Not a dataclass: Prefect would look through every field of one."""

    def __init__(self, settings: Settings, host: Host, mirror: Mirror, origin: Origin) -> None:
        self.settings = settings
        self.host = host
        self.mirror = mirror
        self.origin = origin
        self.operation = uuid.uuid4().hex
        self.stages: dict[str, float] = {}
        self.warnings: list[str] = []
        self.faults: dict[str, Fault] = {}
        self.applying = False
        self.window = Window(origin.fleet)
        self._began = time.monotonic()

    @property
    def fleet(self) -> str:
        """The fleet's name."""
        return self.origin.fleet

    @property
    def provenance(self) -> Provenance:
        """What new deckies are stamped with."""
        return Provenance(self.operation, self.origin.deploy_type, self.settings.image)

    def note_wait(self) -> None:
        """Count the time until the lock was held as a stage, where anybody would notice it."""
        waited = time.monotonic() - self._began
        if waited >= _NOTICEABLE_SECONDS:
            self.stages["wait for lock"] = waited

    def warn(self, text: str) -> None:
        """Note something that does not stop the operation and should be known."""
        self.warnings.append(text)
        report({"event": "warning", "text": text})

    def result(
        self,
        status: OperationStatus,
        plan: Plan,
        deckies: tuple[Outcome, ...] = (),
        *,
        dry_run: bool = False,
        error: str | None = None,
    ) -> OperationResult:
        """Sum the operation up."""
        return OperationResult(
            operation=None if dry_run else self.operation,
            fleet=self.fleet,
            status=status,
            dry_run=dry_run,
            plan=plan.without_secrets(),
            deckies=deckies,
            stages={name: round(seconds, 3) for name, seconds in self.stages.items()},
            seconds=round(time.monotonic() - self._began, 3),
            warnings=tuple(self.warnings),
            error=error,
        )


class Decision:
    """What was read, what shall be, and the way there. Not a dataclass, as ``Run`` is not."""

    def __init__(self, snapshot: Snapshot, desired: Desired, plan: Plan) -> None:
        self.snapshot = snapshot
        self.desired = desired
        self.plan = plan

    @property
    def named(self) -> frozenset[str]:
        """The deckies of the plan that the submission names; the others are only healed."""
        return frozenset(step.subject for step in self.plan.steps if step.named)


@contextmanager
def open_run(origin: Origin, settings: Settings | None = None, host: Host | None = None) -> Iterator[Run]:
    """Connect to host and mirror and hold the host's lock until the operation is over.

    Raises:
        HostSilentError: the engine did not answer.
        StoreUnavailableError: the mirror did not answer.
        LockedError: another operation did not end in time.
    """
    settings = settings or Settings()
    host = host or connect(settings)
    with open_mirror(settings) as mirror:
        run = Run(settings, host, mirror, origin)
        path = lock_path(host.host_uuid, settings.state_dir)
        with host_lock(path, run.operation, wait=settings.lock_wait, on_wait=_tell_waiting):
            run.note_wait()
            yield run


def _tell_waiting(holder: str) -> None:
    report({"event": "waiting", "holder": holder})
