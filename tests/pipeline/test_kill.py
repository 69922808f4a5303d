"""A crash loses nothing: killed at every crossing and inside every change, the next run converges."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from decnet_core.adapters.memory_host import KilledError, MemoryContainer, MemoryHost
from decnet_core.domain.errors import FleetError, OperationFailedError
from decnet_core.domain.submission import DeployOptions, Submission
from tests.builders import network, request, submission
from tests.pipeline.mortal import Fate, fated, killed, new_office
from tests.pipeline.plain import Office

UPDATE = DeployOptions(update=True)
SHRINK = DeployOptions(replace=True, allow_removals=2)


@dataclass(frozen=True)
class Story:
    """One operation on a fleet of a, b and c.

    Attributes:
        tell: the operation.
        named: the deckies that it may touch.
        after: the fleet once it has succeeded.
    """

    tell: Callable[[Office], object]
    named: str
    after: str


def _faces(*names: str, service: str = "http") -> Submission:
    return submission(*(request(name, services=[service]) for name in names))


STORIES = {
    "grow": Story(lambda office: office.deploy(submission("d", "e")), "de", "abcde"),
    "change": Story(lambda office: office.deploy(_faces("a", "b"), UPDATE), "ab", "abc"),
    "replace": Story(lambda office: office.deploy(submission("a", "d"), SHRINK), "bcd", "ad"),
    "tear down": Story(lambda office: office.teardown("a", "b"), "ab", "c"),
    "tear all down": Story(lambda office: office.teardown(everything=True), "abc", ""),
}
FAILING = {
    "grow, and one does not start": Story(lambda o: o.deploy(_faces("d", "e", service="telnet")), "de", "abc"),
    "change, and one does not start": Story(lambda o: o.deploy(_faces("b", service="telnet"), UPDATE), "b", "abc"),
}
EVERY = STORIES | FAILING


def _quick(*names: str) -> list[Any]:
    """Return every story, all but *names* for the thorough run."""
    return [name if name in names else pytest.param(name, marks=pytest.mark.slow) for name in EVERY]


@pytest.fixture
def begun(tmp_path: Path) -> Callable[[], tuple[MemoryHost, Office]]:
    """Make an office of a, b and c; a decky with telnet does not start there."""
    numbers = count()

    def make() -> tuple[MemoryHost, Office]:
        host = MemoryHost()
        host.create_network(network())
        office = new_office(tmp_path / str(next(numbers)), host)
        office.deploy(submission("a", "b", "c"))
        host.refuses["telnet"] = "exec format error"
        host.touched.clear()
        return host, office

    return make


def _containers(host: MemoryHost) -> dict[str, MemoryContainer]:
    return {one.id: replace(one) for one in host.containers.values()}


def _require_converged(host: MemoryHost, office: Office, story: Story, before: dict[str, MemoryContainer]) -> str:
    """One more run, and everything is as if nobody had ever been killed; return who is there."""
    host.refuses.clear()
    office.deploy(submission("z"))

    after = office.look()
    here = "".join(sorted(after.observed))
    assert not after.drift
    assert {row.name for row in after.memory.recorded} == set(here)
    assert len(host.containers) == len(here), "an orphan"
    assert all(one.state == "running" for one in host.containers.values())
    assert len({one.spec.ip for one in host.containers.values()}) == len(here), "an address given twice"
    survivors = {key: one for key, one in before.items() if one.spec.name not in story.named}
    assert _containers(host).items() >= survivors.items(), "a survivor was touched"
    return here


@pytest.mark.parametrize("name", _quick("grow", "replace", "tear down", *FAILING))
def test_given_a_kill_at_any_crossing_when_run_again_then_it_converges(
    name: str, begun: Callable[[], tuple[MemoryHost, Office]]
):
    story = EVERY[name]
    for moment in count():
        host, office = begun()
        before = _containers(host)
        fate = Fate(moment)
        with suppress(KilledError, OperationFailedError):
            story.tell(fated(office, fate))
        if not fate.struck:
            break

        here = _require_converged(host, office, story, before)

        assert here in {"abcz", f"{story.after}z", "abcdez"}
    assert moment >= 12


@pytest.mark.parametrize("name", EVERY)
def test_given_a_kill_inside_any_change_when_run_again_then_the_operation_is_finished(
    name: str, begun: Callable[[], tuple[MemoryHost, Office]]
):
    story = EVERY[name]
    for moment in count():
        host, office = begun()
        before = _containers(host)
        try:
            with killed(host, moment):
                story.tell(office)
        except KilledError:
            pass
        except OperationFailedError:
            break
        else:
            break

        here = _require_converged(host, office, story, before)

        assert here == f"{story.after}z" or name in FAILING
    assert moment >= 3


@pytest.mark.parametrize(
    "late", [pytest.param(False, marks=pytest.mark.slow, id="before"), pytest.param(True, id="after")]
)
@pytest.mark.parametrize("name", _quick("grow", "change"))
def test_given_silence_at_any_crossing_when_run_again_then_it_converges(
    name: str, late: bool, begun: Callable[[], tuple[MemoryHost, Office]]
):
    story = EVERY[name]
    for moment in count():
        host, office = begun()
        before = _containers(host)
        fate = Fate(moment, late=late, silent=True)
        with suppress(FleetError):
            story.tell(fated(office, fate))
        if not fate.struck:
            break

        _require_converged(host, office, story, before)


def test_given_a_missing_decky_that_cannot_be_brought_back_when_killed_at_any_crossing_then_it_is_not_forgotten(
    begun: Callable[[], tuple[MemoryHost, Office]],
):
    for moment in count():
        host, office = begun()
        before = _containers(host)
        face = office.look().observed["b"].spec.config
        host.lose("b")
        host.refuses["b"] = "no such device"
        fate = Fate(moment)
        with suppress(KilledError, OperationFailedError):
            fated(office, fate).deploy(submission("b"))
        if not fate.struck:
            break

        _require_converged(host, office, Story(lambda _: None, "b", "abc"), before)

        assert office.look().observed["b"].spec.config == face
    assert moment >= 12
