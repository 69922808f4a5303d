"""A database's URL, as operators write it."""

from pathlib import Path

import pytest

from decnet_core.domain.errors import StoreUnavailableError
from decnet_core.store.address import read_address
from decnet_core.store.mirror import Mirror

SECRET = "hunter2"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("sqlite://", "sqlite://"),
        ("sqlite:///:memory:", "sqlite://"),
        ("sqlite:////var/lib/decnet/decnet.db", "sqlite:////var/lib/decnet/decnet.db"),
        (f"postgresql://decnet:{SECRET}@db/decnet", "postgresql://decnet:***@db/decnet"),
        (f"postgres://decnet:{SECRET}@db:5433/decnet", "postgres://decnet:***@db:5433/decnet"),
        (f"postgresql+psycopg://db/decnet?password={SECRET}&port=5", "postgresql+psycopg://db/decnet?port=5"),
    ],
)
def test_given_a_url_when_read_then_it_is_shown_without_its_password(written: str, shown: str):
    assert read_address(written).shown == shown


@pytest.mark.parametrize("written", ["postgres://db/x", "postgresql://db/x", "postgresql+psycopg://db/x"])
def test_given_any_way_to_write_postgresql_when_read_then_psycopg_drives_it(written: str):
    assert read_address(written).url.drivername == "postgresql+psycopg"


def test_given_a_relative_file_when_read_then_it_stays_the_same_file_wherever_one_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)

    address = read_address("sqlite:///state/decnet.db")

    assert address.path == tmp_path / "state" / "decnet.db"


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", "not a database URL"),
        ("decnet.db", "not a database URL"),
        (f"postgresql//decnet:{SECRET}@db", "not a database URL"),
        (f"postgresql://decnet:{SECRET}@db:port/decnet", "not a database URL"),
        (f"mysql://decnet:{SECRET}@db/decnet", "this kind of database is not known"),
        (f"postgresql+asyncpg://decnet:{SECRET}@db/decnet", "this kind of database is not known"),
    ],
)
def test_given_what_is_no_url_of_ours_when_opened_then_the_error_says_so_without_the_password(written: str, why: str):
    with pytest.raises(StoreUnavailableError, match=why) as caught:
        Mirror.open(written)

    assert SECRET not in str(caught.value)
