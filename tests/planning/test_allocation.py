"""What is chosen for a decky: always the same for the same name, believable, and nobody else's."""

import re
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decnet_core.catalog.archetypes import ANY_VENDOR, ARCHETYPES
from decnet_core.catalog.distros import DISTROS, HostnameStyle
from decnet_core.catalog.os_families import OS_FAMILIES
from decnet_core.catalog.vendors import vendor_of
from decnet_core.domain.errors import InvalidSubmissionError
from decnet_core.domain.names import canonical_mac
from decnet_core.planning.allocation import (
    choose_distro,
    choose_hostname,
    choose_mac,
    free_addresses,
    seed_of,
)
from tests.builders import HOST, config, desire, network, request, seen, snapshot, submission

LOOKS = {
    HostnameStyle.SERVER: r"SRV-[A-Z]+-\d\d",
    HostnameStyle.RHEL: r"[a-z]+\d\d\.localdomain",
    HostnameStyle.MINIMAL: r"[a-z]+-\d\d",
    HostnameStyle.ROLLING: r"[a-z]+-[a-z]+",
    HostnameStyle.WINDOWS_DESKTOP: r"DESKTOP-[A-Z0-9]{7}",
    HostnameStyle.WINDOWS_SERVER: r"WIN-[A-Z0-9]{11}",
}
seeds = st.binary(min_size=32, max_size=32).map(bytes.hex)


class Everything:
    """A set that holds whatever is looked for."""

    def __contains__(self, item: object) -> bool:
        return True


def test_given_host_fleet_and_name_then_the_seed_is_theirs_alone():
    keys = [(HOST, "office", "a"), (HOST, "office", "b"), (HOST, "lab", "a"), ("another", "office", "a")]

    assert len({seed_of(*key) for key in keys}) == 4
    assert seed_of(*keys[0]) == seed_of(*keys[0])
    assert re.fullmatch(r"[0-9a-f]{64}", seed_of(*keys[0]))


@given(seeds, st.sampled_from([None, *ARCHETYPES]))
def test_a_mac_is_unicast_of_a_vendor_that_fits_and_always_the_same(seed: str, archetype: str | None):
    mac = choose_mac(seed, archetype, frozenset())

    assert canonical_mac(mac) == mac
    assert vendor_of(mac) in (ARCHETYPES[archetype].vendors if archetype else ANY_VENDOR)
    assert choose_mac(seed, archetype, frozenset()) == mac
    other = choose_mac(seed, archetype, {mac})
    assert other != mac
    assert other[:8] == mac[:8]


@given(seeds, st.sampled_from(sorted(DISTROS)))
def test_a_hostname_has_the_style_of_its_distro_and_is_a_valid_one(seed: str, distro: str):
    family = min(DISTROS[distro].os_families)

    hostname = choose_hostname(seed, distro, family, frozenset())

    assert re.fullmatch(LOOKS[DISTROS[distro].hostname], hostname)
    assert config("a", hostname=hostname).hostname == hostname
    assert choose_hostname(seed, distro, family, {hostname.lower()}).lower() != hostname.lower()


@given(seeds, st.sampled_from([None, *ARCHETYPES]), st.sampled_from(sorted(OS_FAMILIES)))
def test_a_distro_is_one_of_the_archetype_or_at_least_of_the_family(seed: str, archetype: str | None, family: str):
    distro = choose_distro(seed, archetype, family)

    of_family = {slug for slug, one in DISTROS.items() if family in one.os_families}
    offered = of_family & set(ARCHETYPES[archetype].distros if archetype else ())
    assert distro in (offered or of_family or {"debian"})


def test_given_the_same_submission_on_the_same_host_when_deployed_anew_then_every_face_is_the_same():
    asked = submission(request("web", archetype="web-server", count=20))

    assert desire(snapshot(), asked) == desire(snapshot(), asked)


def test_given_two_that_would_be_called_the_same_when_chosen_then_they_are_not():
    asked = submission(request("x", services=["ssh"], distro="alpine", nmap_os="embedded", count=200))

    after = desire(snapshot(seen("a", hostname="cam-07")), asked)

    assert len({spec.config.hostname.lower() for spec in after.deckies}) == 201


@pytest.mark.parametrize(
    "choose",
    [lambda all_: choose_mac("0" * 64, None, all_), lambda all_: choose_hostname("0" * 64, "debian", "linux", all_)],
)
def test_given_nothing_free_when_chosen_then_it_gives_up_with_a_reason(choose):
    with pytest.raises(InvalidSubmissionError, match="is free"):
        choose(Everything())


def test_given_a_small_subnet_then_its_edges_and_the_gateway_are_nobodys():
    small = network(subnet="10.77.0.0/29", gateway="10.77.0.3")

    free = [str(address) for address in free_addresses(small, {IPv4Address("10.77.0.5")})]

    assert free == ["10.77.0.1", "10.77.0.2", "10.77.0.4", "10.77.0.6"]
