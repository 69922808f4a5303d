"""Every service by its slug.

A service is one module with ``async def start(decky, values) -> Stoppable``. It is imported only where a persona
asks for it: asyncssh alone costs 12 MB and 0.1 s in each decky.
"""

from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module
from typing import Any, Protocol, cast

from decnet_core.decoy.listener import Decky

SLUGS = ("ftp", "http", "ssh", "telnet")


class Stoppable(Protocol):
    """A started service."""

    def close(self) -> None:
        """Stop listening."""


Start = Callable[[Decky, Mapping[str, Any]], Awaitable[Stoppable]]


def start_of(slug: str) -> Start:
    """The start function of a service.

    Raises:
        LookupError: there is no such service.
    """
    if slug not in SLUGS:
        raise LookupError(f"no service named {slug!r}")
    return cast(Start, import_module(f"decnet_core.decoy.services.{slug}").start)
