"""Choosing what a submission leaves open: addresses, MACs, hostnames, distributions.

Every choice is drawn from the decky's seed, and the seed from the engine's own random id: the same
name on the same host always gets the same face, and nobody who guesses the name can compute it.
"""

import hashlib
import hmac
from collections.abc import Callable, Container, Iterator, Set
from ipaddress import IPv4Address, IPv4Network

from decnet_core.catalog.archetypes import ANY_VENDOR, ARCHETYPES
from decnet_core.catalog.distros import DISTROS, HostnameStyle
from decnet_core.catalog.vendors import prefixes_of
from decnet_core.domain.errors import Cause, InvalidSubmissionError
from decnet_core.domain.network import NetworkConfig

_WORDS = (
    "apollo", "atlas", "aurora", "backup", "beacon", "bravo", "build", "cedar", "cobalt", "core", "delta", "echo",
    "edge", "falcon", "files", "galaxy", "gateway", "granite", "harbor", "helix", "hermes", "iris", "juno", "keystone",
    "legacy", "lima", "lotus", "mars", "mercury", "nexus", "nova", "oak", "oracle", "orion", "phoenix", "pine",
    "polaris", "prime", "quartz", "raven", "relay", "saturn", "sierra", "slate", "staging", "summit", "tango",
    "titan", "vault", "vega", "willow", "zephyr",
)  # fmt: skip
_DEVICE_WORDS = ("node", "device", "unit", "panel", "cam", "sensor", "printer", "hub")
_UPPER = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
_TRIES = 4096


def seed_of(host_uuid: str, fleet: str, name: str) -> str:
    """Return the 64 hexadecimal digits that all of a decky's secrets are drawn from."""
    return hmac.new(host_uuid.encode(), f"decnet/{fleet}/{name}".encode(), hashlib.sha256).hexdigest()


def draw(seed: str, purpose: str, attempt: int = 0) -> int:
    """Return a number that *seed* decides, another one for each purpose and attempt."""
    return int.from_bytes(hmac.new(bytes.fromhex(seed), f"{purpose}/{attempt}".encode(), hashlib.sha256).digest())


def choose_mac(seed: str, archetype: str | None, taken: Container[str]) -> str:
    """Return an address with the prefix of a vendor that fits the archetype."""
    kind = ARCHETYPES.get(archetype or "")
    prefixes = prefixes_of(kind.vendors if kind else ANY_VENDOR)
    prefix = prefixes[draw(seed, "vendor") % len(prefixes)]

    def candidate(attempt: int) -> str:
        suffix = draw(seed, "mac", attempt) % 0x1000000
        return f"{prefix}:{suffix >> 16:02x}:{suffix >> 8 & 0xFF:02x}:{suffix & 0xFF:02x}"

    return _first_free(candidate, taken, "MAC address")


def choose_distro(seed: str, archetype: str | None, os_family: str) -> str:
    """Return one of the archetype's distributions that is of *os_family*, else any that is."""
    kind = ARCHETYPES.get(archetype or "")
    fitting = [slug for slug in (kind.distros if kind else ()) if os_family in DISTROS[slug].os_families]
    fitting = fitting or [slug for slug, distro in DISTROS.items() if os_family in distro.os_families] or ["debian"]
    return fitting[draw(seed, "distro") % len(fitting)]


def choose_hostname(seed: str, distro: str, os_family: str, taken: Container[str]) -> str:
    """Return a hostname in the style of *distro*; *taken* holds lower-case hostnames."""
    style = DISTROS[distro].hostname
    words = _DEVICE_WORDS if os_family == "embedded" else _WORDS

    def candidate(attempt: int) -> str:
        return _in_style(style, words, draw(seed, "hostname", attempt))

    return _first_free(candidate, taken, "hostname", fold=str.lower)


def _in_style(style: HostnameStyle, words: tuple[str, ...], number: int) -> str:
    number, index = divmod(number, len(words))
    word, digits = words[index], number % 99 + 1
    match style:
        case HostnameStyle.SERVER:
            return f"SRV-{word.upper()}-{digits:02}"
        case HostnameStyle.RHEL:
            return f"{word}{digits:02}.localdomain"
        case HostnameStyle.MINIMAL:
            return f"{word}-{digits:02}"
        case HostnameStyle.ROLLING:
            return f"{word}-{words[number % len(words)]}"
        case HostnameStyle.WINDOWS_DESKTOP:
            return f"DESKTOP-{_letters(number, 7)}"
        case HostnameStyle.WINDOWS_SERVER:
            return f"WIN-{_letters(number, 11)}"


def _letters(number: int, length: int) -> str:
    text = ""
    for _ in range(length):
        number, index = divmod(number, len(_UPPER))
        text += _UPPER[index]
    return text


def _first_free(
    candidate: Callable[[int], str], taken: Container[str], what: str, fold: Callable[[str], str] = str
) -> str:
    for attempt in range(_TRIES):
        if fold(value := candidate(attempt)) not in taken:
            return value
    raise InvalidSubmissionError((Cause("fleet", f"no {what} is free"),))


def free_addresses(network: NetworkConfig, taken: Set[IPv4Address]) -> Iterator[IPv4Address]:
    """Yield the addresses that deckies may have, lowest first."""
    pool = network.ip_range or network.subnet
    edges = edges_of(network)
    for address in addresses_of(pool):
        if address not in taken and address not in edges:
            yield address


def edges_of(network: NetworkConfig) -> frozenset[IPv4Address]:
    """Return the addresses of the subnet that no decky may have: its own, broadcast, the gateway."""
    return frozenset({network.subnet.network_address, network.subnet.broadcast_address, network.gateway})


def addresses_of(network: IPv4Network) -> Iterator[IPv4Address]:
    """Yield every address of *network*, edges included: a range inside a subnet has none of its own."""
    first = int(network.network_address)
    for offset in range(network.num_addresses):
        yield IPv4Address(first + offset)
