"""Fleet and submission become one: additive, sticky, and changed only when that was said."""

from typing import Any

import pytest

from decnet_core.domain.decky import DeckySpec
from decnet_core.domain.errors import CollisionError
from decnet_core.domain.snapshot import DeckyState, Snapshot
from decnet_core.domain.submission import DeckyRequest, DeployOptions
from tests.builders import (
    HOST,
    NOW,
    config,
    decky,
    desire,
    intent,
    network,
    request,
    row,
    seen,
    snapshot,
    submission,
    tombstone,
)

UPDATE = DeployOptions(update=True)


def _merged(before: Snapshot, *asked: DeckyRequest, **options: Any) -> dict[str, DeckySpec]:
    return desire(before, submission(*asked), DeployOptions.model_validate(options)).by_name


def test_given_a_fleet_when_another_is_submitted_then_the_others_stay_word_for_word():
    before = snapshot(seen("a"), seen("b", state="exited"), row("c"))

    after = _merged(before, request("d", services=["ssh"]))

    assert {name: after[name] for name in "abc"} == {name: decky(name) for name in "abc"}
    assert (after["d"].operation, after["d"].generation, after["d"].config.host_uuid) == ("op-2", 1, HOST)


def test_given_a_decky_submitted_again_unchanged_when_merged_then_it_is_the_same():
    asked = request("a", services=["ssh"])

    assert _merged(snapshot(seen("a")), asked)["a"] == decky("a")


def test_given_nothing_but_a_name_when_merged_then_everything_else_is_kept():
    before = snapshot(seen("a", services={"ftp"}, archetype="file-server", protected=True, distro="rocky9"))

    assert _merged(before, request("a"), update=True)["a"] == before.observed["a"].spec


def test_given_a_difference_without_update_when_merged_then_it_is_refused_with_both():
    with pytest.raises(CollisionError) as refused:
        _merged(snapshot(seen("a"), seen("b")), request("a", services=["http"]), request("b", ip="10.77.1.9"))
    end = ", held by the live decky (say --update to change it)"

    assert [str(claim) for claim in refused.value.claims] == [
        f"name a: wanted by the submission (services ssh -> http){end}",
        f"name b: wanted by the submission (ip 10.77.1.2 -> 10.77.1.9){end}",
    ]


def test_given_a_difference_with_update_when_merged_then_only_what_was_said_changes():
    before = snapshot(seen("a", generation=3, last_mutated=NOW))

    after = _merged(before, request("a", services=["http", "ftp"]), update=True)["a"]

    assert after.config == config("a", services={"http", "ftp"}, last_mutated=NOW)
    assert (after.generation, after.operation) == (4, "op-2")


def test_given_another_archetype_when_updated_then_services_follow_and_the_face_stays():
    after = _merged(snapshot(seen("a")), request("a", archetype="printer"), update=True)["a"].config

    assert (after.services, after.nmap_os, after.distro in {"alpine", "debian"}) == (("ftp", "http"), "embedded", True)
    assert (after.mac_address, after.hostname, str(after.ip)) == ("00:11:32:00:00:01", "SRV-A", "10.77.1.1")


def test_given_other_services_when_updated_then_options_of_the_dropped_ones_go():
    before = snapshot(seen("a", services={"ssh", "http"}, service_config={"ssh": {"banner": "x"}, "http": {}}))

    after = _merged(before, request("a", services=["ssh"]), update=True)["a"].config

    assert after.service_config == {"ssh": {"banner": "x"}}


def test_given_a_face_that_the_mutator_drew_when_the_old_one_is_submitted_then_it_survives():
    before = snapshot(seen("a", services={"ftp"}, last_mutated=NOW))
    asked = request("a", services=["ssh"])

    assert _merged(before, asked)["a"] == before.observed["a"].spec
    assert _merged(before, asked, update=True)["a"].config.services == ("ssh",)


def test_given_an_interval_when_submitted_for_a_decky_that_is_there_then_it_is_policy_and_no_change():
    desired = desire(
        snapshot(seen("a")), submission(request("a", mutate_interval="off"), request("b", services=["ssh"]))
    )

    assert desired.intervals == {"a": "off"}
    assert desired.by_name["a"] == decky("a")


