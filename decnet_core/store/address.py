"""Where the mirror's database is: a URL as operators write it, read once."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from decnet_core.domain.errors import StoreUnavailableError

_POSTGRESQL = {"postgres", "postgresql", "postgresql+psycopg"}
_SQLITE = {"sqlite", "sqlite+pysqlite"}
_SECRET_OPTIONS = ("password", "passfile", "sslpassword")


@dataclass(frozen=True)
class Address:
    """One database.

    Attributes:
        url: the URL with its driver spelled out and a relative path made absolute.
        shown: the same without any password: for messages.
        path: the file of an SQLite database; None in memory and for PostgreSQL.
    """

    url: URL
    shown: str
    path: Path | None = None

    @property
    def is_sqlite(self) -> bool:
        """Whether it is SQLite, in a file or in memory."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def in_memory(self) -> bool:
        """Whether it lives and dies with this process."""
        return self.is_sqlite and self.path is None


def read_address(text: str) -> Address:
    """Read ``sqlite:///FILE``, ``sqlite://`` (in memory) or ``postgresql://…``.

    Raises:
        StoreUnavailableError: not such a URL.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as exc:  # ValueError: a port that is no number
        # What cannot be taken apart cannot be rid of its password either, so only its start is shown.
        raise StoreUnavailableError(f"{text.split(':', 1)[0][:20]}:…", "this is not a database URL") from exc
    if url.drivername in _SQLITE:
        return _sqlite(url)
    if url.drivername in _POSTGRESQL:
        driven = url.set(drivername="postgresql+psycopg")
        return Address(driven, _without_secrets(url))
    raise StoreUnavailableError(
        _without_secrets(url), "this kind of database is not known; use sqlite:///FILE or postgresql://…"
    )


def _sqlite(url: URL) -> Address:
    if url.database in (None, "", ":memory:"):
        return Address(url, "sqlite://")
    path = Path(str(url.database)).absolute()
    return Address(url.set(database=str(path)), f"sqlite:///{path}", path)


def _without_secrets(url: URL) -> str:
    return url.difference_update_query(_SECRET_OPTIONS).render_as_string(hide_password=True)
