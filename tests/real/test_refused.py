"""What is asked for and cannot be: the right kind of error, every cause, nothing changed, and the next run is fine."""

import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.real.conftest import MakeWorld
from tests.real.world import Request, World, telnet

pytestmark = [pytest.mark.docker, pytest.mark.lan, pytest.mark.prefect]


@pytest.fixture(scope="module")
def office(make_world: MakeWorld) -> Iterator[World]:
    with make_world() as world:
        world.deployed(
            telnet("held", ip=world.ip(10), mac_address=_mac(world), hostname="held-host"),
            telnet("guarded", protected=True),
            telnet("third"),
            telnet("asleep", ip=world.ip(13)),
        )
        world.engine.stop(world.container("asleep"))
        yield world


@pytest.fixture
def unchanged(office: World) -> Iterator[World]:
    """The fleet, which must be the same after the test as before, with nothing of it in the journal."""
    before, history = office.picture(), office.statuses()
    yield office
    assert office.picture() == before
    assert office.statuses() == history


def _mac(world: World) -> str:
    """Return a MAC of this fleet's own: a second run of these tests may use the same engine."""
    digest = hashlib.sha256(world.name.encode()).hexdigest()
    return f"00:50:56:{digest[:2]}:{digest[2:4]}:{digest[4:6]}"


Refusal = tuple[Callable[[World], Request], str, str]

_REFUSALS: dict[str, Refusal] = {
    "ip of a running decky": (lambda w: telnet("x", ip=w.ip(10)), "CollisionError", "held by decky held"),
    "ip of a stopped decky": (lambda w: telnet("x", ip=w.ip(13)), "CollisionError", "held by decky asleep"),
    "mac": (lambda w: telnet("x", mac_address=_mac(w)), "CollisionError", "mac 00:50:56:"),
    "hostname": (lambda w: telnet("x", hostname="HELD-host"), "CollisionError", "held by decky held"),
    "name with another face": (lambda w: telnet("held", services=["http"]), "CollisionError", "--update"),
    "network address": (lambda w: telnet("x", ip=w.ip(0)), "InvalidSubmissionError", "the network address"),
    "broadcast address": (lambda w: telnet("x", ip=w.ip(-1)), "InvalidSubmissionError", "the broadcast address"),
    "gateway": (lambda w: telnet("x", ip=str(w.lan.gateway)), "InvalidSubmissionError", "the gateway"),
    "outside the subnet": (lambda w: telnet("x", ip="192.0.2.9"), "InvalidSubmissionError", "outside the subnet"),
    "unknown service": (lambda w: telnet("x", services=["telnt"]), "InvalidSubmissionError", "'telnet'"),
    "unknown archetype": (lambda w: {"name": "x", "archetype": "printr"}, "InvalidSubmissionError", "'printer'"),
    "unknown option": (
        lambda w: telnet("x", service_config={"telnet": {"colour": 1}}),
        "InvalidSubmissionError",
        "unknown option 'colour'",
    ),
    "option of a wrong type": (
        lambda w: telnet("x", services=["http"], service_config={"http": {"status": "fine"}}),
        "InvalidSubmissionError",
        "option status",
    ),
}


@pytest.mark.parametrize("name", _REFUSALS)
def test_given_a_fleet_when_a_submission_cannot_be_then_it_says_why_and_changes_nothing(unchanged: World, name: str):
    spoilt, kind, words = _REFUSALS[name]

    run = unchanged.deploy(telnet("fine"), spoilt(unchanged))

    assert words in run.refused(kind)
    assert run.exit_code == 1


def test_given_several_faults_when_submitted_then_every_one_is_named(unchanged: World):
    run = unchanged.deploy(telnet("x", ip="192.0.2.9"), telnet("y", services=["nope"]), telnet("z", ip=unchanged.ip(0)))

    assert run.error is not None
    assert len(run.error["causes"]) == 3


def test_given_another_subnet_when_submitted_for_a_live_fleet_then_both_values_are_named(unchanged: World):
    submission = unchanged.submission(telnet("x"))
    submission["network"]["subnet"] = "192.0.2.0/24"

    words = unchanged.start_submission(submission).wait().refused("InvalidSubmissionError")

    assert "192.0.2.0/24" in words
    assert str(unchanged.lan.subnet) in words


def test_given_an_empty_replace_when_deployed_then_it_is_refused(unchanged: World):
    assert "empty" in unchanged.deploy(replace=True).refused("RemovalRefusedError")


def test_given_a_replace_that_removes_more_than_the_guard_allows_when_deployed_then_it_is_refused(unchanged: World):
    run = unchanged.deploy(telnet("guarded", protected=True), replace=True)

    words = run.refused("RemovalRefusedError")
    assert "3 removals, the guard allows 1" in words
    assert all(name in words for name in ("held", "third", "asleep"))


def test_given_a_protected_decky_when_torn_down_then_it_is_refused(unchanged: World):
    assert "--force" in unchanged.teardown("third", "guarded").refused("RemovalRefusedError")


def test_given_a_protected_decky_when_replaced_away_then_it_is_refused(unchanged: World):
    run = unchanged.deploy(telnet("held"), replace=True, allow_removals=10)

    assert "guarded" in run.refused("RemovalRefusedError")


def test_given_an_unknown_name_when_torn_down_then_the_near_one_is_named(unchanged: World):
    assert "'third'" in unchanged.teardown("thrid").refused("InvalidSubmissionError")


def test_given_another_revision_when_expected_then_the_plan_is_stale(unchanged: World):
    run = unchanged.deploy(telnet("x"), expected_revision="000000000000")

    assert "plan again" in run.refused("StalePlanError")


