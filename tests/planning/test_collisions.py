"""Every bad submission: all that is wrong at once, both claimants named, and the way out."""

from typing import Any

import pytest

from decnet_core.domain.errors import CollisionError, InvalidSubmissionError
from decnet_core.domain.snapshot import DeckyState, Snapshot
from decnet_core.domain.submission import DeckyRequest, DeployOptions, Submission
from tests.builders import decide, decky, intent, network, request, row, seen, shard, snapshot, stranger, submission

FLEET_OF_ALL = snapshot(
    seen("a"),
    seen("b", state="exited"),
    row("c"),
    row("d", state=DeckyState.FAILED),
    intent("e", decky("e")),
    stranger("printer", "10.77.0.50", macs=("00:80:77:00:00:01",)),
    stranger("office-files"),
    shards=[shard("w")],
    host_addresses=["10.77.0.9"],
)


def _collisions(before: Snapshot, *asked: DeckyRequest, **options: Any) -> list[str]:
    with pytest.raises(CollisionError) as refused:
        decide(before, submission(*asked), DeployOptions.model_validate(options))
    return [str(claim) for claim in refused.value.claims]


def _faults(before: Snapshot, asked: Submission, **options: Any) -> list[str]:
    with pytest.raises(InvalidSubmissionError) as refused:
        decide(before, asked, DeployOptions.model_validate(options))
    return [str(cause) for cause in refused.value.causes]


@pytest.mark.parametrize(
    ("ip", "holder"),
    [
        ("10.77.1.1", "decky a"),
        ("10.77.1.2", "decky b"),
        ("10.77.1.3", "decky c"),
        ("10.77.1.4", "decky d"),
        ("10.77.1.5", "decky e"),
        ("10.77.1.23", "decky w on another host"),
        ("10.77.0.50", "container printer (not ours)"),
        ("10.77.0.9", "this host"),
    ],
    ids=["running", "stopped", "missing", "failed", "unfinished", "other host", "foreign", "own"],
)
def test_given_an_address_that_is_taken_when_submitted_then_both_claimants_are_named(ip: str, holder: str):
    assert _collisions(FLEET_OF_ALL, request("x", services=["ssh"], ip=ip)) == [
        f"ip {ip}: wanted by decky x, held by {holder} (choose another, or leave it out)"
    ]


def test_given_macs_hostnames_and_a_name_that_are_taken_when_submitted_then_all_are_named_at_once():
    asked = (
        request("x", services=["ssh"], mac_address="00-80-77-00-00-01", hostname="srv-A"),
        request("files", services=["ssh"], mac_address="00:11:32:00:00:02"),
        request("w", services=["ssh"]),
    )

    out = "(choose another, or leave it out)"
    assert _collisions(FLEET_OF_ALL, *asked) == [
        f"mac 00:80:77:00:00:01: wanted by decky x, held by container printer (not ours) {out}",
        f"hostname srv-a: wanted by decky x, held by decky a {out}",
        f"name files: wanted by decky files, held by container office-files (not ours) {out}",
        f"mac 00:11:32:00:00:02: wanted by decky files, held by decky b {out}",
        f"name w: wanted by decky w, held by decky w on another host {out}",
    ]


def test_given_duplicates_within_a_submission_when_submitted_then_each_is_named():
    asked = (
        request("x", services=["ssh"], ip="10.77.2.1", mac_address="00:11:32:00:ff:01", hostname="X"),
        request("y", services=["ssh"], ip="10.77.2.1", mac_address="00:11:32:00:ff:01", hostname="x"),
        request("y", services=["http"]),
        request("web", services=["ssh"], count=2),
        request("web-02", services=["ssh"]),
    )

    assert _collisions(snapshot(), *asked) == [
        "ip 10.77.2.1: wanted by decky y, held by decky x of the same submission (give one another)",
        "mac 00:11:32:00:ff:01: wanted by decky y, held by decky x of the same submission (give one another)",
        "hostname x: wanted by decky y, held by decky x of the same submission (give one another)",
        "name y: wanted by decky y, held by decky y of the same submission (give one another)",
        "name web-02: wanted by decky web-02, held by decky web-02 of the same submission (give one another)",
    ]


@pytest.mark.parametrize(
    ("ip", "what"),
    [
        ("192.168.9.9", "ip 192.168.9.9 is outside the subnet 10.77.0.0/16"),
        ("10.77.0.0", "ip 10.77.0.0 is the network address of 10.77.0.0/16"),
        ("10.77.255.255", "ip 10.77.255.255 is the broadcast address of 10.77.0.0/16"),
        ("10.77.0.1", "ip 10.77.0.1 is the gateway of 10.77.0.0/16"),
        ("224.0.0.5", "ip 224.0.0.5 is outside the subnet 10.77.0.0/16"),
    ],
)
def test_given_an_address_nobody_can_have_when_submitted_then_it_says_why(ip: str, what: str):
    (fault,) = _faults(snapshot(), submission(request("x", services=["ssh"], ip=ip)))

    assert fault.startswith(f"decky x: {what} (choose ")


