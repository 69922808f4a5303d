"""SSH as an OpenSSH server: every attempt is recorded, and those with a known password get a small shell.

The port is open at once; what serves it (asyncssh and the host keys: 0.3 s of CPU and 12 MB) is loaded for the
first visitor, or after a while in peace. A hundred deckies would otherwise start in a minute instead of seconds.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from decnet_core.decoy.listener import Decky, LateServer
from decnet_core.decoy.persona import read_options


@dataclass(frozen=True)
class Options:
    """*version* is the text after ``SSH-2.0-``; *users* maps names to the passwords that let in.

    *delay* is about how many seconds a wrong password costs.
    """

    version: str
    users: Mapping[str, str] = field(default_factory=dict)
    banner: str = ""
    delay: float = 1.0
    port: int = 22


async def start(decky: Decky, values: Mapping[str, Any]) -> LateServer:
    """Listen, and be ready to serve when somebody comes."""
    options = read_options(Options, values)

    def load() -> Callable[[], asyncio.Protocol]:
        factory: Callable[[], asyncio.Protocol] = import_module("decnet_core.decoy.openssh.visit").factory(
            decky, options
        )
        return factory

    return LateServer(decky, "ssh", options.port, load)
