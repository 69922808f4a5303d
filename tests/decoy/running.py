"""A decky's services on loopback, in a thread of their own, for tests that talk to them as clients do."""

import asyncio
import json
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from decnet_core.decoy.gate import Gate
from decnet_core.decoy.identity import Identity
from decnet_core.decoy.journal import Journal
from decnet_core.decoy.listener import Decky, LateServer
from decnet_core.decoy.persona import Persona
from decnet_core.decoy.services import Stoppable, start_of

SEED = b"\x11" * 32
USERS = {"admin": "letmein"}
DEFAULTS: dict[str, dict[str, Any]] = {
    "ssh": {"version": "OpenSSH_9.2p1 Debian-2+deb12u10", "users": USERS, "delay": 0.05},
    "telnet": {"software": "linux", "banner": "Debian GNU/Linux 12\n", "users": USERS, "delay": 0.05},
    "ftp": {"software": "vsftpd", "version": "3.0.3", "anonymous": True, "users": USERS, "delay": 0.05},
    "http": {"software": "nginx", "server": "nginx/1.22.1"},
}


def a_persona(services: Mapping[str, Mapping[str, Any]] | None = None, **changes: Any) -> Persona:
    """A Debian machine, with whatever a test changes about it."""
    values: dict[str, Any] = {
        "name": "web-01",
        "hostname": "SRV-ALPHA-01",
        "seed": SEED,
        "os_family": "linux",
        "distro": "debian",
        "services": services or DEFAULTS,
    }
    return Persona(**values | changes)


@dataclass
class Running:
    """Started services: where they listen, and what they recorded."""

    record: Path
    ports: dict[str, int] = field(default_factory=dict)

    def events(self, *names: str) -> list[dict[str, Any]]:
        """What was recorded so far, all or those of these names."""
        lines = [json.loads(line) for line in self.record.read_text().splitlines()]
        return [line for line in lines if not names or line["event"] in names]

    def wait_for(self, name: str, count: int = 1) -> list[dict[str, Any]]:
        """The events of a name, once there are *count* of them."""
        wait_until(lambda: len(self.events(name)) >= count)
        return self.events(name)

    def connect(self, slug: str, patience: float = 5.0) -> socket.socket:
        """A raw connection to a service."""
        return socket.create_connection(("127.0.0.1", self.ports[slug]), timeout=patience)


@contextmanager
def running(
    slug: str, *, gate: Gate | None = None, persona: Persona | None = None, **options: Any
) -> Iterator[Running]:
    """One service with its defaults and *options*, on a free port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    with tempfile.TemporaryDirectory() as directory, (Path(directory) / "events").open("ab") as file:
        who = persona or a_persona()
        decky = Decky(who, Identity(who.seed), Journal(who.name, file.fileno()), gate or Gate())
        values = {**DEFAULTS[slug], **options, "port": 0}
        server = asyncio.run_coroutine_threadsafe(_start(slug, decky, values), loop).result(10)
        assert isinstance(server, asyncio.Server | LateServer)
        try:
            yield Running(Path(directory) / "events", {slug: server.sockets[0].getsockname()[1]})
        finally:
            asyncio.run_coroutine_threadsafe(_stop(server), loop).result(10)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(5)


async def _start(slug: str, decky: Decky, values: Mapping[str, Any]) -> Stoppable:
    return await start_of(slug)(decky, values)


async def _stop(server: asyncio.Server | LateServer) -> None:
    server.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def wait_until(condition: Callable[[], Any], patience: float = 8.0) -> Any:
    """What *condition* gives once that is true."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it did not come true in time")


def receive_until(connection: socket.socket, end: bytes) -> bytes:
    """Everything up to and with *end*, or up to the hang-up."""
    data = b""
    while end not in data:
        more = connection.recv(65536)
        if not more:
            break
        data += more
    return data


def receive_all(connection: socket.socket) -> bytes:
    """Everything up to the hang-up, orderly or not."""
    data = b""
    try:
        while more := connection.recv(65536):
            data += more
    except ConnectionError:
        pass
    return data
