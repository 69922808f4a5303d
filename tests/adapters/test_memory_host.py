"""The host in memory: what an engine does, and what it can be told to do wrong."""

from pathlib import Path

import pytest

from decnet_core.adapters.memory_host import KilledError, MemoryHost
from decnet_core.domain.errors import HostSilentError, HostUnfitError
from decnet_core.domain.plan import Action, Step
from decnet_core.planning.batches import Batch
from decnet_core.planning.plan import make_plan
from tests.builders import FLEET, HOST, decky, execute_all, fleet, look_at, network, seen, snapshot

NOWHERE = Path("compose.yaml")


def _batch(action: Action, *steps: Step) -> Batch:
    return Batch(host_uuid=HOST, fleet=FLEET, action=action, steps=steps, network=network())


def _step(action: Action, name: str, container_id: str | None = None, **fields: object) -> Step:
    shall = decky(name, **fields) if action in (Action.CREATE, Action.RECREATE) else None  # type: ignore[arg-type]
    return Step(action=action, subject=name, cause="a test", shall=shall, container_id=container_id)


def test_given_a_snapshot_when_made_from_it_then_it_shows_the_same():
    before = snapshot(seen("a"), seen("b", state="exited"), seen("b", state="created", remnant=True))

    after = look_at(MemoryHost.from_snapshot(before)).observation

    assert [(one.spec, one.container_id, one.engine_state, one.live_ip) for one in after.deckies] == [
        (one.spec, one.container_id, one.engine_state, one.live_ip) for one in before.observation.deckies
    ]
    assert (after.network, after.foreign) == (before.observation.network, before.observation.foreign)


def test_given_a_decky_that_runs_when_looked_at_then_its_services_listen_and_its_visitors_are_counted():
    host = MemoryHost.from_snapshot(snapshot(seen("a", services={"ssh", "http"}), seen("b"), seen("c", state="exited")))
    host.sessions, host.deaf = {"a": 2}, frozenset({"b"})

    looks = host.vitals(["id-a", "id-b", "id-c", "id-gone"], sockets=True)

    assert {one.name: (one.listening, one.sessions) for one in looks.values()} == {
        "a": (frozenset({"22/tcp", "80/tcp"}), 2),
        "b": (frozenset(), 0),
        "c": (frozenset(), 0),
    }


def test_given_one_that_does_not_start_when_made_then_it_is_there_and_told_why():
    host = MemoryHost(refuses={"a": "no such device", "telnet": "exec format error"})
    steps = [_step(Action.CREATE, "a"), _step(Action.CREATE, "b", services={"telnet"}), _step(Action.CREATE, "c")]

    failures = host.execute(_batch(Action.CREATE, *steps), NOWHERE)

    assert failures == {"a": "no such device", "b": "exec format error"}
    states = {one.name: one.engine_state for one in look_at(host).observation.deckies}
    assert states == {"a": "created", "b": "created", "c": "running"}


def test_given_an_address_in_use_when_another_is_made_then_it_does_not_start():
    host = MemoryHost.from_snapshot(snapshot(seen("a")))

    failures = host.execute(_batch(Action.CREATE, _step(Action.CREATE, "b", ip="10.77.1.1")), NOWHERE)

    assert failures == {"b": "Address already in use"}


def test_given_a_re_creation_that_is_cut_off_when_looked_at_then_both_containers_are_there():
    shown = []
    for moment in range(4):
        host = MemoryHost.from_snapshot(snapshot(seen("a")))
        host.dies_after = moment
        with pytest.raises(KilledError):
            host.execute(_batch(Action.RECREATE, _step(Action.RECREATE, "a", "id-a", generation=2)), NOWHERE)
        seen_now = look_at(host).observation.deckies
        shown.append({f"{one.spec.generation} {one.engine_state}": one.remnant for one in seen_now})

    assert shown == [
        {"1 running": False},
        {"1 running": False, "2 created": True},
        {"1 exited": True, "2 created": False},
        {"2 created": False},
    ]


def test_given_the_same_command_again_when_carried_out_then_nothing_more_happens():
    host, desired = MemoryHost(), fleet(decky("a"))
    plan = make_plan(look_at(host), desired)
    execute_all(host, plan)
    once = dict(host.containers)

    assert host.execute(_batch(Action.CREATE, *plan.of(Action.CREATE)), NOWHERE) == {}
    assert host.containers == once
    assert host.execute(_batch(Action.REMOVE, _step(Action.REMOVE, "a", "gone")), NOWHERE) == {}
    assert host.execute(_batch(Action.START, _step(Action.START, "a", "gone")), NOWHERE) == {"a": "No such container"}


def test_given_silence_when_asked_anything_then_it_is_silent():
    host = MemoryHost(silent=True)

    for ask in (
        lambda: host.observe(FLEET),
        lambda: host.vitals(["x"]),
        lambda: host.execute(_batch(Action.REMOVE), NOWHERE),
    ):
        with pytest.raises(HostSilentError):
            ask()


def test_given_a_network_with_deckies_when_it_is_to_go_then_it_stays():
    host = MemoryHost.from_snapshot(snapshot(seen("a")))

    with pytest.raises(HostUnfitError, match="1 containers"):
        host.remove_network(FLEET)
    with pytest.raises(HostUnfitError, match="exists"):
        host.create_network(network())
    host.lose("a")
    assert (host.remove_network(FLEET), host.remove_network(FLEET)) == (True, False)


def test_given_hands_from_outside_when_they_stop_and_remove_then_it_shows():
    host = MemoryHost.from_snapshot(snapshot(seen("a"), seen("b")))

    host.stop("a")
    host.lose("b")

    assert {one.name: one.engine_state for one in look_at(host).observation.deckies} == {"a": "exited"}


def test_given_images_when_some_are_missing_then_they_are_named():
    assert MemoryHost().missing_images({"x", "y"}) == ()
    assert MemoryHost(images=frozenset({"x"})).missing_images({"z", "x", "y"}) == ("y", "z")
