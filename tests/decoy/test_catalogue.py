"""What the catalogue hands over is what the runtime takes, for every service on every distribution."""

import importlib

import pytest
from pydantic import ValidationError

from decnet_core.catalog.distros import DISTROS
from decnet_core.catalog.service import Machine
from decnet_core.catalog.services import SERVICES
from decnet_core.catalog.services.ftp import FtpOptions
from decnet_core.catalog.services.http import HttpOptions
from decnet_core.catalog.services.ssh import SshOptions
from decnet_core.decoy.ftp.dialects import DIALECTS
from decnet_core.decoy.openssh.algorithms import offer_of
from decnet_core.decoy.persona import read_options
from decnet_core.decoy.services import SLUGS
from decnet_core.decoy.services.telnet import SOFTWARE
from decnet_core.decoy.web.products import PRODUCTS

PLAYED = {
    "ssh": lambda values: offer_of(values["version"]).kex,
    "ftp": lambda values: DIALECTS[values["software"]],
    "http": lambda values: PRODUCTS[values["software"]],
    "telnet": lambda values: SOFTWARE[values["software"]],
}


def test_every_service_of_the_catalogue_has_a_runtime_and_the_other_way_round():
    assert tuple(sorted(SERVICES)) == SLUGS


@pytest.mark.parametrize("slug", SERVICES)
@pytest.mark.parametrize("distro", DISTROS)
def test_given_a_distribution_when_a_persona_is_made_then_the_runtime_takes_it(slug, distro):
    spec = SERVICES[slug]
    machine = Machine("a", "A", distro, max(DISTROS[distro].os_families))

    values = spec.persona(spec.options(), machine)

    read_options(importlib.import_module(f"decnet_core.decoy.services.{slug}").Options, values)
    assert PLAYED[slug](values)
    assert values["port"] == spec.ports[0].number


@pytest.mark.parametrize("slug", SERVICES)
def test_every_option_has_a_type_a_default_and_a_line_of_help(slug):
    schema = SERVICES[slug].options.model_json_schema()

    assert schema.get("required", []) == []
    for name, described in schema["properties"].items():
        assert described.get("description"), name
        assert (name == "users") == bool(described.get("secret")), name


@pytest.mark.parametrize(
    ("options", "values"),
    [
        (SshOptions, {"version": "dropbear"}),
        (SshOptions, {"version": "OpenSSH_9\r\nx"}),
        (SshOptions, {"usres": {}}),
        (SshOptions, {"users": {"": "x"}}),
        (FtpOptions, {"software": "wuftpd"}),
        (HttpOptions, {"status": 42}),
        (HttpOptions, {"body": "x" * 40_000}),
    ],
)
def test_given_an_option_out_of_bounds_when_read_then_it_is_refused(options, values):
    with pytest.raises(ValidationError):
        options.model_validate(values)


def test_given_a_body_when_a_persona_is_made_then_it_is_the_page():
    values = SERVICES["http"].persona(HttpOptions(body="<p>"), Machine("a", "A", "debian", "linux"))

    assert (values["page"], values["body"]) == ("custom", "<p>")
