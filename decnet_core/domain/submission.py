"""What somebody asked for: a fleet file, a form or an API body, all the same document."""

import re
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from decnet_core.domain.decky import DeckyConfig, MutateInterval, ServiceConfig, Services
from decnet_core.domain.names import DeckyName, FleetName, Hostname, MacAddress
from decnet_core.domain.network import Driver, Minutes

_UNITS = {"m": 1, "min": 1, "h": 60, "d": 1440}


def _minutes(value: object) -> object:
    """Accept ``30m``, ``2h`` and ``1d`` beside a plain number of minutes."""
    if isinstance(value, str) and (match := re.fullmatch(r"(\d+)\s*(m|min|h|d)", value.strip())):
        return int(match[1]) * _UNITS[match[2]]
    return value


def _percent(value: object) -> object:
    """Accept ``10%`` beside a plain number."""
    return value.strip().removesuffix("%") if isinstance(value, str) else value


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NetworkRequest(_Request):
    """The network section; whatever is left out is taken from the live fleet."""

    driver: Driver | None = Field(default=None, description="macvlan, ipvlan or bridge")
    interface: str | None = Field(default=None, description="parent interface; none for bridge")
    subnet: IPv4Network | None = Field(default=None, description="the LAN, as 192.168.1.0/24")
    gateway: IPv4Address | None = Field(default=None, description="default: the subnet's first address")
    ip_range: IPv4Network | None = Field(default=None, description="where deckies without an ip get theirs")
    routed: bool | None = Field(default=None, description="give deckies a route out of the LAN (default: no)")


class MutationRequest(_Request):
    """The mutation section; whatever is left out is taken from the live fleet."""

    every: Annotated[Minutes | Literal["off"] | None, BeforeValidator(_minutes)] = None
    at_most: Annotated[int | None, BeforeValidator(_percent), Field(ge=1, le=100)] = None
    quiet: Annotated[int | None, BeforeValidator(_minutes), Field(ge=0)] = None


class DeckyRequest(_Request):
    """One decky, or *count* of them; every field left out is kept, or chosen where there is none."""

    name: DeckyName = Field(description="lower-case letters, digits and '-', at most 63")
    count: int = Field(default=1, ge=1, le=1000, description="4 makes name-01 … name-04")
    archetype: str | None = Field(default=None, description="see `decnet archetypes`")
    ip: IPv4Address | None = None
    mac_address: MacAddress | None = None
    hostname: Hostname | None = None
    services: Services | None = Field(default=None, description="default: the archetype's")
    service_config: ServiceConfig | None = Field(default=None, description="options by service")
    distro: str | None = Field(default=None, description="see `decnet distros`")
    nmap_os: str | None = Field(default=None, description="OS family; default: the archetype's")
    base_image: str | None = None
    build_base: str | None = None
    mutate_interval: MutateInterval = Field(default=None, description='minutes, "off", or the fleet\'s')
    protected: bool | None = Field(default=None, description="removal needs --force")


class Submission(_Request):
    """A fleet file, whole or just what it adds."""

    fleet: FleetName = "decnet"
    network: NetworkRequest | None = None
    mutation: MutationRequest | None = None
    deckies: tuple[DeckyRequest, ...] = ()


class OnFailure(StrEnum):
    """What happens to what a failed operation made."""

    REVERT = "revert"
    KEEP = "keep"


class DeployOptions(_Request):
    """How a submission is meant.

    Attributes:
        replace: the submission is the whole fleet; deckies it does not name are removed.
        update: deckies that exist and differ may be changed.
        allow_removals: how many deckies may go without having been named one by one; None: the guard's default.
        empty: an empty fleet is really meant.
        force: protected deckies may be removed.
        expected_revision: refuse unless the fleet still is at this revision.
    """

    replace: bool = False
    update: bool = False
    on_failure: OnFailure = OnFailure.REVERT
    allow_removals: int | None = Field(default=None, ge=0)
    empty: bool = False
    force: bool = False
    expected_revision: str | None = None


DEFAULTS = DeployOptions()
"""Additive, unchanged deckies left alone, a failed operation taken back."""


def as_request(config: DeckyConfig) -> DeckyRequest:
    """Ask for exactly *config*, as an export does."""
    return DeckyRequest.model_validate(config.model_dump(include=set(DeckyRequest.model_fields) - {"count"}))
