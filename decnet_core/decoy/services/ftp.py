"""FTP as a server of some maker: a small tree to look at, uploads that are recorded and thrown away."""

import asyncio
import posixpath
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from decnet_core.decoy.ftp.channel import Channel, NoChannelError, parse_extended_port, parse_port
from decnet_core.decoy.ftp.dialects import DIALECTS, Dialect
from decnet_core.decoy.ftp.listing import facts, long_entry
from decnet_core.decoy.journal import readable
from decnet_core.decoy.listener import Decky, listen, refusal_delay
from decnet_core.decoy.peer import LineTooLongError, Peer
from decnet_core.decoy.persona import read_options
from decnet_core.decoy.shell.files import Files, login_files, public_files
from decnet_core.decoy.shell.machine import machine_of

LOGIN_PATIENCE = 60.0
IDLE_PATIENCE = 300.0
MAX_COMMAND = 2048
MAX_TRIES = 3
MAX_COMMANDS = 5000
ANONYMOUS = ("anonymous", "ftp")
ALIASES = {"XPWD": "PWD", "XCWD": "CWD", "XCUP": "CDUP", "XMKD": "MKD", "XRMD": "RMD", "APPE": "STOR", "STOU": "STOR"}
CHANGES = ("DELE", "RMD", "MKD", "RNFR", "SITE CHMOD")


@dataclass(frozen=True)
class Options:
    """*software* is vsftpd, proftpd, pure-ftpd or microsoft; *users* maps names to the passwords that let in.

    *delay* is about how many seconds a wrong password costs.
    """

    software: str = "vsftpd"
    version: str = "3.0.3"
    anonymous: bool = False
    users: Mapping[str, str] = field(default_factory=dict)
    delay: float = 1.0
    port: int = 21


async def start(decky: Decky, values: Mapping[str, Any]) -> asyncio.Server:
    """Listen."""
    options = read_options(Options, values)
    dialect = DIALECTS.get(options.software)
    if dialect is None:
        raise LookupError(f"no FTP server named {options.software!r}")

    async def visit(peer: Peer) -> None:
        await Visit(decky, options, dialect, peer).run()

    return await listen(decky, "ftp", options.port, visit)


