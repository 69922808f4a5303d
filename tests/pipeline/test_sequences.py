"""Random sequences of what people, intruders and accidents do to a fleet: the invariants hold throughout."""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from decnet_core.adapters.memory_host import KilledError, MemoryContainer, MemoryHost
from decnet_core.domain.decky import DeckyConfig
from decnet_core.domain.errors import CollisionError, FleetError, InvalidSubmissionError, OperationFailedError
from decnet_core.domain.snapshot import Foreign
from decnet_core.domain.submission import DeployOptions
from tests.builders import network, request, stranger, submission
from tests.pipeline.mortal import Fate, fated, new_office

NAMES = ("a", "b", "c", "d", "e", "f")
SERVICES = ("ssh", "http", "ftp")
REFUSED = "telnet"
STRANGERS: tuple[Foreign, ...] = (stranger("printer", "10.77.0.2", on_network=True), stranger("b2", "10.77.0.4"))

names = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True)
services = st.sampled_from([*SERVICES, *SERVICES, REFUSED])
moments = st.none() | st.integers(0, 25)


class FleetMachine(RuleBasedStateMachine):
    """A fleet, what a person believes of it, and whoever disturbs it.

    Attributes:
        wanted: the deckies that must be there.
        open: the deckies that an operation that was cut off may have made, changed or removed.
        faces: who each decky is; it never changes while the decky is wanted.
    """

    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory(prefix="decnet-sequence-")
        self.host = MemoryHost(foreign=STRANGERS, refuses={REFUSED: "exec format error"})
        self.host.create_network(network())
        self.office = new_office(Path(self.directory.name), self.host)
        self.wanted: set[str] = set()
        self.open: set[str] = set()
        self.faces: dict[str, tuple[str, str, str, str]] = {}

    def teardown(self) -> None:
        """Whatever happened, one more run settles it."""
        self.host.refuses = {}
        self._carry_out({"z"}, lambda office: office.deploy(submission("z")), None)
        after = self.office.look()
        assert [drift for drift in after.drift if drift.kind != "foreign"] == []
        assert {row.name for row in after.memory.recorded} == after.observed.keys()
        self.directory.cleanup()

    @rule(names=names, service=services, moment=moments)
    def deploy(self, names: list[str], service: str, moment: int | None) -> None:
        asked = submission(*(request(name, services=[service]) for name in names if name not in self._present()))
        if asked.deckies:
            self._carry_out({one.name for one in asked.deckies}, lambda o: o.deploy(asked), moment)

    @rule(names=names, service=services, moment=moments)
    def update(self, names: list[str], service: str, moment: int | None) -> None:
        asked = submission(*(request(name, services=[service]) for name in names))
        self._carry_out(set(names), lambda o: o.deploy(asked, DeployOptions(update=True)), moment)

    @rule(names=names, moment=moments)
    def replace_all(self, names: list[str], moment: int | None) -> None:
        asked = submission(*(request(name, services=["ssh"]) for name in names))
        options = DeployOptions(replace=True, update=True, allow_removals=9)
        leaving = self._present() - set(names)
        self._carry_out({*names, *leaving}, lambda o: o.deploy(asked, options), moment, leaving)

    @rule(names=names, moment=moments)
    def retire(self, names: list[str], moment: int | None) -> None:
        going = set(names) & self._present()
        if going:
            self._carry_out(going, lambda o: o.teardown(*going), moment, going)

    @rule(name=st.sampled_from(NAMES))
    def docker_rm(self, name: str) -> None:
        self.host.lose(name)

    @rule(name=st.sampled_from(NAMES))
    def docker_stop(self, name: str) -> None:
        self.host.stop(name)

    @rule(names=names)
    def dry_run(self, names: list[str]) -> None:
        before, remembered = self._containers(), self.office.look().memory
        self.office.deploy(submission(*names), DeployOptions(update=True), dry_run=True)
        assert (self._containers(), self.office.look().memory) == (before, remembered)

    @rule(names=names)
    def ask_for_what_is_taken(self, names: list[str]) -> None:
        before = self._containers()
        asked = submission(*(request(name, ip="10.77.0.2") for name in names))
        with pytest.raises((CollisionError, InvalidSubmissionError)):
            self.office.deploy(asked)
        assert self._containers() == before

    @invariant()
    def nothing_is_given_twice(self) -> None:
        ours: dict[str, DeckyConfig] = {}
        for one in self.host.containers.values():
            ours.setdefault(one.spec.name, one.spec.config)
        taken = [str(ip) for other in STRANGERS for ip in other.ips] + ["10.77.0.1"]
        addresses = [*taken, *(str(config.ip) for config in ours.values())]
        assert len(set(addresses)) == len(addresses)
        assert len({config.mac_address for config in ours.values()}) == len(ours)
        assert len({config.hostname for config in ours.values()}) == len(ours)

    @invariant()
    def nobody_has_two_faces(self) -> None:
        for one in self.host.containers.values():
            config = one.spec.config
            face = (config.mac_address, config.seed, str(config.ip), config.hostname)
            if one.spec.name in self.wanted:
                assert self.faces.setdefault(one.spec.name, face) == face

    @invariant()
    def strangers_are_left_alone(self) -> None:
        assert self.host.foreign == STRANGERS

    def _present(self) -> set[str]:
        """Who a person would say is there, as `decnet status` tells it."""
        snapshot = self.office.look()
        return {*snapshot.observed, *snapshot.recorded} | self.wanted

    def _containers(self) -> dict[str, MemoryContainer]:
        return {one.id: replace(one) for one in self.host.containers.values()}

    def _carry_out(
        self, named: set[str], tell: Callable[..., object], moment: int | None, leaving: set[str] | None = None
    ) -> None:
        before, fate, held = self._containers(), Fate(moment), set(self.wanted)
        try:
            tell(fated(self.office, fate))
        except KilledError:
            self.open |= named
            self.wanted -= named
            for name in leaving or ():
                self.faces.pop(name, None)  # what it had may have been promised to somebody else already
        except OperationFailedError:
            self.wanted |= self._settled()
        except FleetError:
            assert self._containers() == before, "a refusal changed something"
        else:
            self.wanted = (self._settled() | held | named) - (leaving or set())
            self._require_whole(healed=leaving is None or bool(named - leaving))
        self._require_survivors(before, named, held)

    def _settled(self) -> set[str]:
        """Return what became of deckies that were open: finished or taken back, either is an end.

        A teardown, or a deploy that is taken back, leaves those open that it had nothing to do with.
        """
        now = self.office.look()
        still_open = {intent.decky for intent in now.memory.intents}
        settled = (self.open - still_open) & (now.observed.keys() | now.recorded.keys())
        self.open &= still_open
        return settled

    def _require_whole(self, *, healed: bool) -> None:
        """After a run that succeeded nothing is forgotten and nothing else is there; a deploy heals, too."""
        after = self.office.look()
        assert {row.name for row in after.memory.recorded} - self.open == self.wanted - self.open
        assert after.observed.keys() <= self.wanted | self.open
        if healed:
            assert after.memory.intents == ()
            assert len(self.host.containers) == len(self.wanted)
            stopped = [one.spec.config for one in after.observed.values() if not one.running]
            assert all(REFUSED in config.services for config in stopped)
        for name in self.faces.keys() - self.wanted:
            del self.faces[name]

    def _require_survivors(self, before: dict[str, MemoryContainer], named: set[str], held: set[str]) -> None:
        for key, one in before.items():
            if one.state == "running" and one.spec.name in held - named:
                assert self.host.containers[key] == one, f"{one.spec.name} was touched"


def _run(examples: int, steps: int) -> None:
    profile = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.reuse, Phase.generate],  # sequences are short as they are, and shrinking them takes minutes
    )
    run_state_machine_as_test(FleetMachine, settings=profile)


def test_given_a_few_random_sequences_then_the_invariants_hold():
    _run(25, 8)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_given_many_random_sequences_then_the_invariants_hold():
    _run(400, 15)
