"""What a decky is: its configuration, and the definition a container is made from."""

import hashlib
import json
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Address
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from decnet_core.domain.names import DeckyName, Hostname, MacAddress, UnicastAddress

Services = Annotated[tuple[str, ...], AfterValidator(lambda slugs: tuple(sorted(set(slugs))))]
"""Service slugs, sorted, each once: two configurations with the same set are equal."""

MutateInterval = Annotated[int, Field(ge=1)] | Literal["off"] | None
"""Minutes between two faces, ``"off"``, or None to inherit the fleet's."""

ServiceConfig = dict[str, dict[str, Any]]

_MAY_DIFFER = {"host_uuid", "last_mutated", "last_login_attempt", "mutate_interval"}
_NOT_IN_LABEL = {"last_mutated", "last_login_attempt"}


class DeployType(StrEnum):
    """Who made a decky: provenance, never a partition of the fleet."""

    CLI = "cli"
    API = "api"
    UI = "ui"
    SCHEDULE = "schedule"
    RECONCILE = "reconcile"
    ADOPT = "adopt"


class DeckyConfig(BaseModel):
    """One decky, completely: a dump of it rehydrates into an equal decky.

    ``seed`` is 64 hexadecimal digits from which host keys, ids and salts are derived; it is
    random, because keys derived from a guessable name would give every decky away.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: DeckyName
    ip: UnicastAddress
    mac_address: MacAddress
    hostname: Hostname
    services: Services
    service_config: ServiceConfig = {}
    archetype: str | None = None
    distro: str
    nmap_os: str = "linux"
    base_image: str
    build_base: str | None = None
    seed: str = Field(pattern=r"^[0-9a-f]{64}$")
    protected: bool = False
    host_uuid: str | None = None
    mutate_interval: MutateInterval = None
    last_mutated: AwareDatetime | None = None
    last_login_attempt: AwareDatetime | None = None

    def label_json(self) -> str:
        """Return the canonical JSON that the container's label carries."""
        return canonical_json(self.model_dump(mode="json", exclude=_NOT_IN_LABEL))

    @property
    def fingerprint(self) -> str:
        """Hash what makes this decky look as it does; policy and history are left out."""
        text = canonical_json(self.model_dump(mode="json", exclude=_MAY_DIFFER))
        return hashlib.sha256(text.encode()).hexdigest()


class DeckySpec(BaseModel):
    """What one container is made from: the configuration and its provenance."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    config: DeckyConfig
    generation: int = Field(default=1, ge=1)
    operation: str
    deploy_type: DeployType = DeployType.CLI

    @property
    def name(self) -> str:
        """The decky's name."""
        return self.config.name

    @property
    def ip(self) -> IPv4Address:
        """The decky's address."""
        return self.config.ip

    @property
    def last_mutated(self) -> datetime | None:
        """When this face was drawn, or None for the one it was deployed with."""
        return self.config.last_mutated


def canonical_json(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return *value* as JSON with sorted keys and no spaces: equal values, equal text.

    It is pure ASCII: the Compose file is YAML, whose readers refuse some characters that JSON has raw.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
