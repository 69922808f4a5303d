"""How many visitors a decky lets in: in all, and from one source."""

import resource
from collections import Counter

MAX_CONNECTIONS = 384
MAX_PER_SOURCE = 96
RESERVED_DESCRIPTORS = 64


class Gate:
    """Counts open connections over all services of a decky."""

    def __init__(self, total: int = MAX_CONNECTIONS, per_source: int = MAX_PER_SOURCE) -> None:
        soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._total = total if soft == resource.RLIM_INFINITY else max(1, min(total, soft - RESERVED_DESCRIPTORS))
        self._per_source = per_source
        self._open: Counter[str] = Counter()

    def admit(self, source: str) -> bool:
        """Let a connection in, unless a limit is reached; an admitted one must be released."""
        if self._open.total() >= self._total or self._open[source] >= self._per_source:
            return False
        self._open[source] += 1
        return True

    def release(self, source: str) -> None:
        """Give an admitted connection's place back."""
        self._open[source] -= 1
        if self._open[source] <= 0:
            del self._open[source]
