"""A host in memory and an office on it, new for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from decnet_core.adapters.memory_host import MemoryHost
from decnet_core.store.mirror import Mirror
from tests.builders import network
from tests.pipeline.plain import Office


@pytest.fixture
def host() -> MemoryHost:
    engine = MemoryHost()
    engine.create_network(network())
    return engine


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    with Mirror.open("sqlite://") as opened:
        yield opened


@pytest.fixture
def office(host: MemoryHost, mirror: Mirror, tmp_path: Path) -> Office:
    return Office(host, tmp_path, mirror)
