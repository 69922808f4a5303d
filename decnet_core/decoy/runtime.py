"""Start every service of a persona and serve until told to stop."""

import asyncio
import logging
import signal

from decnet_core.decoy.gate import Gate
from decnet_core.decoy.identity import Identity
from decnet_core.decoy.journal import Journal
from decnet_core.decoy.listener import Decky
from decnet_core.decoy.persona import Persona
from decnet_core.decoy.services import Stoppable, start_of


async def start_services(decky: Decky) -> list[Stoppable]:
    """Start what can be started; each service that cannot is announced as failed and costs the others nothing."""
    started = []
    for slug, values in decky.persona.services.items():
        try:
            service = await start_of(slug)(decky, values)
        except Exception as exc:  # noqa: BLE001 (one bad option must not silence the other services; it is announced)
            decky.journal.announce("service.failed", slug, reason=type(exc).__name__, detail=str(exc))
        else:
            decky.journal.announce("service.ready", slug, port=values.get("port"))
            started.append(service)
    return started


async def serve(persona: Persona, journal: Journal) -> bool:
    """Play *persona* until SIGTERM or SIGINT; False when not one service could start."""
    # asyncio and asyncssh report what visitors do wrong; all that matters of it is in the journal.
    logging.disable(logging.CRITICAL)
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    decky = Decky(persona, Identity(persona.seed), journal, Gate())
    services = await start_services(decky)
    if services:
        await stop.wait()
    return bool(services)
