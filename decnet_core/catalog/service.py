"""What a service is to the catalogue: its ports, its options, and what it tells the runtime."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict


@dataclass(frozen=True)
class Port:
    """A port a service listens on."""

    number: int
    transport: str = "tcp"

    def __str__(self) -> str:
        """Write it as ``22/tcp``."""
        return f"{self.number}/{self.transport}"


@dataclass(frozen=True)
class Machine:
    """What a service may know of the machine it belongs to."""

    name: str
    hostname: str
    distro: str
    os_family: str


class ServiceOptions(BaseModel):
    """Base of every service's options: a misspelt one is refused, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class ServiceSpec:
    """One service of the catalogue.

    Attributes:
        persona: returns the plain JSON values that the runtime's service of the same slug takes.
    """

    slug: str
    title: str
    ports: tuple[Port, ...]
    options: type[ServiceOptions]
    persona: Callable[[Any, Machine], dict[str, Any]]
