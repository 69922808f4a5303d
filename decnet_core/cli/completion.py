"""What Tab offers: the catalogue's words, and names from the export, which is read faster than any engine."""

import json
from collections.abc import Iterable, Iterator

from decnet_core.catalog.archetypes import ARCHETYPES
from decnet_core.catalog.distros import DISTROS
from decnet_core.catalog.services import SERVICES
from decnet_core.cli.session import known_fleets, read_settings
from decnet_core.domain.errors import FleetError
from decnet_core.settings import Settings

Offers = list[tuple[str, str]]

EXPORT = "decnet-state.json"


def archetypes(incomplete: str) -> Offers:
    """Offer archetypes with their titles."""
    return _offers(incomplete, ((kind.slug, kind.title) for kind in ARCHETYPES.values()))


def distros(incomplete: str) -> Offers:
    """Offer distros with their titles."""
    return _offers(incomplete, ((distro.slug, distro.title) for distro in DISTROS.values()))


def services(incomplete: str) -> Offers:
    """Offer services; after a comma, those that are not named yet."""
    head, comma, last = incomplete.rpartition(",")
    named = set(head.split(","))
    known = ((slug, spec.title) for slug, spec in SERVICES.items() if slug not in named)
    return [(f"{head}{comma}{slug}", title) for slug, title in _offers(last, known)]


def service(incomplete: str) -> Offers:
    """Offer one service."""
    return _offers(incomplete, ((slug, spec.title) for slug, spec in SERVICES.items()))


def fleets(incomplete: str) -> Offers:
    """Offer the fleets that have a directory here."""
    settings = _settings()
    return _offers(incomplete, ((name, "") for name in known_fleets(settings))) if settings else []


def deckies(incomplete: str) -> Offers:
    """Offer the deckies of every fleet here, as the last operation left them."""
    return _offers(incomplete, _exported())


def _exported() -> Iterator[tuple[str, str]]:
    settings = _settings()
    if settings is None:
        return
    for fleet in known_fleets(settings):
        try:
            document = json.loads((settings.fleet_dir(fleet) / EXPORT).read_text(encoding="utf-8"))
            yield from ((name, str(row["state"])) for name, row in document["status"].items())
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue  # no export, or one that somebody edited: nothing to offer, and Tab is no place for an error


def _settings() -> Settings | None:
    try:
        return read_settings()
    except FleetError:
        return None


def _offers(incomplete: str, known: Iterable[tuple[str, str]]) -> Offers:
    return sorted((word, title) for word, title in known if word.startswith(incomplete))
