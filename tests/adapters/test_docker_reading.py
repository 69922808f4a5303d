"""The engine's raw lists: what is ours, what is not, and what cannot be read."""

from typing import Any

import pytest

from decnet_core.adapters.docker_reading import read_deckies, read_foreign, read_network
from decnet_core.domain.decky import DeckySpec
from decnet_core.domain.errors import UnreadableLabelError
from decnet_core.planning.compose import render_hash
from decnet_core.planning.labels import RENDER, decky_labels, network_labels
from tests.builders import FLEET, SYSCTLS, decky, network, seen


def _raw(spec: DeckySpec, *, fleet: str = FLEET, state: str = "running", **changed: Any) -> dict[str, Any]:
    """Return a container as the engine lists it."""
    running = state == "running"
    endpoint = {"IPAddress": str(spec.ip) if running else "", "MacAddress": spec.config.mac_address if running else ""}
    return {
        "Id": f"id-{spec.name}",
        "Names": [f"/{fleet}-{spec.name}"],
        "ImageID": "sha256:1",
        "State": state,
        "Status": state,
        "Labels": {**decky_labels(fleet, spec), RENDER: render_hash(FLEET, spec, SYSCTLS)},
        "NetworkSettings": {"Networks": {f"decnet-{fleet}": endpoint}},
        **changed,
    }


def _stranger(name: str, **changed: Any) -> dict[str, Any]:
    return {"Id": f"id-{name}-0123456789", "Names": [f"/{name}"], "State": "running", "Labels": {}, **changed}


def _raw_network(**changed: Any) -> dict[str, Any]:
    return {
        "Id": "net-1",
        "Name": "decnet-office",
        "Driver": "macvlan",
        "Options": {"parent": "eth0"},
        "IPAM": {"Config": [{"Subnet": "10.77.0.0/16", "Gateway": "10.77.0.1"}]},
        "Labels": network_labels(network()),
        **changed,
    }


def test_given_our_containers_when_read_then_they_are_what_was_made():
    found = read_deckies(FLEET, [_raw(decky("a")), _raw(decky("b", generation=3), state="exited"), _stranger("x")])

    assert found == (
        seen("a", image="sha256:1"),
        seen("b", generation=3, state="exited", image="sha256:1"),
    )


def test_given_another_fleet_when_read_then_it_is_foreign_here():
    raws = [_raw(decky("a")), _raw(decky("b"), fleet="lab")]

    assert [one.name for one in read_deckies(FLEET, raws)] == ["a"]
    (other,) = read_foreign(FLEET, raws)
    assert (other.name, [str(ip) for ip in other.ips], other.macs) == (
        "lab-b",
        ["10.77.1.2"],
        ("00:11:32:00:00:02",),
    )


@pytest.mark.parametrize("settings", [None, {}, {"Networks": None}, {"Networks": {"decnet-office": None}}])
def test_given_a_container_without_network_when_read_then_it_has_no_address(settings: Any):
    (found,) = read_deckies(FLEET, [_raw(decky("a"), NetworkSettings=settings)])

    assert (found.live_ip, found.live_mac) == (None, None)


def test_given_labels_that_cannot_be_read_when_read_then_every_container_is_named_and_nothing_is_known():
    broken = {**decky_labels(FLEET, decky("b")), "com.decnet.config": "{"}
    unnamed = {"com.decnet.host": "true"}

    with pytest.raises(UnreadableLabelError) as refused:
        read_deckies(FLEET, [_raw(decky("a")), _raw(decky("b"), Labels=broken), _stranger("c", Labels=unnamed)])

    assert [finding.split(":")[0] for finding in refused.value.findings] == ["container office-b", "container c"]


def test_given_an_unreadable_decky_of_another_fleet_when_read_then_this_fleet_is_known_all_the_same():
    broken = {**decky_labels("lab", decky("b")), "com.decnet.config": "{"}

    assert len(read_deckies(FLEET, [_raw(decky("a")), _raw(decky("b"), Labels=broken)])) == 1


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [("running", "created", "old"), ("exited", "created", "new"), ("exited", "running", "new")],
)
def test_given_two_containers_of_one_name_when_read_then_the_running_or_younger_one_is_the_decky(
    old: str, new: str, kept: str
):
    pair = [
        _raw(decky("a", generation=1), Id="old", state=old),
        _raw(decky("a", generation=2), Id="new", state=new, Names=["/0123456789ab_office-a"]),
    ]

    for raws in (pair, pair[::-1]):
        found = {one.container_id: one.remnant for one in read_deckies(FLEET, raws)}
        assert found == {"old": kept != "old", "new": kept != "new"}


def test_given_strangers_when_read_then_all_their_addresses_count_also_of_stopped_ones():
    networks = {
        "bridge": {"IPAddress": "172.17.0.2", "MacAddress": "02:42:ac:11:00:02"},
        "decnet-office": {"IPAddress": "", "MacAddress": "", "IPAMConfig": {"IPv4Address": "10.77.0.9"}},
        "none": {"IPAddress": "", "IPAMConfig": None},
    }

    (found,) = read_foreign(FLEET, [_stranger("x", NetworkSettings={"Networks": networks}), _raw(decky("a"))])

    assert ([str(ip) for ip in found.ips], found.macs) == (["172.17.0.2", "10.77.0.9"], ("02:42:ac:11:00:02",))
    assert found.on_network


@pytest.mark.parametrize("changed", [{"Labels": None}, {"Names": None}, {"NetworkSettings": None}])
def test_given_a_stranger_of_whom_little_is_told_when_read_then_he_is_a_stranger(changed: dict[str, Any]):
    (found,) = read_foreign(FLEET, [_stranger("x", **changed)])

    assert (found.kind, found.name in {"x", "id-x-0123456"}, found.on_network) == ("container", True, False)


def test_given_our_network_when_read_then_its_label_is_the_configuration():
    found = read_network(FLEET, [_raw_network(Name="bridge", Labels={}), _raw_network()])

    assert found is not None
    assert (found.id, found.config) == ("net-1", network())


def test_given_no_network_of_ours_when_read_then_there_is_none():
    assert read_network(FLEET, []) is None
    assert read_network(FLEET, [_raw_network(Labels=None)]) is None
    assert read_network("lab", [_raw_network()]) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"Driver": "ipvlan"},
        {"Options": {"parent": "eth1"}},
        {"Options": None},
        {"IPAM": {"Config": [{"Subnet": "10.78.0.0/16"}]}},
        {"IPAM": None},
        {"Labels": network_labels(network(fleet="lab"))},
        {"Labels": {**network_labels(network()), "com.decnet.network": "{"}},
        {"Labels": {"com.decnet.fleet": FLEET}},
    ],
)
def test_given_a_network_at_odds_with_its_label_when_read_then_nothing_is_known(changed: dict[str, Any]):
    with pytest.raises(UnreadableLabelError, match="network decnet-office: "):
        read_network(FLEET, [_raw_network(**changed)])
