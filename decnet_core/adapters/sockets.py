"""Which ports a container listens on and who is connected, from the kernel's tables of its own namespace."""

from dataclasses import dataclass
from pathlib import Path

_LISTEN, _ESTABLISHED, _UDP_OPEN = "0A", "01", "07"
_LOOPBACK = ("7F", "00000000000000000000000001000000")  # 127.0.0.0/8 as the kernel writes it, and ::1
TABLES = ("tcp", "tcp6", "udp", "udp6")


@dataclass(frozen=True)
class Sockets:
    """Listening ports as ``22/tcp``, and how many connections to them are established."""

    listening: frozenset[str]
    sessions: int


def parse(tables: dict[str, str]) -> Sockets:
    """Read the text of ``/proc/net/tcp`` and its siblings: table name → text."""
    listening: set[str] = set()
    established: list[str] = []
    for table, text in tables.items():
        transport = table.rstrip("6")
        for line in text.splitlines()[1:]:
            fields = line.split()
            if len(fields) < 4:
                continue
            address, _, number = fields[1].rpartition(":")
            if address.endswith(_LOOPBACK):
                continue  # Docker's own name server is in there too, and nobody on the LAN reaches either
            port = f"{int(number, 16)}/{transport}"
            if fields[3] == _LISTEN or (transport == "udp" and fields[3] == _UDP_OPEN):
                listening.add(port)
            elif transport == "tcp" and fields[3] == _ESTABLISHED:
                established.append(port)
    return Sockets(frozenset(listening), sum(port in listening for port in established))


def read_process(pid: int) -> dict[str, str] | None:
    """Return the socket tables of the namespace that *pid* lives in; None where they cannot be read."""
    try:
        return {table: Path(f"/proc/{pid}/net/{table}").read_text() for table in TABLES if _there(pid, table)}
    except OSError:
        return None


def _there(pid: int, table: str) -> bool:
    """A kernel without IPv6 has no table for it; the tcp table must be there."""
    return table == "tcp" or Path(f"/proc/{pid}/net/{table}").exists()
