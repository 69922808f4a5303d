"""The TCP service that every line-based service builds on."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from decnet_core.decoy.gate import Gate
from decnet_core.decoy.identity import Identity
from decnet_core.decoy.journal import Journal, Session
from decnet_core.decoy.peer import MAX_BUFFER, LineTooLongError, Peer, PeerGoneError
from decnet_core.decoy.persona import Persona

BACKLOG = 64
MAX_VISIT = 4 * 3600.0
LATEST_LOAD = (20, 140)
"""Seconds after its start in which a decky loads what nobody has asked for yet; spread, so that a fleet does not."""

Handler = Callable[[Peer], Awaitable[None]]


@dataclass(frozen=True)
class Decky:
    """What every service is given: who it plays, whence its secrets come, where its events go."""

    persona: Persona
    identity: Identity
    journal: Journal
    gate: Gate


def session_of(service: str, peer: tuple[str, int], own: tuple[str, int]) -> Session:
    """A new visit between two socket addresses (IPv6 ones have two more entries)."""
    return Session(service, src_ip=peer[0], src_port=peer[1], dst_ip=own[0], dst_port=own[1])


def refusal_delay(about: float, identity: Identity, purpose: str) -> float:
    """Seconds until a wrong password is refused: about as many, the same for the same purpose.

    A real login takes its time; one that answers at once, or every time after the same time, is known for a decoy.
    """
    return about * (0.6 + identity.number(f"delay/{purpose}", 600) / 1000)


async def listen(decky: Decky, service: str, port: int, handler: Handler) -> asyncio.Server:
    """Serve *handler* on every IPv4 address of the decky.

    Whatever *handler* does with a visitor ends with that visitor: it is admitted, counted, recorded and let go here.

    Raises:
        OSError: the port cannot be had.
    """

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _receive(decky, service, handler, reader, writer)

    return await asyncio.start_server(visit, "0.0.0.0", port, limit=MAX_BUFFER, backlog=BACKLOG)


class LateServer:
    """A port that is open at once and served once *load* has run: for the first visitor, or after a quiet while.

    *load* runs in a thread of its own, so the other services go on meanwhile; visitors wait in the kernel's queue.
    """

    def __init__(
        self, decky: Decky, service: str, port: int, load: Callable[[], Callable[[], asyncio.Protocol]]
    ) -> None:
        self._decky, self._service, self._load = decky, service, load
        self._door = socket.create_server(("0.0.0.0", port), backlog=BACKLOG)
        self._door.setblocking(False)
        self._loop = asyncio.get_running_loop()
        self._server: asyncio.Server | None = None
        self._loading: asyncio.Task[None] | None = None
        quiet = LATEST_LOAD[0] + decky.identity.number(f"load/{service}", LATEST_LOAD[1] - LATEST_LOAD[0])
        self._timer = self._loop.call_later(quiet, self._wake)
        self._loop.add_reader(self._door, self._wake)

    @property
    def sockets(self) -> tuple[socket.socket, ...]:
        """Where it listens."""
        return (self._door,)

    def close(self) -> None:
        """Stop listening."""
        self._timer.cancel()
        self._loop.remove_reader(self._door)
        if self._server is not None:
            self._server.close()
        self._door.close()

    def _wake(self) -> None:
        self._timer.cancel()
        self._loop.remove_reader(self._door)
        self._loading = self._loop.create_task(self._serve())

    async def _serve(self) -> None:
        try:
            protocol = await asyncio.to_thread(self._load)
        except Exception as exc:  # noqa: BLE001 (it is announced, and costs the other services nothing)
            self._decky.journal.announce("service.failed", self._service, reason=type(exc).__name__, detail=str(exc))
            self._door.close()
            return
        self._server = await self._loop.create_server(protocol, sock=self._door, backlog=BACKLOG)


async def _receive(
    decky: Decky, service: str, handler: Handler, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    peer_address, own_address = writer.get_extra_info("peername"), writer.get_extra_info("sockname")
    if peer_address is None or own_address is None:  # gone before it was accepted, as a port scan does
        writer.transport.abort()
        return
    session = session_of(service, peer_address, own_address)
    if not decky.gate.admit(session.src_ip):
        decky.journal.record("error", session, reason="too many connections")
        writer.transport.abort()
        return
    peer = Peer(reader, writer, decky.journal, session)
    peer.record("connect")
    started = time.monotonic()
    try:
        async with asyncio.timeout(MAX_VISIT):
            await handler(peer)
        await peer.close()
    except (PeerGoneError, LineTooLongError, TimeoutError):
        pass
    except Exception as exc:  # noqa: BLE001 (no visitor may end the process or see a traceback; it is recorded)
        peer.record("error", reason=type(exc).__name__, detail=str(exc))
    finally:
        writer.transport.abort()
        decky.gate.release(session.src_ip)
        peer.record(
            "close",
            duration=round(time.monotonic() - started, 3),
            bytes_in=peer.received,
            bytes_out=peer.sent,
        )
