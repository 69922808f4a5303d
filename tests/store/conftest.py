"""The kinds of database; each test gets an empty one of its own."""

import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from decnet_core.store.mirror import Mirror
from tests.store.postgres import Cluster, server_binaries, throwaway_cluster

KINDS = ["memory", "file", pytest.param("postgres", marks=pytest.mark.postgres)]
LASTING = KINDS[1:]
"""Databases that another process can open, too."""

_numbers = count(1)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    binaries = server_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL's server binaries are not installed")
    with throwaway_cluster(binaries) as running:
        yield running


@pytest.fixture(scope="session")
def new_postgres(cluster: Cluster) -> Callable[..., str]:
    """Make a PostgreSQL database without tables and return its URL."""

    def make(template: str = "template0") -> str:
        name = f"decnet_{next(_numbers)}"
        cluster.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return cluster.url(name)

    return make


@pytest.fixture(scope="session")
def postgres_template(cluster: Cluster) -> str:
    """Migrate one database, for every test to have a copy of: a migration takes a second, a copy none."""
    cluster.execute("CREATE DATABASE migrated")
    Mirror.open(cluster.url("migrated")).close()
    return "migrated"


@pytest.fixture(scope="session")
def file_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "decnet.db"
    Mirror.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Name an empty, migrated database of the kind that the test is parametrized with."""
    match request.param:
        case "memory":
            return "sqlite://"
        case "file":
            path = tmp_path / "decnet.db"
            shutil.copyfile(request.getfixturevalue("file_template"), path)
            return f"sqlite:///{path}"
        case _:
            make: Callable[..., str] = request.getfixturevalue("new_postgres")
            return make(request.getfixturevalue("postgres_template"))


@pytest.fixture
def mirror(url: str) -> Iterator[Mirror]:
    with Mirror.open(url) as opened:
        yield opened
