"""The flows as plain functions: the same code, its tasks called directly and its host given."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FunctionType
from typing import Any

from prefect.flows import Flow
from prefect.tasks import Task

from decnet_core.adapters.host import Host
from decnet_core.domain.decky import DeployType
from decnet_core.domain.operation import OperationResult
from decnet_core.domain.snapshot import Snapshot
from decnet_core.domain.submission import DEFAULTS, DeployOptions, Submission
from decnet_core.reading import take_snapshot
from decnet_core.settings import Settings
from decnet_core.store.mirror import Mirror
from flows.deploy import deploy_fleet
from flows.teardown import teardown_fleet
from tasks.run import Origin, Run, open_run
from tests.builders import FLEET, IMAGE

IMPATIENT: dict[str, Any] = {"lock_wait": 0.0, "settle": 0.0, "serve_wait": 0.05, "lan_probe": False, "image": IMAGE}


def plain(function: Callable[..., Any], **given: Any) -> Callable[..., Any]:
    """Return *function* with Prefect's tasks replaced by the functions they wrap, and *given* in place of its names.

    Nothing is patched: it is a second function of the same code, with its own globals.
    """
    original = function.fn if isinstance(function, Flow | Task) else function
    if not isinstance(original, FunctionType) or not original.__module__.startswith("flows") or original.__closure__:
        return original
    scope = dict(original.__globals__)
    scope |= {name: plain(scope[name], **given) for name in original.__code__.co_names if callable(scope.get(name))}
    scope |= given
    copy = FunctionType(original.__code__, scope, original.__name__, original.__defaults__, None)
    copy.__kwdefaults__ = original.__kwdefaults__
    return copy


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
        self._deploy = plain(deploy_fleet, open_run=opened)
        self._teardown = plain(teardown_fleet, open_run=opened)

    @contextmanager
    def _open(self, origin: Origin) -> Iterator[Run]:
        assert self.mirror is not None
        yield Run(self.settings, self.host, self.mirror, origin)

    def deploy(
        self, submission: Submission, options: DeployOptions = DEFAULTS, *, dry_run: bool = False
    ) -> OperationResult:
        result: OperationResult = self._deploy(submission, options, dry_run, DeployType.CLI, "tester")
        return result

    def teardown(
        self, *names: str, everything: bool = False, options: DeployOptions = DEFAULTS, dry_run: bool = False
    ) -> OperationResult:
        result: OperationResult = self._teardown(FLEET, names, everything, options, dry_run, DeployType.CLI, "tester")
        return result

    def look(self) -> Snapshot:
        """Read the fleet as the next run would."""
        if self.mirror is not None:
            return take_snapshot(self.host, self.mirror, FLEET)
        with Mirror.open(self.settings.mirror_url) as mirror:
            return take_snapshot(self.host, mirror, FLEET)