def test_given_an_image_that_is_not_there_when_deployed_then_nothing_is_made(office: World):
    before = office.picture()

    run = office.deploy(telnet("x", base_image="decnet/none:1"))

    assert "decnet/none:1" in run.refused("ImageMissingError")
    after = office.picture()
    assert {**after, "identities": {}, "containers": {}, "network": {}, "rows": []} == {
        **before, "identities": {}, "containers": {}, "network": {}, "rows": []
    }  # fmt: skip
    assert after["containers"] == before["containers"]


def test_given_a_label_of_ours_that_cannot_be_read_when_deployed_then_nothing_is_written(unchanged: World):
    labels = {"com.decnet.host": "true", "com.decnet.fleet": unchanged.name, "com.decnet.schema": "1"}
    broken = {**labels, "com.decnet.config": "{not json", "com.decnet.name": "odd", "com.decnet.generation": "1"}
    unchanged.engine.add_foreign(f"{unchanged.name}-odd", unchanged.name, labels=broken)
    try:
        deploy = unchanged.deploy(telnet("x"))
        teardown = unchanged.teardown("third")
    finally:
        unchanged.engine.remove(f"{unchanged.name}-odd")

    assert f"container {unchanged.name}-odd" in deploy.refused("UnreadableLabelError")
    teardown.refused("UnreadableLabelError")


def test_given_a_foreign_container_when_its_address_is_asked_for_then_it_is_refused_and_named(unchanged: World):
    name = f"{unchanged.name}-foreign"
    unchanged.engine.add_foreign(name, unchanged.name, network=f"decnet-{unchanged.name}", ip=unchanged.ip(40))
    try:
        run = unchanged.deploy(telnet("x", ip=unchanged.ip(40)))
    finally:
        unchanged.engine.remove(name)

    assert f"container {name} (not ours)" in run.refused("CollisionError")


def test_given_a_stranger_on_the_lan_when_its_address_is_asked_for_then_it_is_refused_with_its_mac(unchanged: World):
    mac = unchanged.lan.add_stranger(unchanged.ip(50))

    run = unchanged.deploy(telnet("x", ip=unchanged.ip(50)))

    assert f"{mac} on the LAN" in run.refused("CollisionError")


def test_given_everything_refused_before_when_a_right_one_is_submitted_then_it_lands(office: World):
    office.deployed(telnet("fine"))

    office.check("held", "guarded", "third", "asleep", "fine")  # and who had stopped is up again


def test_given_strangers_on_the_lan_and_in_docker_when_addresses_are_chosen_then_others_are_chosen(world: World):
    stranger = world.ip(3)
    world.lan.add_stranger(stranger)
    world.deployed(telnet("first"))
    name = f"{world.name}-foreign"
    foreign = world.ip(4)
    world.engine.add_foreign(name, world.name, network=f"decnet-{world.name}", ip=foreign)

    run = world.deploy(telnet("second"), telnet("third"))

    run.succeeded()
    given = {one.ip for one in world.identities("first", "second", "third").values()}
    assert not given & {stranger, foreign}
    assert any(stranger in text for text in run.warnings())
    world.check("first", "second", "third")
    assert world.engine.inspect(name)["State"]["Running"]


def test_given_secrets_of_every_kind_when_deployed_then_they_arrive_byte_exact(world: World):
    secrets = ["50%", "#hash", "$HOME ${X} $$", 'it\'s "quoted"', "two\nlines", "back\\slash", " ünïcode\t\u2028 "]
    users = {f"user{number}": secret for number, secret in enumerate(secrets)}
    body = "<p>\x7f$1 & %s\r\n" + "".join(secrets)

    world.deployed(
        telnet("a", services=["http", "telnet"], service_config={"telnet": {"users": users}, "http": {"body": body}})
    )

    environment = world.engine.inspect(world.container("a"))["Config"]["Env"]
    persona = json.loads(next(line for line in environment if line.startswith("DECNET_PERSONA=")).partition("=")[2])
    assert persona["services"]["telnet"]["users"] == users
    assert persona["services"]["http"]["body"] == body
    [row] = world.memory().recorded
    assert row.config.service_config["telnet"]["users"] == users
    world.deployed(telnet("b"))
    world.check("a", "b")


def _network_fault(world: World, **changes: Any) -> str:
    submission = world.submission(telnet("a"))
    submission["network"] |= changes
    run = world.start_submission(submission).wait()
    assert run.error is not None
    assert world.containers() == []
    return f"{run.error['kind']}: {run.error['text']}"


def test_given_a_parent_that_is_not_there_when_deployed_then_it_is_named_and_nothing_is_left(world: World):
    words = _network_fault(world, interface="decnet-none0")

    assert "decnet-none0" in words
    assert words.startswith("HostUnfitError")
    assert world.engine.network(world.name) is None
    world.deployed(telnet("a"))
    world.check("a")


def test_given_a_foreign_network_of_our_name_when_deployed_then_it_is_left_alone(world: World):
    world.engine.api.create_network(f"decnet-{world.name}", driver="bridge", internal=True)
    there = world.engine.network(world.name)

    words = _network_fault(world)

    assert words.startswith("HostUnfitError")
    assert f"decnet-{world.name}" in words
    assert world.engine.network(world.name) == there


def test_given_a_network_whose_label_lies_when_deployed_then_both_values_are_named(world: World):
    world.deployed(telnet("a"))
    world.teardown("a").succeeded()
    network = world.engine.network(world.name)
    assert network is not None
    world.engine.api.remove_network(network["Id"])
    world.engine.api.create_network(network["Name"], driver="bridge", internal=True, labels=network["Labels"])

    words = _network_fault(world)

    assert words.startswith("UnreadableLabelError")
    assert "macvlan" in words
    assert "bridge" in words
