"""The one grammar of names: route, container, hostname and DNS all accept what these accept."""

import ipaddress
import re
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

LABEL = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"

MAX_NAME = 63

DeckyName = Annotated[str, StringConstraints(pattern=rf"^{LABEL}$", max_length=MAX_NAME)]
"""An RFC 1123 label, lower case, at most 63 characters."""

FleetName = Annotated[str, StringConstraints(pattern=rf"^{LABEL}$", max_length=32)]
"""As a decky's name, shorter: it becomes a prefix of container and network names."""

Hostname = Annotated[
    str,
    StringConstraints(
        pattern=r"^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$",
        max_length=64,
    ),
]
"""What the machine calls itself: RFC 1123 labels with dots, any case, at most Linux's 64 characters."""

_MAC = re.compile(r"^[0-9a-f]{2}(:[0-9a-f]{2}){5}$")


def canonical_mac(text: str) -> str:
    """Return *text* as ``aa:bb:cc:dd:ee:ff``.

    Raises:
        ValueError: not six octets, or not a unicast address.
    """
    mac = text.strip().lower().replace("-", ":")
    if not _MAC.match(mac):
        raise ValueError(f"{text!r} is not a MAC address (aa:bb:cc:dd:ee:ff)")
    if int(mac[:2], 16) & 1 or mac == "00:00:00:00:00:00":
        raise ValueError(f"{text!r} is not a unicast MAC address")
    return mac


MacAddress = Annotated[str, AfterValidator(canonical_mac)]


def _unicast(address: ipaddress.IPv4Address) -> ipaddress.IPv4Address:
    if address.is_multicast or address.is_loopback or address.is_unspecified or address.is_reserved:
        raise ValueError(f"{address} is not a unicast LAN address")
    return address


UnicastAddress = Annotated[ipaddress.IPv4Address, AfterValidator(_unicast)]


def container_name(fleet: str, decky: str) -> str:
    """Name the container of *decky*: unique on a host that runs several fleets."""
    return f"{fleet}-{decky}"


def network_name(fleet: str) -> str:
    """Name the fleet's one Docker network, which is also its Compose project."""
    return f"decnet-{fleet}"
