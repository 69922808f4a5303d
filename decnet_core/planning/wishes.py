"""A submission taken apart: one wish a decky, each complete but for what is chosen by allocation."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from pydantic import ValidationError

from decnet_core.catalog.archetypes import ARCHETYPES
from decnet_core.catalog.distros import DISTROS
from decnet_core.catalog.os_families import OS_FAMILIES
from decnet_core.catalog.service import ServiceSpec
from decnet_core.catalog.services import SERVICES
from decnet_core.domain.decky import DeckyConfig, ServiceConfig
from decnet_core.domain.errors import Cause
from decnet_core.domain.submission import DeckyRequest


@dataclass(frozen=True)
class Wish:
    """One decky asked for.

    Attributes:
        request: what was written, for this one decky.
        services, service_config, nmap_os, archetype, distro: with what was left out filled in from the
            decky as it is, or from its archetype; *distro* is None where it is still to be chosen.
    """

    request: DeckyRequest
    services: tuple[str, ...]
    service_config: ServiceConfig
    nmap_os: str
    archetype: str | None
    distro: str | None

    @property
    def name(self) -> str:
        """The decky's name."""
        return self.request.name


def expand(requests: Iterable[DeckyRequest]) -> tuple[DeckyRequest, ...]:
    """Turn ``count: 4`` into four requests, ``web-01`` to ``web-04``."""
    return tuple(single for request in requests for single in _numbered(request))


def _numbered(request: DeckyRequest) -> tuple[DeckyRequest, ...]:
    if request.count == 1:
        return (request,)
    width = max(2, len(str(request.count)))
    return tuple(
        request.model_copy(update={"name": f"{request.name}-{number:0{width}}", "count": 1})
        for number in range(1, request.count + 1)
    )


def make_wish(request: DeckyRequest, prior: DeckyConfig | None) -> Wish:
    """Fill in what *request* leaves out from the decky as it is, else from its archetype."""
    slug = request.archetype or (prior.archetype if prior else None)
    archetype = ARCHETYPES.get(slug or "")
    changes_kind = prior is None or (request.archetype is not None and request.archetype != prior.archetype)
    if request.services is not None:
        services = request.services
    elif prior is not None and not changes_kind:
        services = prior.services
    else:
        services = offered(archetype.services) if archetype else ()
    options = request.service_config if request.service_config is not None else (prior.service_config if prior else {})
    if request.service_config is None:
        options = {slug: values for slug, values in options.items() if slug in services}
    family = request.nmap_os
    if family is None:
        family = prior.nmap_os if prior and not changes_kind else (archetype.os_family if archetype else "linux")
    return Wish(
        request=request,
        services=tuple(sorted(set(services))),
        service_config=options,
        nmap_os=family,
        archetype=slug,
        distro=request.distro or (prior.distro if prior and not changes_kind else None),
    )


def offered(services: Iterable[str]) -> tuple[str, ...]:
    """Return those of *services* that this release has."""
    return tuple(slug for slug in services if slug in SERVICES)


def faults(wish: Wish) -> list[Cause]:
    """Return everything wrong with *wish* that no look at the fleet is needed for."""
    where = f"decky {wish.name}"
    causes = [
        *_unknown(where, "archetype", wish.archetype, ARCHETYPES),
        *_unknown(where, "distro", wish.distro, DISTROS),
        *_unknown(where, "OS family (nmap_os)", wish.nmap_os, OS_FAMILIES),
        *(cause for slug in wish.services for cause in _unknown(where, "service", slug, SERVICES)),
    ]
    if not wish.services:
        causes.append(_no_services(where, wish.archetype))
    distro = DISTROS.get(wish.distro or "")
    if distro and wish.nmap_os not in distro.os_families and _has_distros(wish.nmap_os):
        causes.append(
            Cause(where, f"{distro.title} is not of the OS family {wish.nmap_os}", "change distro or nmap_os")
        )
    known = [SERVICES[slug] for slug in wish.services if slug in SERVICES]
    return [*causes, *_port_clashes(where, known), *_option_faults(where, wish)]


def _has_distros(family: str) -> bool:
    """Whether the catalogue has a distribution of *family*; a decky of another family may run any."""
    return any(family in distro.os_families for distro in DISTROS.values())


def _unknown(where: str, what: str, slug: str | None, catalogue: Iterable[str]) -> list[Cause]:
    if slug is None or slug in catalogue:
        return []
    near = get_close_matches(slug, list(catalogue), n=1)
    return [Cause(where, f"unknown {what} {slug!r}", f"did you mean {near[0]!r}?" if near else _all(catalogue))]


def _all(catalogue: Iterable[str]) -> str:
    return "known: " + ", ".join(sorted(catalogue))


def _no_services(where: str, slug: str | None) -> Cause:
    archetype = ARCHETYPES.get(slug or "")
    if archetype is None:
        return Cause(where, "has no services", "name an archetype or services")
    missing = ", ".join(archetype.services)
    return Cause(where, f"archetype {slug} offers {missing}, none of which this release has", "name services")


def _port_clashes(where: str, services: list[ServiceSpec]) -> list[Cause]:
    holders: dict[object, str] = {}
    causes = []
    for service in services:
        for port in service.ports:
            if port in holders:
                causes.append(Cause(where, f"{holders[port]} and {service.slug} both listen on {port}", "drop one"))
            holders[port] = service.slug
    return causes


def _option_faults(where: str, wish: Wish) -> list[Cause]:
    causes = []
    for slug, values in wish.service_config.items():
        if slug not in wish.services:
            causes.append(Cause(where, f"options for {slug!r}, which is not one of its services", "add or remove it"))
        elif slug in SERVICES:
            causes += _bad_options(f"{where}, {slug}", SERVICES[slug], values)
    return causes


def _bad_options(where: str, service: ServiceSpec, values: dict[str, object]) -> list[Cause]:
    try:
        service.options.model_validate(values)
    except ValidationError as exc:
        return [
            _option_cause(where, service, problem["loc"], problem["type"], problem["msg"]) for problem in exc.errors()
        ]
    return []


def _option_cause(where: str, service: ServiceSpec, loc: tuple[int | str, ...], kind: str, message: str) -> Cause:
    """Name an option's fault without repeating its value, which may be a secret."""
    path = ".".join(map(str, loc))
    if kind == "extra_forbidden":
        return Cause(where, f"unknown option {path!r}", _all(service.options.model_fields))
    return Cause(where, f"option {path}: {message}", f"see `decnet services {service.slug}`")
