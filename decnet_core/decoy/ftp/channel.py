"""The data connection of an FTP visit: one at a time, only with the visitor's own address, never for long."""

import asyncio
import contextlib
import hashlib
import ipaddress
import re
from dataclasses import dataclass

CONNECT_PATIENCE = 15.0
TRANSFER_PATIENCE = 120.0
MAX_UPLOAD = 8 * 1024 * 1024
KEPT = 1024
LOWEST_ACTIVE_PORT = 1024

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class NoChannelError(Exception):
    """Neither PASV nor PORT came before, or the connection did not come about."""


@dataclass(frozen=True)
class Upload:
    """What was taken in: all of it is hashed, the beginning kept, nothing stored."""

    size: int
    sha256: str
    beginning: bytes
    complete: bool


class Channel:
    """Opens data connections with the address *peer* and with nobody else."""

    def __init__(self, own: str, peer: str) -> None:
        self._own = own
        self._peer = peer
        self._server: asyncio.Server | None = None
        self._arrived: asyncio.Future[Streams] | None = None
        self._active: tuple[str, int] | None = None

    @property
    def is_prepared(self) -> bool:
        """Whether PASV or PORT came."""
        return self._server is not None or self._active is not None

    async def listen(self) -> int:
        """Wait for the visitor on a new port, which is returned; the one before is closed."""
        self.close()
        arrived: asyncio.Future[Streams] = asyncio.get_running_loop().create_future()

        async def arrive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            source = writer.get_extra_info("peername")
            if arrived.done() or source is None or source[0] != self._peer:
                writer.transport.abort()
            else:
                arrived.set_result((reader, writer))

        self._arrived = arrived
        self._server = await asyncio.start_server(arrive, self._own, 0, backlog=1)
        return int(self._server.sockets[0].getsockname()[1])

    def aim(self, address: str, port: int) -> bool:
        """Connect to the visitor next time; False for any other address or a system port (no bouncing)."""
        self.close()
        if address != self._peer or port < LOWEST_ACTIVE_PORT:
            return False
        self._active = (address, port)
        return True

    async def send(self, data: bytes) -> None:
        """Deliver *data*.

        Raises:
            NoChannelError: there was no connection, or it broke.
        """
        _, writer = await self._open()
        try:
            async with asyncio.timeout(TRANSFER_PATIENCE):
                writer.write(data)
                await writer.drain()
                writer.close()
                await writer.wait_closed()
        except (TimeoutError, OSError) as exc:
            raise NoChannelError from exc
        finally:
            writer.transport.abort()
            self.close()

    async def receive(self) -> Upload:
        """Take what the visitor sends, until it ends or is too much.

        Raises:
            NoChannelError: there was no connection.
        """
        reader, writer = await self._open()
        size, digest, beginning = 0, hashlib.sha256(), b""
        complete = False
        with contextlib.suppress(TimeoutError, OSError):
            async with asyncio.timeout(TRANSFER_PATIENCE):
                while size <= MAX_UPLOAD:
                    data = await reader.read(16384)
                    if not data:
                        complete = True
                        break
                    size += len(data)
                    digest.update(data)
                    beginning += data[: KEPT - len(beginning)]
        writer.transport.abort()
        self.close()
        return Upload(size, digest.hexdigest(), beginning, complete)

    def close(self) -> None:
        """Forget what was prepared."""
        if self._server:
            self._server.close()
        if self._arrived and self._arrived.done() and not self._arrived.cancelled():
            self._arrived.result()[1].transport.abort()
        self._server = self._arrived = self._active = None

    async def _open(self) -> Streams:
        try:
            async with asyncio.timeout(CONNECT_PATIENCE):
                if self._arrived:
                    streams = await self._arrived
                    self._arrived = None
                    return streams
                if self._active:
                    return await asyncio.open_connection(*self._active, local_addr=(self._own, 0))
        except (TimeoutError, OSError) as exc:
            self.close()
            raise NoChannelError from exc
        raise NoChannelError


def parse_port(argument: str) -> tuple[str, int] | None:
    """Address and port of ``PORT h1,h2,h3,h4,p1,p2``."""
    found = re.fullmatch(r"\s*(\d{1,3}(?:,\d{1,3}){5})\s*", argument, re.ASCII)
    numbers = [int(part) for part in found[1].split(",")] if found else []
    if len(numbers) != 6 or max(numbers) > 255:
        return None
    return ".".join(map(str, numbers[:4])), numbers[4] * 256 + numbers[5]


def parse_extended_port(argument: str) -> tuple[str, int] | None:
    """Address and port of ``EPRT |1|address|port|``."""
    found = re.fullmatch(r"(.)1\1([0-9.]{7,15})\1(\d{1,5})\1", argument.strip(), re.ASCII)
    if not found or int(found[3]) > 65535:
        return None
    try:
        return str(ipaddress.IPv4Address(found[2])), int(found[3])
    except ValueError:
        return None
