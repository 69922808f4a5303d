"""What a decky is told about itself: one JSON value in its environment."""

from typing import Any

from decnet_core.catalog.service import Machine
from decnet_core.catalog.services import SERVICES
from decnet_core.domain.decky import DeckyConfig, canonical_json

VARIABLE = "DECNET_PERSONA"


def persona(config: DeckyConfig) -> dict[str, Any]:
    """Return everything the runtime needs, services with all their options filled in."""
    machine = Machine(config.name, config.hostname, config.distro, config.nmap_os)
    return {
        "v": 1,
        "name": config.name,
        "hostname": config.hostname,
        "seed": config.seed,
        "os_family": config.nmap_os,
        "distro": config.distro,
        "services": {slug: _service(slug, config, machine) for slug in config.services},
    }


def _service(slug: str, config: DeckyConfig, machine: Machine) -> dict[str, Any]:
    spec = SERVICES[slug]
    return spec.persona(spec.options.model_validate(config.service_config.get(slug, {})), machine)


def persona_json(config: DeckyConfig) -> str:
    """Return the persona as the environment variable carries it."""
    return canonical_json(persona(config))
