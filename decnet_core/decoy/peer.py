"""One visitor on a TCP connection: limited reads, bounded writes, everything counted.

Services read lines and bytes from a Peer and never touch a stream; so no service can wait for ever, or keep more
than MAX_BUFFER bytes of what a visitor sent.
"""

import asyncio

from decnet_core.decoy.journal import Journal, Session

MAX_BUFFER = 65536
WRITE_PATIENCE = 20.0
LINGER = 1.0


class PeerGoneError(Exception):
    """The visitor hung up, went silent for too long, or does not read what it asked for."""


class LineTooLongError(Exception):
    """More bytes than allowed came without an end of line; they were thrown away."""


class Peer:
    """A connected visitor."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, journal: Journal, session: Session
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._journal = journal
        self._pushed_back = b""
        self.session = session
        self.received = 0
        self.sent = 0

    def record(self, event: str, **data: object) -> None:
        """Note what this visitor did."""
        self._journal.record(event, self.session, **data)

    async def read(self, patience: float, size: int = 4096) -> bytes:
        """Whatever comes next, at most *size* bytes.

        Raises:
            PeerGoneError: nothing came within *patience* seconds, or the visitor hung up.
        """
        if self._pushed_back:
            data, self._pushed_back = self._pushed_back[:size], self._pushed_back[size:]
            return data
        try:
            async with asyncio.timeout(patience):
                data = await self._reader.read(size)
        except (TimeoutError, OSError) as exc:
            raise PeerGoneError from exc
        if not data:
            raise PeerGoneError
        self.received += len(data)
        return data

    async def line(self, patience: float, limit: int = 4096) -> bytes:
        """The next line without its end (CR LF or LF), within *patience* seconds.

        Raises:
            LineTooLongError: *limit* bytes came without an end; the rest of the line will come as a line of its own.
            PeerGoneError: as in read.
        """
        buffer = b""
        try:
            async with asyncio.timeout(patience):
                while b"\n" not in buffer:
                    if len(buffer) > limit:
                        raise LineTooLongError
                    buffer += await self.read(patience)
        except TimeoutError as exc:
            raise PeerGoneError from exc
        line, _, rest = buffer.partition(b"\n")
        self._pushed_back = rest + self._pushed_back
        if len(line) > limit:
            raise LineTooLongError
        return line.removesuffix(b"\r")

    async def exactly(self, size: int, patience: float) -> bytes:
        """The next *size* bytes; all of them within *patience* seconds."""
        data = b""
        try:
            async with asyncio.timeout(patience):
                while len(data) < size:
                    data += await self.read(patience, size - len(data))
        except TimeoutError as exc:
            raise PeerGoneError from exc
        return data

    def push_back(self, data: bytes) -> None:
        """Let *data* be read again."""
        self._pushed_back = data + self._pushed_back

    async def send(self, data: bytes) -> None:
        """Hand *data* to the visitor; one that does not read is left."""
        self._writer.write(data)
        self.sent += len(data)
        try:
            async with asyncio.timeout(WRITE_PATIENCE):
                await self._writer.drain()
        except (TimeoutError, OSError) as exc:
            raise PeerGoneError from exc

    async def close(self) -> None:
        """Hang up, letting what was sent arrive; a visitor that does not take it is cut off."""
        try:
            async with asyncio.timeout(LINGER):
                if self._writer.can_write_eof():
                    self._writer.write_eof()
                while await self._reader.read(MAX_BUFFER):  # unread input would turn our last words into a reset
                    pass
        except (TimeoutError, OSError):
            pass
        self._writer.transport.abort()
