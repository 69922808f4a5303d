import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decnet_core.decoy.persona import PersonaError, read_options, read_persona
from decnet_core.decoy.services.http import Options

GOOD = {
    "v": 1,
    "name": "web-01",
    "hostname": "SRV-ALPHA-01",
    "seed": "11" * 32,
    "os_family": "linux",
    "distro": "debian",
    "services": {"http": {"port": 80}},
}


def test_given_a_persona_when_read_then_every_field_is_there():
    persona = read_persona(json.dumps(GOOD))

    assert (persona.name, persona.hostname, persona.seed) == ("web-01", "SRV-ALPHA-01", b"\x11" * 32)
    assert persona.services == {"http": {"port": 80}}


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"v": 2}, "version 2"),
        ({"seed": "xyz"}, "not hexadecimal"),
        ({"seed": "11"}, "shorter"),
        ({"name": None}, "name is not a text"),
        ({"services": {}}, "no service"),
        ({"services": {"ssh": 1}}, "map of maps"),
    ],
)
def test_given_a_wrong_field_when_read_then_the_error_names_it(changes, complaint):
    with pytest.raises(PersonaError, match=complaint):
        read_persona(json.dumps(GOOD | changes))


@pytest.mark.parametrize("text", [None, "", "[]", "{", "null", '"x"'])
def test_given_no_persona_at_all_when_read_then_that_is_said(text):
    with pytest.raises(PersonaError):
        read_persona(text)


def test_given_a_misspelt_option_when_filled_in_then_it_is_refused():
    with pytest.raises(PersonaError, match="sofware"):
        read_options(Options, {"sofware": "nginx"})


@given(
    st.text()
    | st.recursive(st.none() | st.text() | st.integers(), lambda x: st.dictionaries(st.text(), x)).map(json.dumps)
)
def test_any_text_is_a_persona_or_a_persona_error(text):
    with suppress(PersonaError):
        assert read_persona(text).services
