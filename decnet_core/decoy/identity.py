"""What makes one decky itself: every secret and every number it shows, derived from its seed.

The same seed gives the same host keys, times and ids after each restart, so a decky never shows two faces.
"""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

Item = TypeVar("Item")

# Files on a real machine are older than the scan of it; a fixed epoch keeps them equal across restarts.
INSTALLED_AFTER = datetime(2024, 2, 1, tzinfo=UTC)
INSTALLED_WITHIN = timedelta(days=540)


class Identity:
    """Derives values from a seed; each purpose has a stream of its own."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed

    def derive(self, purpose: str, size: int = 32) -> bytes:
        """*size* bytes for *purpose*: HMAC-SHA256 of purpose and a counter, keyed by the seed."""
        stream = b""
        counter = 0
        while len(stream) < size:
            stream += hmac.digest(self._seed, f"{purpose}\0{counter}".encode(), hashlib.sha256)
            counter += 1
        return stream[:size]

    def number(self, purpose: str, below: int) -> int:
        """A number in [0, *below*); the bias is under 2**-64."""
        return int.from_bytes(self.derive(purpose, (below.bit_length() + 7) // 8 + 8)) % below

    def choose(self, purpose: str, among: Sequence[Item]) -> Item:
        """One of *among*."""
        return among[self.number(purpose, len(among))]

    def moment(self, purpose: str) -> datetime:
        """A time at which this machine may have been installed or changed, whole seconds, UTC."""
        return INSTALLED_AFTER + timedelta(seconds=self.number(purpose, int(INSTALLED_WITHIN.total_seconds())))
