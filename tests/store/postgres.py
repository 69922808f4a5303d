"""A PostgreSQL cluster of the tests' own: made from the machine's server binaries, gone afterwards."""

import os
import pwd
import random
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg


def server_binaries() -> Path | None:
    """Return the directory of the newest server's binaries, where Debian or PATH has one."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if versions:
        return versions[-1].parent
    found = shutil.which("initdb")
    return Path(found).parent if found else None


@dataclass(frozen=True)
class Cluster:
    """A running server that only a socket in its own directory leads to."""

    sockets: Path
    port: int

    def url(self, database: str) -> str:
        return f"postgresql://decnet@/{database}?host={self.sockets}&port={self.port}"

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Run one statement outside any transaction, as CREATE DATABASE wants it."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def throwaway_cluster(binaries: Path) -> Iterator[Cluster]:
    """Start a cluster in a temporary directory; PostgreSQL refuses to run as root, so root lends it a user."""
    home = Path(tempfile.mkdtemp(prefix="decnet-pg-"))  # a socket's path has 107 bytes: no deep directory
    lent = _unprivileged() if os.geteuid() == 0 else None
    if lent:
        os.chown(home, lent.pw_uid, lent.pw_gid)
    as_owner = (
        ["setpriv", f"--reuid={lent.pw_uid}", f"--regid={lent.pw_gid}", "--clear-groups"] if lent is not None else []
    )
    port = random.randint(20000, 60000)
    data = home / "data"
    options = f"-k {home} -p {port} -c listen_addresses= -c fsync=off -c max_connections=50"

    def run(*command: str) -> None:
        # The server inherits what it is given, so a pipe would stay open as long as it runs.
        with (home / "log").open("a") as log:
            subprocess.run([*as_owner, *command], cwd=home, stdout=log, stderr=log, check=True, timeout=120)

    try:
        run(str(binaries / "initdb"), "-D", str(data), "-U", "decnet", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        run(str(binaries / "pg_ctl"), "-D", str(data), "-o", options, "-w", "start")
        try:
            yield Cluster(home, port)
        finally:
            run(str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(home)


def _unprivileged() -> pwd.struct_passwd:
    names = {user.pw_name: user for user in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]
