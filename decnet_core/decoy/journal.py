"""What intruders did, as one JSON object a line.

Bounded in every direction: values are clipped, lines stay below what a log driver would split, a flood is counted
instead of written, and a reader that is slow or gone costs a fixed amount of memory and never blocks the services.
"""

import asyncio
import contextlib
import json
import os
import secrets
import stat
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

MAX_LINE = 8000
MAX_VALUE = 2000
MAX_BACKLOG = 2_000_000
RATE = 400
BURST = 4000
# JSON leaves these as they are, and readers that split text into lines would split there.
LINE_ENDS = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def readable(raw: bytes) -> str:
    """Bytes as text; what is no UTF-8 is shown as backslash escapes."""
    return raw.decode("utf-8", "backslashreplace")


@dataclass
class Session:
    """One visit: the addresses and the running number of its events."""

    service: str
    src_ip: str
    src_port: int
    dst_ip: str
    dst_port: int
    proto: str = "tcp"
    id: str = field(default_factory=lambda: secrets.token_hex(6))
    seq: int = 0

    def place(self) -> dict[str, Any]:
        """The fields that every event of this visit has; counts the event."""
        self.seq += 1
        return {
            "src_ip": self.src_ip,
            "src_port": self.src_port,
            "dst_ip": self.dst_ip,
            "dst_port": self.dst_port,
            "session": self.id,
            "seq": self.seq,
        }


class Journal:
    """Writes events to a file descriptor. *clock* gives seconds, for the rate limit alone."""

    def __init__(self, node: str, descriptor: int = 1, clock: Callable[[], float] = time.monotonic) -> None:
        self._node = node
        self._clock = clock
        self._descriptor = descriptor
        self._boot = secrets.token_hex(4)
        self._count = 0
        self._backlog: deque[bytes] = deque()
        self._backlog_size = 0
        self._suppressed = 0
        self._allowance = float(BURST)
        self._refilled = clock()
        self._waiting = False
        # epoll refuses regular files, and they never block for long; pipes and sockets must not block at all.
        self._pollable = not stat.S_ISREG(os.fstat(descriptor).st_mode)
        if self._pollable:
            os.set_blocking(descriptor, False)

    def record(self, event: str, session: Session, **data: object) -> None:
        """Note what happened in a visit; never raises, never waits."""
        self._submit(event, session.service, session.proto, session.place(), data)

    def announce(self, event: str, service: str, **data: object) -> None:
        """Note something about the decky itself."""
        self._submit(event, service, "tcp", {}, data)

    def flush(self) -> None:
        """Write what is left, as far as the reader takes it at once."""
        self._write()

    def _submit(self, event: str, service: str, proto: str, place: Mapping[str, Any], data: Mapping[str, Any]) -> None:
        if not self._admit():
            self._suppressed += 1
            return
        if self._suppressed:
            lost, self._suppressed = self._suppressed, 0
            self._append(self._line("events.suppressed", "runtime", "tcp", {}, {"count": lost}))
        self._append(self._line(event, service, proto, place, data))
        self._write()

    def _admit(self) -> bool:
        now = self._clock()
        self._allowance = min(BURST, self._allowance + (now - self._refilled) * RATE)
        self._refilled = now
        if self._allowance < 1 or self._backlog_size > MAX_BACKLOG:
            return False
        self._allowance -= 1
        return True

    def _line(self, event: str, service: str, proto: str, place: Mapping[str, Any], data: Mapping[str, Any]) -> bytes:
        self._count += 1
        record: dict[str, Any] = {
            "v": 1,
            "id": f"{self._boot}-{self._count}",
            "ts": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "node": self._node,
            "service": service,
            "proto": proto,
            "event": event,
            **place,
        }
        for limit in (MAX_VALUE, MAX_VALUE // 8, MAX_VALUE // 64):
            line = _encode({**record, "data": _clip(data, limit)})
            if len(line) <= MAX_LINE:
                return line
        return _encode({**record, "data": {"truncated": True}})

    def _append(self, line: bytes) -> None:
        self._backlog.append(line)
        self._backlog_size += len(line)

    def _write(self) -> None:
        while self._backlog:
            line = self._backlog[0]
            try:
                written = os.write(self._descriptor, line)
            except BlockingIOError:
                self._wait_for_reader()
                return
            except OSError:  # the reader is gone for good: intruders must not notice
                self._backlog.clear()
                self._backlog_size = 0
                return
            self._backlog_size -= written
            if written < len(line):
                self._backlog[0] = line[written:]
            else:
                self._backlog.popleft()

    def _wait_for_reader(self) -> None:
        if self._waiting or not self._pollable:
            return
        with contextlib.suppress(RuntimeError, OSError):  # no loop yet: the next event tries again
            asyncio.get_running_loop().add_writer(self._descriptor, self._continue)
            self._waiting = True

    def _continue(self) -> None:
        asyncio.get_running_loop().remove_writer(self._descriptor)
        self._waiting = False
        self._write()


def _clip(value: object, limit: int) -> object:
    """*value* with every text at most *limit* characters, every collection at most 64 entries."""
    if isinstance(value, bytes):
        value = readable(value[:limit])
    if isinstance(value, str):
        return value if len(value) <= limit else value[:limit] + "…"
    if isinstance(value, Mapping):
        return {_clip(str(key), 64): _clip(entry, limit) for key, entry in list(value.items())[:64]}
    if isinstance(value, list | tuple):
        return [_clip(entry, limit) for entry in value[:64]]
    return value


def _encode(record: Mapping[str, Any]) -> bytes:
    # A lone surrogate (from a client's text) has no UTF-8; it is written as its escape.
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":")).translate(LINE_ENDS)
    return text.encode("utf-8", "backslashreplace") + b"\n"
