"""``kill -9`` at every point: the next run converges, and nobody who was not named is touched."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.real.conftest import MakeWorld
from tests.real.engine import Identity
from tests.real.runs import Event, FlowRun
from tests.real.world import Request, World, telnet

pytestmark = [pytest.mark.docker, pytest.mark.lan, pytest.mark.prefect]

_ONE_BY_ONE = {"DECNET_BATCH_SIZE": "1"}
_STAGES = ("snapshot", "validate", "merge", "plan", "record intent", "write compose", "apply", "verify", "mirror")


@dataclass(frozen=True)
class Point:
    """Where the process dies.

    Attributes:
        stage, state: the event after which it dies; or
        steps: so many steps of the apply have been done.
        with_children: whether Compose dies with it, in the middle of what it is doing.
        compose: only once Compose has been seen at work after that.
    """

    stage: str = ""
    state: str = "done"
    steps: int | None = None
    with_children: bool = False
    compose: bool = False

    def __str__(self) -> str:
        where = f"{self.steps} steps" if self.steps is not None else f"{self.stage} {self.state}"
        return f"{where}{', in Compose' if self.compose else ''}{', Compose too' if self.with_children else ''}"

    def reached(self, event: Event) -> bool:
        if self.steps is not None:
            return event["event"] == "progress" and int(event["done"]) >= self.steps
        return (event.get("name"), event.get("state")) == (self.stage, self.state)


_AFTER_STAGES = [Point(stage) for stage in _STAGES]
_IN_APPLY = [
    Point("apply", "started"),
    Point("apply", "started", compose=True),
    Point("apply", "started", compose=True, with_children=True),
    Point(steps=1),
    Point(steps=1, compose=True),
    Point(steps=1, compose=True, with_children=True),
    Point(steps=2, compose=True, with_children=True),
]


def _points(points: list[Point], *quick: Point) -> list[object]:
    """Return *points* as parameters, all but the *quick* ones left to the long tests."""
    return [pytest.param(point, id=str(point), marks=() if point in quick else pytest.mark.slow) for point in points]


@dataclass
class Scene:
    """A fleet with two deckies that no operation names."""

    world: World
    survivors: dict[str, Identity]
    round: int = 0

    def names(self, *stems: str) -> list[str]:
        return [f"{stem}{self.round}" for stem in stems]

    def untouched(self) -> bool:
        return self.world.identities(*self.survivors) == self.survivors


@pytest.fixture(scope="module")
def shared_scene(make_world: MakeWorld) -> Iterator[Scene]:
    with make_world() as world:
        world.environment["DECNET_LAN_PROBE"] = "false"  # nobody else is on this LAN; each run asks a third of a second
        world.deployed(telnet("stays"), telnet("rests"))
        yield Scene(world, world.identities("stays", "rests"))


@pytest.fixture
def scene(shared_scene: Scene) -> Iterator[Scene]:
    """The shared fleet, with nothing in it but its two survivors before and after."""
    shared_scene.round += 1
    yield shared_scene
    others = [name for name in shared_scene.world.containers() if name not in shared_scene.survivors]
    if others:
        shared_scene.world.teardown(*others).succeeded()


def _kill_at(point: Point, run: FlowRun, world: World) -> None:
    run.until(point.reached)
    if point.compose:
        world.wait_for_compose()
    run.kill(with_children=point.with_children)


Start = Callable[[World, list[Request]], FlowRun]


def _next_run_converges(scene: Scene, *expected: str) -> None:
    """Deploy one more, unrelated decky, and see the whole fleet as it was meant."""
    [other] = scene.names("other")
    assert scene.untouched()

    scene.world.deployed(telnet(other, ip=scene.world.ip(200)))

    assert scene.untouched()
    scene.world.check(*scene.survivors, *expected, other)


@pytest.mark.parametrize("point", _points(_AFTER_STAGES + _IN_APPLY, *_AFTER_STAGES[3:], *_IN_APPLY))
def test_given_a_deploy_killed_anywhere_when_another_decky_is_deployed_then_the_fleet_is_whole(
    scene: Scene, point: Point
):
    names = scene.names("a", "b", "c")
    run = scene.world.start_deploy(*map(telnet, names), env=_ONE_BY_ONE)
    _kill_at(point, run, scene.world)

    intended = point.stage not in ("snapshot", "validate", "merge", "plan")
    _next_run_converges(scene, *(names if intended else ()))


@pytest.mark.parametrize("point", _points(_AFTER_STAGES[4:] + _IN_APPLY, _IN_APPLY[2], _IN_APPLY[3]))
def test_given_an_update_killed_anywhere_when_another_decky_is_deployed_then_the_update_is_finished(
    scene: Scene, point: Point
):
    names = scene.names("a", "b", "c")
    scene.world.deployed(*map(telnet, names))
    faces = scene.world.identities(*names)

    changed = [telnet(name, services=["http"]) for name in names]
    run = scene.world.start_deploy(*changed, update=True, env=_ONE_BY_ONE)
    _kill_at(point, run, scene.world)

    _next_run_converges(scene, *names)
    rows = {row.name: row.config.services for row in scene.world.memory().recorded}
    assert {rows[name] for name in names} == {("http",)}
    now = scene.world.identities(*names)
    assert {name: (one.ip, one.mac) for name, one in now.items()} == {
        name: (one.ip, one.mac) for name, one in faces.items()
    }


@pytest.mark.parametrize("point", _points([*_AFTER_STAGES[4:], _IN_APPLY[0], _IN_APPLY[3]], _IN_APPLY[3]))
def test_given_a_teardown_killed_anywhere_when_another_decky_is_deployed_then_the_teardown_is_finished(
    scene: Scene, point: Point
):
    names = scene.names("a", "b", "c")
    scene.world.deployed(*map(telnet, names))
    addresses = [one.ip for one in scene.world.identities(*names).values()]

    _kill_at(point, scene.world.start_teardown(*names, env=_ONE_BY_ONE), scene.world)

    _next_run_converges(scene)
    assert {row.name for row in scene.world.memory().retired} >= set(names)
    again = scene.names("x", "y", "z")
    scene.world.deployed(*(telnet(name, ip=ip) for name, ip in zip(again, addresses, strict=True)))
    scene.world.check(*scene.survivors, *again, *scene.names("other"))


@pytest.mark.parametrize("moment", ["taking back", "mirror"])
def test_given_a_failed_deploy_killed_while_it_is_taken_back_when_another_is_deployed_then_it_is_taken_back(
    scene: Scene, moment: str
):
    world = scene.world
    tag = f"decnet-test-{world.name}:killed"
    world.engine.add_image(tag, ["/no/such/program"])
    try:
        good, bad = scene.names("good", "zbad")
        run = world.start_deploy(telnet(good), telnet(bad, base_image=tag), env=_ONE_BY_ONE)
        run.until(lambda event: moment in event.get("text", "") or event.get("name") == moment)
        run.kill()

        _next_run_converges(scene)
    finally:
        world.engine.remove_image(tag)


@pytest.mark.slow
@pytest.mark.parametrize("milliseconds", range(0, 4000, 160))
def test_given_a_deploy_killed_at_any_time_when_another_decky_is_deployed_then_the_fleet_is_whole(
    scene: Scene, milliseconds: int
):
    names = scene.names("a", "b", "c")
    run = scene.world.start_deploy(*map(telnet, names), env=_ONE_BY_ONE)
    run.until(lambda event: event["event"] == "ready")
    run.kill_after(milliseconds / 1000, with_children=milliseconds % 320 == 0)

    begun = any(one.status.is_open for one in scene.world.history()) or len(scene.world.containers()) > 2
    _next_run_converges(scene, *(names if begun else ()))
