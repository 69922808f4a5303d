"""The stories of the flows on a host that is given: outside of a flow run their tasks are plain functions."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from decnet_core.adapters.host import Host
from decnet_core.domain.decky import DeployType
from decnet_core.domain.operation import OperationKind, OperationResult
from decnet_core.domain.snapshot import Snapshot
from decnet_core.domain.submission import DEFAULTS, DeployOptions, Submission
from decnet_core.reading import take_snapshot
from decnet_core.settings import Settings
from decnet_core.store.mirror import Mirror
from flows.deploy import deploy
from flows.teardown import teardown
from tasks.run import Origin, Run, open_run
from tests.builders import FLEET, IMAGE

IMPATIENT: dict[str, Any] = {"lock_wait": 0.0, "settle": 0.0, "serve_wait": 0.05, "lan_probe": False, "image": IMAGE}


class Office:
    """One host, one state directory, one mirror, and the two stories told of them.

    With a *mirror* of its own nothing is locked and the mirror outlives every run; without one, each
    run opens what its settings name, lock included, as in production.
    """

    def __init__(self, host: Host, state_dir: Path, mirror: Mirror | None = None, **settings: Any) -> None:
        self.host = host
        self.mirror = mirror
        self.settings = Settings(state_dir=state_dir, **{**IMPATIENT, **settings})
        opened = self._open if mirror else partial(open_run, settings=self.settings, host=host)
        self._opened = opened

    @contextmanager
    def _open(self, origin: Origin) -> Iterator[Run]:
        assert self.mirror is not None
        yield Run(self.settings, self.host, self.mirror, origin)

    def deploy(
        self, submission: Submission, options: DeployOptions = DEFAULTS, *, dry_run: bool = False
    ) -> OperationResult:
        with self._opened(Origin(OperationKind.DEPLOY, submission.fleet, "tester", DeployType.CLI)) as run:
            return deploy(run, submission, options, dry_run=dry_run)

    def teardown(
        self, *names: str, everything: bool = False, options: DeployOptions = DEFAULTS, dry_run: bool = False
    ) -> OperationResult:
        with self._opened(Origin(OperationKind.TEARDOWN, FLEET, "tester", DeployType.CLI)) as run:
            return teardown(run, names, options, everything=everything, dry_run=dry_run)

    def look(self) -> Snapshot:
        """Read the fleet as the next run would."""
        if self.mirror is not None:
            return take_snapshot(self.host, self.mirror, FLEET)
        with Mirror.open(self.settings.mirror_url) as mirror:
            return take_snapshot(self.host, mirror, FLEET)
