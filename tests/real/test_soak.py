"""Random lives of a fleet: deploy, update, teardown, outside interference, kill -9; the invariants hold throughout."""

from collections.abc import Collection
from random import Random

import pytest

from tests.real.engine import Identity
from tests.real.runs import FlowRun
from tests.real.world import World, telnet

pytestmark = [pytest.mark.docker, pytest.mark.lan, pytest.mark.prefect]

_FACES = (("telnet",), ("http",))
_MOST = 6

Faces = dict[str, tuple[str, ...]]


class Life:
    """A fleet, what it should be, and a dice.

    Attributes:
        faces: decky → services, as it should be once the next deploy has ended.
        harmed: deckies that were stopped or removed from outside since.
        told: everything that was done, for a failed assertion.
    """

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.dice = Random(seed)
        self.faces: Faces = {}
        self.harmed: set[str] = set()
        self.told: list[str] = []
        self._count = 0

    def step(self) -> None:
        """Do one random thing and see that nobody else noticed."""
        moves = [self.deploy, self.deploy_killed]
        if self.faces:
            moves += [self.update, self.teardown, self.lose, self.stop, self.update_killed, self.teardown_killed]
        self.dice.choice(moves)()

    def deploy(self) -> None:
        fresh = self._fresh()
        self._land(self.world.start_deploy(*(telnet(name) for name in fresh)), dict.fromkeys(fresh, _FACES[0]))

    def update(self) -> None:
        changed = self._changed()
        wanted = [telnet(name, services=list(face)) for name, face in changed.items()]
        self._land(self.world.start_deploy(*wanted, update=True), changed)

    def teardown(self) -> None:
        going = self._some()
        others = self._untouchable(going)
        self._tell("teardown", *going)
        self.world.teardown(*going).succeeded()
        self._see(others)
        for name in going:
            del self.faces[name]
            self.harmed.discard(name)
        assert sorted(self.faces.keys() - self.harmed) == self.world.running()

    def lose(self) -> None:
        [name] = self._some(1)
        self._tell("docker rm -f", name)
        if name in self.world.containers():
            self.world.engine.remove(self.world.container(name))
        self.harmed.add(name)

    def stop(self) -> None:
        [name] = self._some(1)
        self._tell("docker stop", name)
        if name in self.world.containers():
            self.world.engine.stop(self.world.container(name))
        self.harmed.add(name)

    def deploy_killed(self) -> None:
        fresh = self._fresh()
        run = self.world.start_deploy(*(telnet(name) for name in fresh))
        self._kill(run, {**self.faces, **dict.fromkeys(fresh, _FACES[0])}, set(fresh))

    def update_killed(self) -> None:
        changed = self._changed()
        wanted = [telnet(name, services=list(face)) for name, face in changed.items()]
        self._kill(self.world.start_deploy(*wanted, update=True), {**self.faces, **changed}, set(changed))

    def teardown_killed(self) -> None:
        going = self._some()
        rest = {name: face for name, face in self.faces.items() if name not in going}
        self._kill(self.world.start_teardown(*going), rest, set(going))

    def settle(self) -> None:
        """Deploy nothing: whatever is unfinished or broken is put right, and every store tells the same."""
        others = self._untouchable(())
        self.world.deployed()
        self._see(others)
        self.harmed.clear()
        self.world.check(*self.faces)
        assert {row.name: row.config.services for row in self.world.memory().recorded} == self.faces

    def _land(self, run: FlowRun, wanted: Faces) -> None:
        others = self._untouchable(wanted)
        self._tell("deploy", *(f"{name}={'+'.join(face)}" for name, face in wanted.items()))
        run.wait().succeeded()
        self._see(others)
        self.faces |= wanted
        self.harmed.clear()
        self.world.check(*self.faces)

    def _kill(self, run: FlowRun, after: Faces, named: set[str]) -> None:
        """Kill *run* at a random moment; the fleet ends up as before or as *after*, nothing between."""
        before, others = self.faces, self._untouchable(named)
        run.until_stage("snapshot", "started")
        seconds, wide = self.dice.uniform(0, 3), self.dice.random() < 0.5
        self._tell(f"kill -9 after {seconds:.2f} s{' with Compose' if wide else ''}", *sorted(named))
        run.kill_after(seconds, with_children=wide)
        self.world.deployed()
        self._see(others)
        self.harmed.clear()
        found = {row.name: row.config.services for row in self.world.memory().recorded}
        assert found in (before, after), self.told
        self.faces = found
        self.world.check(*found)

    def _fresh(self) -> list[str]:
        room = max(1, min(2, _MOST - len(self.faces)))
        self._count += room
        return [f"d{number}" for number in range(self._count - room, self._count)]

    def _some(self, most: int = 2) -> list[str]:
        return self.dice.sample(sorted(self.faces), self.dice.randint(1, min(most, len(self.faces))))

    def _changed(self) -> Faces:
        return {name: _FACES[self.faces[name] == _FACES[0]] for name in self._some()}

    def _untouchable(self, named: Collection[str]) -> dict[str, Identity]:
        return self.world.identities(*(name for name in self.world.running() if name not in named))

    def _see(self, others: dict[str, Identity]) -> None:
        assert self.world.identities(*others) == others, self.told
        self.world.check_addresses()

    def _tell(self, *words: str) -> None:
        self.told.append(" ".join(words))


def _live(world: World, seed: int, steps: int) -> None:
    world.environment["DECNET_LAN_PROBE"] = "false"  # nobody else is on this LAN; each run asks a third of a second
    life = Life(world, seed)
    try:
        life.deploy()
        for _ in range(steps):
            life.step()
        life.settle()
    except BaseException:
        print(f"seed {seed}:", *life.told, sep="\n  ")
        raise


@pytest.mark.parametrize("seed", range(3))
def test_given_a_short_random_life_then_the_invariants_hold(world: World, seed: int):
    _live(world, seed, steps=4)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(100, 120))
def test_given_a_random_life_then_the_invariants_hold(world: World, seed: int):
    _live(world, seed, steps=15)
