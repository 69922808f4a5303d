"""Connections that an intruder holds open: a shell by SSH, and a plain TCP connection."""

import os
import selectors
import shlex
import subprocess
import time
import uuid
from types import TracebackType
from typing import Self

from tests.lan import PrivateLan

_TCP = """
import os, selectors, socket, sys
line = socket.create_connection((sys.argv[1], int(sys.argv[2])), 10)
with selectors.DefaultSelector() as selector:
    selector.register(line, selectors.EVENT_READ)
    selector.register(0, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            chunk = os.read(key.fd, 4096)
            if not chunk:
                sys.exit()
            os.write(1 if key.fileobj is line else line.fileno(), chunk)
"""
_ASKPASS = "#!/bin/sh\nprintf '%s\\n' {password}\n"


class Session:
    """One connection, held by a program in the intruder's namespace; what it prints can be waited for."""

    def __init__(self, command: list[str], environment: dict[str, str] | None = None) -> None:
        self._program = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            start_new_session=True,  # no terminal, so that ssh asks the program for the password
        )
        self.heard = b""

    @classmethod
    def ssh(cls, lan: PrivateLan, ip: str, user: str, password: str, scratch: os.PathLike[str]) -> Self:
        """Log in by password and get a shell."""
        ask = os.path.join(scratch, "askpass")  # noqa: PTH118 - ssh wants a string
        with open(ask, "w", opener=lambda path, flags: os.open(path, flags, 0o700)) as file:
            file.write(_ASKPASS.format(password=shlex.quote(password)))
        options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "ConnectTimeout=20"]
        flags = [part for option in options for part in ("-o", option)]
        command = lan.intruder_command("ssh", "-tt", *flags, f"{user}@{ip}")
        return cls(command, {"SSH_ASKPASS": ask, "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": "none"})

    @classmethod
    def tcp(cls, lan: PrivateLan, ip: str, port: int) -> Self:
        """Connect; lines are passed on both ways until either side hangs up."""
        return cls(lan.intruder_command("python3", "-c", _TCP, ip, str(port)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._program.kill()
        self._program.communicate()

    def say(self, line: str) -> None:
        assert self._program.stdin is not None
        self._program.stdin.write(line.encode() + b"\n")
        self._program.stdin.flush()

    def hear(self, wanted: str, seconds: float = 20) -> str:
        """Return all that was heard up to now as soon as *wanted* is in it, and forget it.

        Raises:
            AssertionError: the connection was cut, or it was not heard in time.
        """
        assert self._program.stdout is not None
        deadline = time.monotonic() + seconds
        handle = self._program.stdout.fileno()
        with selectors.DefaultSelector() as selector:
            selector.register(handle, selectors.EVENT_READ)
            while wanted.encode() not in self.heard:
                assert selector.select(max(0.0, deadline - time.monotonic())), f"silent after {self.heard!r}"
                chunk = os.read(handle, 4096)
                assert chunk, f"cut after {self.heard!r}"
                self.heard += chunk
        text, self.heard = self.heard.decode(errors="replace"), b""
        return text

    def still_answers(self) -> bool:
        """Say something in a shell and see the answer, computed over there."""
        mark = uuid.uuid4().hex[:6]
        self.say(f"echo al''ive-{mark}")  # the echo of what was typed has the quotes, the answer has not
        self.hear(f"alive-{mark}")
        return True

    @property
    def is_open(self) -> bool:
        """Whether the program that holds the connection still runs: it ends when the connection is cut."""
        return self._program.poll() is None