def test_given_a_replace_when_merged_then_the_fleet_is_the_submission():
    desired = desire(snapshot(seen("a"), seen("b"), row("c")), submission("b", "d"), DeployOptions(replace=True))

    assert desired.by_name.keys() == {"b", "d"}
    assert desired.named == {"a", "b", "c", "d"}


def test_given_a_retired_name_when_it_comes_back_then_it_has_its_old_face():
    old = tombstone("a", ip="10.77.3.3", mac_address="00:11:32:aa:bb:cc", hostname="OLD", generation=4, distro="debian")

    after = _merged(snapshot(old), request("a", services=["ftp"], distro="debian"))["a"]

    face = (str(after.ip), after.config.mac_address, after.config.hostname, after.config.seed)
    assert face == ("10.77.3.3", "00:11:32:aa:bb:cc", "OLD", old.config.seed)
    assert after.generation == 5


@pytest.mark.parametrize(
    "ip", ["10.77.0.1", "10.77.255.255", "10.99.0.3", "10.77.1.2"], ids=["gw", "bcast", "out", "taken"]
)
def test_given_a_retired_name_whose_address_cannot_be_had_when_it_comes_back_then_it_gets_another(ip: str):
    before = snapshot(seen("b"), tombstone("a", ip=ip, mac_address="00:11:32:00:00:02", hostname="srv-b"))

    after = _merged(before, request("a", services=["ssh"], distro="debian"))["a"].config

    assert str(after.ip) == "10.77.0.2"
    assert after.mac_address != "00:11:32:00:00:02"
    assert after.hostname != "srv-b"


def test_given_a_removal_that_died_when_the_name_is_submitted_again_then_it_stays_as_it_is():
    asked = request("b", services=["ssh"], distro="debian")
    before = snapshot(seen("b"), row("b", state=DeckyState.RETIRING, wanted=False), intent("b", None))

    assert _merged(before, asked)["b"] == before.observed["b"].spec
    changed = _merged(before, request("b", services=["ftp"], distro="debian"))["b"]
    assert (changed.ip, changed.config.mac_address) == (before.observed["b"].spec.ip, "00:11:32:00:00:02")


def test_given_addresses_asked_for_by_value_when_others_are_chosen_then_they_are_left_out():
    asked = (
        request("a", services=["ssh"]),
        request("b", services=["ssh"], ip="10.77.0.2"),
        request("c", services=["ssh"]),
    )

    after = _merged(snapshot(), *asked)

    assert [str(after[name].ip) for name in "abc"] == ["10.77.0.3", "10.77.0.2", "10.77.0.4"]


def test_given_somebody_who_answers_on_the_lan_when_addresses_are_chosen_then_his_is_left_out():
    before = snapshot(tombstone("b", ip="10.77.0.3"))
    free = desire(before, submission("a", "b")).by_name
    assert [str(free[name].ip) for name in "ab"] == ["10.77.0.2", "10.77.0.3"]

    after = desire(before, submission("a", "b"), answering=frozenset({free["a"].ip, free["b"].ip})).by_name

    assert [str(after[name].ip) for name in "ab"] == ["10.77.0.4", "10.77.0.5"]


def test_given_a_range_when_addresses_are_chosen_then_they_are_from_it():
    after = _merged(snapshot(live=network(ip_range="10.77.8.0/29")), request("x", services=["ssh"], count=3))

    assert [str(spec.ip) for spec in after.values()] == ["10.77.8.0", "10.77.8.1", "10.77.8.2"]


def test_given_a_count_when_merged_then_each_has_a_face_of_its_own():
    after = _merged(snapshot(), request("web", archetype="linux-server", count=4))

    assert list(after) == ["web-01", "web-02", "web-03", "web-04"]
    assert len({spec.config.seed for spec in after.values()}) == 4
    assert all(spec.config.services == ("http", "ssh") for spec in after.values())