class Visit:
    """One control connection."""

    def __init__(self, decky: Decky, options: Options, dialect: Dialect, peer: Peer) -> None:
        session = peer.session
        self._decky, self._options, self._dialect, self._peer = decky, options, dialect, peer
        self._machine = machine_of(decky.persona, decky.identity, session.dst_ip)
        self._channel = Channel(session.dst_ip, session.src_ip)
        self._files: Files = public_files(self._machine)
        self._user, self._logged_in, self._tries = "", False, 0
        self._where, self._kind = "/", "ASCII"
        self._done = False
        self._handlers: dict[str, Callable[[str], Awaitable[None]]] = {
            "USER": self._take_user,
            "PASS": self._take_password,
            "QUIT": self._quit,
            "CWD": self._change_directory,
            "CDUP": lambda _argument: self._change_directory("..", "CDUP"),
            "TYPE": self._set_type,
            "SIZE": self._tell_size,
            "MDTM": self._tell_time,
            "PASV": self._listen,
            "EPSV": self._listen_extended,
            "PORT": lambda argument: self._aim("PORT", parse_port(argument)),
            "EPRT": lambda argument: self._aim("EPRT", parse_extended_port(argument)),
            "LIST": lambda argument: self._list("LIST", argument),
            "NLST": lambda argument: self._list("NLST", argument),
            "MLSD": lambda argument: self._list("MLSD", argument),
            "RETR": self._retrieve,
            "STOR": self._store,
        }

    async def run(self) -> None:
        """Greet and answer until the visitor leaves."""
        texts = self._dialect.texts
        private = "" if self._options.anonymous else texts.get("private", "")
        await self._reply("greeting", private=private)
        try:
            for _ in range(MAX_COMMANDS):
                patience = IDLE_PATIENCE if self._logged_in else LOGIN_PATIENCE
                try:
                    line = await self._peer.line(patience, MAX_COMMAND)
                except LineTooLongError:
                    await self._reply("too long")
                    return
                await self._command(line)
                if self._done:
                    return
        finally:
            self._channel.close()

    async def _command(self, line: bytes) -> None:
        # Clients interrupt a transfer with telnet commands in the middle of the line.
        text = readable(line.replace(b"\xff\xf4", b"").replace(b"\xff\xf2", b"")).strip("\r\n\0 ")
        shown, _, argument = text.partition(" ")
        name = ALIASES.get(shown.upper(), shown.upper())
        if name not in ("USER", "PASS"):
            self._peer.record("command", input=text)
        texts = self._dialect.texts
        if not self._logged_in and name not in self._dialect.early:
            known = name in texts or name in self._handlers or name in CHANGES
            certain = known or "unknown" not in texts or self._options.software in ("vsftpd", "pure-ftpd")
            await self._reply("login first" if certain else "unknown", shown, argument)
        elif name in self._handlers and (name in texts or name != "MLSD"):
            await self._handlers[name](argument.strip())
        elif name in CHANGES:
            await self._reply("change", shown, argument)
        else:
            await self._reply(name if name in texts and name.isupper() else "unknown", shown, argument)

    async def _take_user(self, user: str) -> None:
        if self._logged_in:
            await self._reply("USER again", "USER", user)
            return
        self._user = user
        anonymous = self._options.anonymous and user.lower() in ANONYMOUS
        await self._reply("USER anonymous" if anonymous else "USER", "USER", user)
        if anonymous and self._dialect.texts["USER anonymous"].startswith("230"):
            self._peer.record("auth.attempt", username=user, password="", mech="anonymous")
            self._enter(anonymous=True)

    async def _take_password(self, password: str) -> None:
        if not self._user or self._logged_in:
            await self._reply("PASS first", "PASS")
            return
        anonymous = self._options.anonymous and self._user.lower() in ANONYMOUS
        self._peer.record(
            "auth.attempt", username=self._user, password=password, mech="anonymous" if anonymous else "password"
        )
        if anonymous or self._options.users.get(self._user) == password:
            self._enter(anonymous=anonymous)
            own = "welcome anonymous" if anonymous and "welcome anonymous" in self._dialect.texts else "welcome"
            await self._reply(own, "PASS")
            return
        self._tries += 1
        await asyncio.sleep(refusal_delay(self._options.delay, self._decky.identity, f"ftp/delay/{self._user}"))
        self._user = ""
        await self._reply("wrong", "PASS")
        self._done = self._tries >= MAX_TRIES

    def _enter(self, *, anonymous: bool) -> None:
        self._logged_in = True
        self._peer.record("auth.success", username=self._user, mech="anonymous" if anonymous else "password")
        if not anonymous:
            self._files = login_files(self._machine, self._user)
        self._where = "/" if self._dialect.system == "Windows" else self._files.home

    async def _quit(self, _argument: str) -> None:
        await self._reply("QUIT", "QUIT")
        self._done = True

    async def _change_directory(self, argument: str, command: str = "CWD") -> None:
        path = self._files.resolve(argument, self._where)
        if not self._files.is_directory(path):
            await self._reply("CWD no", command, argument)
            return
        self._where = path
        await self._reply("CWD", command, argument)

    async def _set_type(self, argument: str) -> None:
        kind = {"I": "BINARY", "L": "BINARY", "A": "ASCII"}.get(argument[:1].upper())
        if kind is None:
            await self._reply("TYPE no", "TYPE", argument)
            return
        self._kind = kind
        await self._reply(f"TYPE {'A' if kind == 'ASCII' else 'I'}", "TYPE", argument)

    async def _tell_size(self, argument: str) -> None:
        found = self._files.text(self._files.resolve(argument, self._where)) is not None
        await self._reply("SIZE" if found else "SIZE no", "SIZE", argument)

    async def _tell_time(self, argument: str) -> None:
        found = self._files.text(self._files.resolve(argument, self._where)) is not None
        await self._reply("MDTM" if found else "MDTM no", "MDTM", argument)

    async def _listen(self, _argument: str) -> None:
        port = await self._channel.listen()
        address = f"{self._peer.session.dst_ip.replace('.', ',')},{port >> 8},{port & 255}"
        await self._reply("PASV", "PASV", address=address)

    async def _listen_extended(self, _argument: str) -> None:
        await self._reply("EPSV", "EPSV", port=await self._channel.listen())

    async def _aim(self, command: str, target: tuple[str, int] | None) -> None:
        accepted = target is not None and self._channel.aim(*target)
        await self._reply(command if accepted else "PORT no", command)

    async def _list(self, command: str, argument: str) -> None:
        options = [word for word in argument.split() if not word.startswith("-")]
        path = self._files.resolve(options[0] if options else ".", self._where)
        names = self._files.children(path) if self._files.is_directory(path) else []
        if "a" not in argument.partition("-")[2].partition(" ")[0]:
            names = [name for name in names if not name.startswith(".")]
        owner = self._user if self._user and path.startswith(self._files.home) else "root"
        lines: dict[str, Callable[[str], str]] = {
            "LIST": lambda name: long_entry(self._dialect, self._files, posixpath.join(path, name), owner),
            "NLST": lambda name: name,
            "MLSD": lambda name: facts(self._files, posixpath.join(path, name)),
        }
        data = "".join(f"{lines[command](name)}\r\n" for name in names).encode("utf-8", "replace")
        await self._deliver(data, "MLSD" if command == "MLSD" else "LIST", "LIST done", argument, count=len(names))

    async def _retrieve(self, argument: str) -> None:
        text = self._files.text(self._files.resolve(argument, self._where))
        if text is None:
            await self._reply("RETR no", "RETR", argument)
            return
        await self._deliver(text.encode("utf-8", "replace"), "RETR", "RETR done", argument)

    async def _deliver(self, data: bytes, before: str, after: str, argument: str, **values: object) -> None:
        if not self._channel.is_prepared:
            await self._reply("no data", before, argument)
            return
        await self._reply(before, before, argument)
        try:
            await self._channel.send(data)
        except NoChannelError:
            await self._reply("data failed", before, argument)
        else:
            await self._reply(after, before, argument, **values)

    async def _store(self, argument: str) -> None:
        if not self._channel.is_prepared:
            await self._reply("no data", "STOR", argument)
            return
        await self._reply("STOR", "STOR", argument)
        try:
            upload = await self._channel.receive()
        except NoChannelError:
            await self._reply("data failed", "STOR", argument)
            return
        self._peer.record(
            "file.upload",
            path=self._files.resolve(argument, self._where),
            size=upload.size,
            sha256=upload.sha256,
            beginning=upload.beginning,
            complete=upload.complete,
        )
        await self._reply("STOR done" if upload.complete else "STOR full", "STOR", argument)

    async def _reply(self, key: str, command: str = "", argument: str = "", **values: object) -> None:
        size = self._files.size(self._files.resolve(argument, self._where)) if argument else 0
        session = self._peer.session
        text = self._dialect.texts[key].format_map(
            {
                "command": command,
                "argument": argument,
                "user": "ftp" if self._user.lower() in ANONYMOUS else self._user,
                "path": self._where,
                "host": self._machine.hostname,
                "ip": session.dst_ip,
                "peer": session.src_ip,
                "own_port": session.dst_port,
                "port": 0,
                "version": self._options.version,
                "kind": self._kind,
                "mode": self._kind,
                "size": size,
                "kilobytes": f"{size / 1024:.1f}",
                "count": 0,
                "time": f"{self._files.installed:%Y%m%d%H%M%S}",
                "clock": f"{datetime.now(UTC):%H:%M}",
                **values,
            }
        )
        await self._peer.send(text.replace("\n", "\r\n").encode("utf-8", "replace") + b"\r\n")
