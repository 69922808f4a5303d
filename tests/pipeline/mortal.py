"""A process that dies, or a partner that falls silent, at any crossing between us and the world."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

from decnet_core.adapters.memory_host import KilledError, MemoryHost
from decnet_core.domain.errors import HostSilentError, StoreUnavailableError
from decnet_core.store.mirror import Mirror
from tests.pipeline.plain import Office


@dataclass
class Fate:
    """At which call of host or mirror something happens, and what.

    Attributes:
        at: the number of the call; None: never.
        late: after the call has had its effect, rather than before.
        silent: the partner does not answer, rather than our process dying.
        struck: whether it has happened.
        calls: what was called so far.
    """

    at: int | None
    late: bool = False
    silent: bool = False
    struck: bool = False
    calls: int = 0

    def due(self) -> bool:
        """Count a call; tell whether it is the one."""
        self.calls += 1
        self.struck = self.struck or self.calls - 1 == self.at
        return self.calls - 1 == self.at

    def strike(self, silence: Exception) -> None:
        raise silence if self.silent else KilledError


class Mortal:
    """A host or mirror that passes every call on, up to the one that *fate* names."""

    def __init__(self, target: object, fate: Fate, silence: Exception) -> None:
        self._target = target
        self._fate = fate
        self._silence = silence

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._target, name)
        return self._fated(value) if callable(value) else value

    def _fated(self, call: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(call)
        def crossing(*args: Any, **kwargs: Any) -> Any:
            due = self._fate.due()
            if due and not self._fate.late:
                self._fate.strike(self._silence)
            answer = call(*args, **kwargs)
            if due:
                self._fate.strike(self._silence)
            return answer

        return crossing


def fated(office: Office, fate: Fate) -> Office:
    """Return *office* with host and mirror under *fate*."""
    host: Any = Mortal(office.host, fate, HostSilentError("memory", "fell silent"))
    mirror: Any = Mortal(office.mirror, fate, StoreUnavailableError("memory", "fell silent"))
    return Office(host, office.settings.state_dir, mirror)


@contextmanager
def killed(host: MemoryHost, moment: int) -> Iterator[None]:
    """Let the process die inside the block, after *moment* changes to containers."""
    host.dies_after = moment
    try:
        yield
    finally:
        host.dies_after = None


def new_office(state_dir: Path, host: MemoryHost) -> Office:
    """Return an office with a mirror in memory that outlives every process."""
    return Office(host, state_dir, Mirror.open("sqlite://"))