def test_given_a_subnet_that_is_not_for_hosts_when_submitted_then_its_addresses_are_not_unicast():
    before = snapshot(live=network(subnet="240.0.0.0/24"))

    assert _faults(before, submission(request("x", services=["ssh"], ip="240.0.0.7"))) == [
        "decky x: ip 240.0.0.7 is not a unicast address (choose another, or leave it out)"
    ]


def test_given_faults_of_every_kind_when_submitted_then_one_round_of_fixing_is_enough():
    asked = submission(
        request("a", services=["ssh"], ip="10.77.1.2"),
        request("x", archetype="linux-sever", distro="debiann", nmap_os="linx", services=["shh"]),
        request("y"),
        request("z", services=["ssh"], service_config={"ssh": {"usres": {}}, "ftp": {}}, ip="10.1.1.1"),
        request("n" * 62, services=["ssh"], count=2, ip="10.77.1.9"),
        network={"driver": "bridge", "subnet": "10.78.0.0/16"},
        mutation={"at_most": "20%"},
    )

    found = _faults(snapshot(seen("a"), seen("b")), asked)

    assert found[:8] == [
        "network.driver: submitted bridge, the live fleet has macvlan (leave it out)",
        "network.subnet: submitted 10.78.0.0/16, the live fleet has 10.77.0.0/16 (leave it out)",
        "mutation.at_most: submitted 20, the live fleet has 10 (leave it out)",
        f"decky {'n' * 62}: count 2 with one ip (write them out one by one)",
        f"decky {'n' * 62}: the name {'n' * 62}-02 would have 65 characters, the limit is 63 (choose a shorter one)",
        "decky x: unknown archetype 'linux-sever' (did you mean 'linux-server'?)",
        "decky x: unknown distro 'debiann' (did you mean 'debian'?)",
        "decky x: unknown OS family (nmap_os) 'linx' (did you mean 'linux'?)",
    ]
    assert found[8:] == [
        "decky x: unknown service 'shh' (did you mean 'ssh'?)",
        "decky y: has no services (name an archetype or services)",
        "decky z, ssh: unknown option 'usres' (known: banner, users, version)",
        "decky z: options for 'ftp', which is not one of its services (add or remove it)",
        "decky z: ip 10.1.1.1 is outside the subnet 10.77.0.0/16 (choose one inside, or leave it out)",
        "decky a: ip 10.77.1.2 is held by decky b (choose another, or leave it out)",
        f"decky {'n' * 62}-02: ip 10.77.1.9 is held by decky {'n' * 62}-01 of the same submission (give one another)",
    ]


def test_given_a_decky_again_with_its_own_addresses_when_submitted_then_nothing_collides():
    asked = request("a", services=["ssh"], ip="10.77.1.1", mac_address="00:11:32:00:00:01", hostname="SRV-A")

    assert str(decide(snapshot(seen("a")), submission(asked))[1]) == "keep a"


def test_given_what_a_replaced_decky_held_when_submitted_then_it_is_free():
    asked = request("x", services=["ssh"], ip="10.77.1.1", mac_address="00:11:32:00:00:01", hostname="SRV-A")

    _, plan = decide(snapshot(seen("a"), seen("b")), submission(asked, "b"), DeployOptions(replace=True))

    assert str(plan) == "remove a: no longer desired\ncreate x: not found\nkeep b"


def test_given_more_deckies_than_the_subnet_has_room_for_when_submitted_then_it_is_refused():
    small = snapshot(live=network(subnet="10.77.0.0/28"))

    assert _faults(small, submission(request("x", services=["ssh"], count=14))) == [
        "fleet: 14 deckies do not fit into 10.77.0.0/28 (use a larger subnet)"
    ]
    assert decide(small, submission(request("x", services=["ssh"], count=13)))[1].summary() == "13 to create, 0 kept"


def test_given_more_deckies_than_the_limit_when_submitted_then_it_is_refused():
    assert _faults(snapshot(), submission(*(request(f"x{n}", services=["ssh"], count=600) for n in range(2)))) == [
        "fleet: 1200 deckies, the limit is 1000 (raise DECNET_MAX_DECKIES)"
    ]


def test_given_a_range_that_is_full_when_submitted_then_no_address_is_free():
    before = snapshot(seen("a", ip="10.77.9.0"), seen("b", ip="10.77.9.1"), live=network(ip_range="10.77.9.0/30"))

    assert decide(before, submission("c", "d"))[1].summary() == "2 to create, 2 kept"
    assert _faults(before, submission("c", "d", "e")) == [
        "fleet: no address is free (enlarge ip_range or retire deckies)"
    ]
