"""The fleet-wide configuration, carried by the labels of the fleet's one Docker network."""

from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from decnet_core.domain.decky import canonical_json
from decnet_core.domain.names import FleetName

Minutes = Annotated[int, Field(ge=1)]


class Driver(StrEnum):
    """How deckies reach the LAN."""

    MACVLAN = "macvlan"
    IPVLAN = "ipvlan"
    BRIDGE = "bridge"


class MutationPolicy(BaseModel):
    """When deckies of the fleet change their faces.

    Attributes:
        every: minutes between two faces of one decky, or None for never.
        at_most: the share of the fleet that one tick may change, in percent.
        quiet: minutes without an intruder before a decky may change.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    every: Minutes | None = None
    at_most: Annotated[int, Field(ge=1, le=100)] = 10
    quiet: Annotated[int, Field(ge=0)] = 15


class NetworkConfig(BaseModel):
    """Everything that all deckies of a fleet share.

    Attributes:
        interface: the parent on the host; None for bridge.
        gateway: counted as taken; defaults to the first address of the subnet.
        ip_range: where deckies without an address of their own get theirs; None: the whole subnet.
        routed: whether deckies get a route out of the LAN. Off unless asked for.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    fleet: FleetName
    driver: Driver
    interface: str | None = None
    subnet: IPv4Network
    gateway: IPv4Address
    ip_range: IPv4Network | None = None
    routed: bool = False
    mutation: MutationPolicy = MutationPolicy()

    @model_validator(mode="before")
    @classmethod
    def _default_gateway(cls, data: object) -> object:
        if isinstance(data, dict) and data.get("gateway") is None and data.get("subnet") is not None:
            first = next(IPv4Network(str(data["subnet"])).hosts(), None)
            return {**data, "gateway": first}
        return data

    @field_validator("subnet")
    @classmethod
    def _room_for_deckies(cls, subnet: IPv4Network) -> IPv4Network:
        if not 8 <= subnet.prefixlen <= 29:
            raise ValueError(f"{subnet} must be between /8 and /29 to hold deckies")
        return subnet

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if self.driver is Driver.BRIDGE and self.interface is not None:
            raise ValueError("a bridge network has no parent interface: remove 'interface'")
        if self.driver is not Driver.BRIDGE and not self.interface:
            raise ValueError(f"{self.driver} needs 'interface', the parent on this host")
        if self.gateway not in self.subnet:
            raise ValueError(f"gateway {self.gateway} is outside the subnet {self.subnet}")
        if self.ip_range is not None and not self.ip_range.subnet_of(self.subnet):
            raise ValueError(f"ip_range {self.ip_range} is outside the subnet {self.subnet}")
        return self

    def label_json(self) -> str:
        """Return the canonical JSON that the network's label carries."""
        return canonical_json(self.model_dump(mode="json"))
