"""A shell or one command over an SSH channel."""

import asyncio
from collections import Counter

from decnet_core.decoy.journal import Session
from decnet_core.decoy.listener import Decky
from decnet_core.decoy.openssh.library import asyncssh
from decnet_core.decoy.shell.interpreter import Shell
from decnet_core.decoy.shell.machine import machine_of

MAX_SHELLS = 10  # sshd's MaxSessions

_open_shells: Counter[str] = Counter()


async def serve_process(decky: Decky, process: "asyncssh.SSHServerProcess[str]") -> None:
    """Answer one channel until the visitor leaves."""
    session: Session = process.get_extra_info("decnet_session")
    if _open_shells[session.id] >= MAX_SHELLS:
        process.exit(1)
        return
    _open_shells[session.id] += 1
    try:
        process.exit(await _converse(decky, process, session))
    except (OSError, asyncssh.Error, asyncio.IncompleteReadError):  # the visitor left in the middle of a line
        process.close()
    finally:
        _open_shells[session.id] -= 1
        if not _open_shells[session.id]:
            del _open_shells[session.id]


async def _converse(decky: Decky, process: "asyncssh.SSHServerProcess[str]", session: Session) -> int:
    user = str(process.get_extra_info("username"))
    machine = machine_of(decky.persona, decky.identity, session.dst_ip)
    shell = Shell(machine, user, session.src_ip)
    if process.subsystem:
        decky.journal.record("request", session, kind="subsystem", name=process.subsystem)
        return 127
    if process.command is not None:
        decky.journal.record("command", session, input=process.command, kind="exec")
        reply = shell.run(process.command)
        process.stdout.write(reply.text)
        return reply.status
    return await _interact(decky, process, session, shell)


async def _interact(decky: Decky, process: "asyncssh.SSHServerProcess[str]", session: Session, shell: Shell) -> int:
    interactive = process.term_type is not None
    if interactive:
        process.stdout.write(shell.greeting())
    status = 0
    while True:
        if interactive:
            process.stdout.write(shell.prompt)
        try:
            line = await process.stdin.readline()
        except asyncssh.BreakReceived:
            process.stdout.write("^C\n" if interactive else "")
            continue
        except asyncssh.SignalReceived:
            return 130
        except asyncssh.TerminalSizeChanged:
            continue
        if not line:
            return status
        if line.strip():
            decky.journal.record("command", session, input=line.rstrip("\r\n"))
        reply = shell.run(line.strip())
        status = reply.status
        process.stdout.write(reply.text)
        await process.stdout.drain()
        if reply.left:
            return status
