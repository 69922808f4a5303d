"""Telnet as a Linux telnetd or busybox: a login whose every attempt is recorded, and a small shell behind it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from decnet_core.decoy import telnet
from decnet_core.decoy.journal import readable
from decnet_core.decoy.listener import Decky, listen, refusal_delay
from decnet_core.decoy.peer import Peer, PeerGoneError
from decnet_core.decoy.persona import read_options
from decnet_core.decoy.shell.interpreter import Shell
from decnet_core.decoy.shell.machine import machine_of
from decnet_core.decoy.telnet import DO, IAC, WILL, Editor, Wire

LOGIN_PATIENCE = 60.0
SHELL_PATIENCE = 900.0
NEGOTIATION_PATIENCE = 1.5
# login is a program of its own: its words never share a packet with the options, and clients rely on it.
LOGIN_START = 0.08
MAX_TRIES = 5
MAX_QUEUED = 64


@dataclass(frozen=True)
class Options:
    """*software* is ``linux`` or ``busybox``; *banner* stands before the login, as /etc/issue.net does.

    *delay* is about how many seconds a wrong password costs.
    """

    software: str = "linux"
    banner: str = ""
    users: Mapping[str, str] = field(default_factory=dict)
    delay: float = 1.0
    port: int = 23


@dataclass(frozen=True)
class Software:
    """How a telnetd opens: what it asks first, and once that is answered."""

    opening: bytes
    questions: frozenset[int]
    then: bytes = b""
    busybox: bool = False


def _say(*pairs: tuple[int, int]) -> bytes:
    return b"".join(bytes([IAC, verb, option]) for verb, option in pairs)


ASKED = (telnet.TTYPE, telnet.TSPEED, telnet.XDISPLOC, telnet.NEW_ENVIRON)
SOFTWARE = {
    # nmap tells "Linux telnetd" by these four requests at the end of the first packet: it waits for their answers.
    "linux": Software(
        opening=_say(*((DO, option) for option in ASKED)),
        questions=frozenset(ASKED),
        then=_say(
            (WILL, telnet.SGA), (DO, telnet.ECHO), (DO, telnet.NAWS),
            (WILL, telnet.STATUS), (DO, telnet.LFLOW), (WILL, telnet.ECHO),
        ),
    ),
    "busybox": Software(
        opening=_say((DO, telnet.ECHO), (DO, telnet.NAWS), (WILL, telnet.ECHO), (WILL, telnet.SGA)),
        questions=frozenset(),
        busybox=True,
    ),
}  # fmt: skip


async def start(decky: Decky, values: Mapping[str, Any]) -> asyncio.Server:
    """Listen."""
    options = read_options(Options, values)
    software = SOFTWARE.get(options.software)
    if software is None:
        raise LookupError(f"no telnet software named {options.software!r}")

    async def visit(peer: Peer) -> None:
        await Visit(decky, options, software, peer).run()

    return await listen(decky, "telnet", options.port, visit)


class Visit:
    """One connection."""

    def __init__(self, decky: Decky, options: Options, software: Software, peer: Peer) -> None:
        self._decky = decky
        self._options = options
        self._software = software
        self._peer = peer
        self._editor = Editor()
        self._lines: list[bytes] = []
        self._early = b""
        self._wire = Wire(
            ours=frozenset({telnet.SGA, telnet.ECHO, telnet.STATUS}),
            theirs=frozenset({*ASKED, telnet.NAWS, telnet.LFLOW, telnet.ECHO}),
            refuses=not software.busybox,
        )

    async def run(self) -> None:
        """Negotiate, ask for a login, and serve the shell."""
        await self._negotiate()
        user = await self._login()
        if user is not None:
            await self._shell(user)

    async def _negotiate(self) -> None:
        await self._peer.send(self._software.opening)
        try:
            async with asyncio.timeout(NEGOTIATION_PATIENCE):
                while not self._software.questions <= self._wire.agreed.keys() and not self._early:
                    self._early += self._wire.feed(await self._peer.read(NEGOTIATION_PATIENCE))
        except (TimeoutError, PeerGoneError):  # a client without telnet options; if it is gone, the next read tells
            pass
        for option in ASKED:
            if self._wire.agreed.get(option):
                await self._peer.send(bytes([IAC, telnet.SB, option, 1, IAC, telnet.SE]))
        if self._wire.agreed:
            self._peer.record("negotiate", options={str(key): value for key, value in self._wire.agreed.items()})
        if self._software.then:
            await self._peer.send(self._software.then)
        await asyncio.sleep(LOGIN_START)

    def _banner(self) -> str:
        text = self._options.banner
        return "\n" + text if text and self._software.busybox else text

    async def _login(self) -> str | None:
        host = self._decky.persona.hostname.partition(".")[0]
        greeting = self._banner()
        for _ in range(MAX_TRIES):
            user = await self._ask(f"{greeting}{host} login: ")
            greeting = ""
            if not user:
                continue
            password = await self._ask("Password: ", echo=False)
            shown = {"username": readable(user), "password": readable(password)}
            self._peer.record("auth.attempt", **shown, mech="password")
            if self._options.users.get(shown["username"]) == shown["password"]:
                self._peer.record("auth.success", username=shown["username"], mech="password")
                return shown["username"]
            await asyncio.sleep(
                refusal_delay(self._options.delay, self._decky.identity, f"telnet/delay/{shown['username']}")
            )
            await self._peer.send(b"\r\nLogin incorrect\r\n")
        await self._peer.send(b"Maximum number of tries exceeded (5)\r\n")
        return None

    async def _ask(self, prompt: str, *, echo: bool = True) -> bytes:
        await self._peer.send(_network(prompt))
        self._editor.echo = echo
        line = await self._line(LOGIN_PATIENCE)
        if line in (b"\x03", b"\x04"):
            raise PeerGoneError
        return line

    async def _shell(self, user: str) -> None:
        session = self._peer.session
        shell = Shell(machine_of(self._decky.persona, self._decky.identity, session.dst_ip), user, session.src_ip)
        self._editor.echo = True
        await self._peer.send(_network(shell.greeting()))
        while True:
            await self._peer.send(shell.prompt.encode())
            line = await self._line(SHELL_PATIENCE)
            if line == b"\x03":
                continue
            text = "exit" if line == b"\x04" else readable(line).strip()
            if text:
                self._peer.record("command", input=text)
            reply = shell.run(text)
            await self._peer.send(_network(reply.text))
            if reply.left:
                return

    async def _line(self, patience: float) -> bytes:
        """The next line that was typed; a line as a whole must come within *patience* seconds."""
        try:
            async with asyncio.timeout(patience):
                while not self._lines:
                    await self._more(patience)
        except TimeoutError as exc:
            raise PeerGoneError from exc
        return self._lines.pop(0)

    async def _more(self, patience: float) -> None:
        if self._early:
            payload, self._early = self._early, b""
        else:
            payload = self._wire.feed(await self._peer.read(patience))
        lines, shown = self._editor.feed(payload)
        self._lines += lines[: max(0, MAX_QUEUED - len(self._lines))]
        answers = self._wire.take_answers()
        if answers or shown:
            await self._peer.send(answers + shown.replace(b"\xff", b"\xff\xff"))


def _network(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode("utf-8", "replace").replace(b"\xff", b"\xff\xff")
