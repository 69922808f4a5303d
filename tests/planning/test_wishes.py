"""A submission taken apart, and what is wrong with it before anybody looks at the fleet."""

from dataclasses import replace
from typing import Any

import pytest

from decnet_core.catalog.archetypes import ARCHETYPES
from decnet_core.catalog.os_families import OS_FAMILIES
from decnet_core.catalog.services import SERVICES
from decnet_core.planning.allocation import choose_distro
from decnet_core.planning.wishes import _port_clashes, expand, faults, make_wish
from tests.builders import config, request

SECRET = "hunter2-%#$'\"\n"


def _faults(**fields: Any) -> list[str]:
    return [str(cause) for cause in faults(make_wish(request("a", **fields), None))]


def test_given_a_count_when_expanded_then_the_numbers_are_as_wide_as_the_last():
    assert [one.name for one in expand([request("web", count=3), request("x")])] == ["web-01", "web-02", "web-03", "x"]
    assert [one.name for one in expand([request("n", count=100)])][::99] == ["n-001", "n-100"]


@pytest.mark.parametrize("slug", sorted(ARCHETYPES))
def test_given_an_archetype_alone_when_wished_then_it_is_possible_or_says_what_is_missing(slug: str):
    found = _faults(archetype=slug)

    here = [service for service in ARCHETYPES[slug].services if service in SERVICES]
    missing = ", ".join(ARCHETYPES[slug].services)
    why = f"decky a: archetype {slug} offers {missing}, none of which this release has (name services)"
    assert found == ([] if here else [why])


@pytest.mark.parametrize("family", sorted(OS_FAMILIES))
def test_given_any_os_family_when_its_decky_is_wished_again_then_it_is_possible_again(family: str):
    first = make_wish(request("a", services=["ssh"], nmap_os=family), None)
    assert faults(first) == []

    prior = config("a", nmap_os=family, distro=choose_distro("0" * 64, None, family))

    assert faults(make_wish(request("a"), prior)) == []


def test_given_a_distro_of_another_family_when_wished_then_it_says_so():
    assert _faults(services=["ssh"], distro="windows10") == [
        "decky a: Windows 10 is not of the OS family linux (change distro or nmap_os)"
    ]
    assert _faults(services=["ssh"], distro="windows10", nmap_os="windows") == []


def test_given_an_explicitly_empty_list_when_wished_then_there_are_no_services():
    assert _faults(services=[]) == ["decky a: has no services (name an archetype or services)"]


def test_given_two_services_on_one_port_when_looked_at_then_it_names_both_and_the_port():
    webmail = replace(SERVICES["http"], slug="webmail")  # no two services of this release share a port

    (clash,) = _port_clashes("decky a", [SERVICES["http"], SERVICES["ssh"], webmail])

    assert str(clash) == "decky a: http and webmail both listen on 80/tcp (drop one)"


@pytest.mark.parametrize("options", [{"users": {"admin": [SECRET]}}, {"users": SECRET}, {"version": SECRET}])
def test_given_an_ill_typed_option_when_wished_then_the_fault_never_says_its_value(options: dict[str, Any]):
    found = _faults(services=["ssh"], service_config={"ssh": options})

    assert len(found) == 1
    assert found[0].startswith("decky a, ssh: option ")
    assert "see `decnet services ssh`" in found[0]
    assert "hunter2" not in found[0]


@pytest.mark.parametrize(
    "secret", [SECRET, "%s%%", "# no comment", "$HOME ${X} $$", "'\"\\", "a\nb\r\n\t", "\x7f\x85", "🦊"]
)
def test_given_a_secret_with_any_character_when_wished_then_it_is_fine(secret: str):
    assert _faults(services=["ssh"], service_config={"ssh": {"users": {"admin": secret}}}) == []
