"""How long a large fleet takes; printed, for the machine decides."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from decnet_core.store.mirror import Mirror
from tests.store.builders import FLEET, HOST, create, finish, operation, seen
from tests.store.conftest import KINDS

MANY = 1000


@contextmanager
def timed(what: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    print(f"{what}: {(time.perf_counter() - began) * 1000:.0f} ms")


@pytest.mark.parametrize("url", KINDS, indirect=True)
def test_given_a_thousand_deckies_when_intended_recorded_and_remembered_then_none_is_lost(mirror: Mirror, url: str):
    kind = url.partition(":")[0] + (" in memory" if url == "sqlite://" else "")
    rows = [seen(f"d-{number:04}", number=number) for number in range(MANY)]
    steps = [create(f"d-{number:04}", number=number) for number in range(MANY)]

    with timed(f"{kind}: intent of {MANY}"):
        mirror.begin(operation("op-1", *steps))
    with timed(f"{kind}: remember {MANY} with {MANY} intents"):
        assert len(mirror.remember(FLEET, HOST).intents) == MANY
    with timed(f"{kind}: record {MANY}"):
        finish(mirror, "op-1", *rows)
    with timed(f"{kind}: remember {MANY}"):
        memory = mirror.remember(FLEET, HOST)
    with timed(f"{kind}: record {MANY} unchanged"):
        mirror.begin(operation("op-2", minutes=9))
        finish(mirror, "op-2", *rows, minutes=10)

    assert memory.recorded == tuple(rows)
