"""The fleet's network: the live one's settings, or the submission's where there is none."""

from typing import Any

import pytest

from decnet_core.domain.errors import InvalidSubmissionError
from decnet_core.domain.network import MutationPolicy
from decnet_core.planning.networks import decide_network
from tests.builders import FLEET, desire, network, row, snapshot, submission, tombstone

MACVLAN = {"driver": "macvlan", "interface": "eth0", "subnet": "10.77.0.0/16"}


def _faults(live: Any = None, **fields: Any) -> list[str]:
    with pytest.raises(InvalidSubmissionError) as refused:
        decide_network(live, submission(**fields))
    return [str(cause) for cause in refused.value.causes]


def test_given_a_new_fleet_when_submitted_then_the_network_is_as_written_and_the_gateway_the_first_address():
    made = decide_network(None, submission(network=MACVLAN, mutation={"every": "2h", "at_most": "20%", "quiet": "30m"}))

    assert made == network(gateway="10.77.0.1", mutation=MutationPolicy(every=120, at_most=20, quiet=30))
    assert (made.fleet, made.routed) == (FLEET, False)


def test_given_mutation_off_when_submitted_then_there_is_no_interval():
    assert decide_network(None, submission(network=MACVLAN, mutation={"every": "off"})).mutation.every is None


def test_given_a_new_fleet_without_network_when_submitted_then_it_says_what_is_needed():
    assert _faults() == [
        "network: fleet 'office' does not exist yet and needs driver and subnet (for example network: "
        "{driver: macvlan, interface: eth0, subnet: 192.168.1.0/24, gateway: 192.168.1.1})"
    ]
    assert "needs subnet (" in _faults(network={"driver": "bridge"})[0]


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"interface": None}, "macvlan needs 'interface', the parent on this host"),
        ({"driver": "bridge"}, "a bridge network has no parent interface: remove 'interface'"),
        ({"gateway": "10.1.1.1"}, "gateway 10.1.1.1 is outside the subnet 10.77.0.0/16"),
        ({"ip_range": "10.1.0.0/24"}, "ip_range 10.1.0.0/24 is outside the subnet 10.77.0.0/16"),
        ({"subnet": "10.77.0.0/30"}, "10.77.0.0/30 must be between /8 and /29 to hold deckies"),
    ],
)
def test_given_settings_that_do_not_fit_together_when_submitted_then_it_says_why(fields: dict[str, Any], what: str):
    (fault,) = _faults(network={**MACVLAN, **fields})

    assert fault.endswith(what)
    assert fault.startswith("network")


def test_given_a_live_fleet_when_the_same_is_submitted_then_it_stays():
    assert decide_network(network(), submission(network=MACVLAN, mutation={"every": "off", "quiet": 15})) == network()
    assert decide_network(network(), submission()) == network()


def test_given_a_live_fleet_when_other_settings_are_submitted_then_both_values_are_shown():
    asked = {"driver": "ipvlan", "interface": "eth1", "ip_range": "10.77.1.0/24", "routed": True}

    assert _faults(network(), network=asked, mutation={"every": 30}) == [
        "network.driver: submitted ipvlan, the live fleet has macvlan (leave it out)",
        "network.interface: submitted eth1, the live fleet has eth0 (leave it out)",
        "network.ip_range: submitted 10.77.1.0/24, the live fleet has none (leave it out)",
        "network.routed: submitted True, the live fleet has False (leave it out)",
        "mutation.every: submitted 30, the live fleet has none (leave it out)",
    ]


def test_given_a_network_that_is_gone_while_deckies_are_remembered_when_submitted_then_the_remembered_one_holds():
    before = snapshot(row("a"), live=None, remembered=network())

    assert desire(before, submission("b")).network == network()
    with pytest.raises(InvalidSubmissionError, match=r"submitted 10\.78\.0\.0/16, the live fleet has 10\.77\.0\.0/16"):
        desire(before, submission("b", network={**MACVLAN, "subnet": "10.78.0.0/16"}))


def test_given_a_fleet_all_retired_and_its_network_removed_when_submitted_then_it_may_get_another():
    before = snapshot(tombstone("a"), live=None, remembered=network())

    assert desire(before, submission("b")).network == network()
    moved = desire(before, submission("a", network={**MACVLAN, "subnet": "10.78.0.0/16"}))
    assert (str(moved.network.subnet), str(moved.by_name["a"].ip)) == ("10.78.0.0/16", "10.78.0.2")
