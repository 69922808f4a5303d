"""The Compose document: always the whole fleet of one host, survivors from their own labels."""

import hashlib
from collections.abc import Iterable
from typing import Any

from decnet_core.catalog.os_families import OS_FAMILIES
from decnet_core.domain.decky import DeckySpec, canonical_json
from decnet_core.domain.names import container_name, network_name
from decnet_core.domain.network import Driver, NetworkConfig
from decnet_core.planning.labels import RENDER, decky_labels
from decnet_core.planning.persona import VARIABLE, persona_json

_NETWORK = "lan"
_MEMORY = "128m"
_PIDS = 64
_USER = "65532:65532"
_LOW_PORTS = {"net.ipv4.ip_unprivileged_port_start": "0"}


def document(network: NetworkConfig, deckies: Iterable[DeckySpec], sysctls: frozenset[str]) -> dict[str, Any]:
    """Return the Compose document of a whole fleet on one host.

    Args:
        network: the fleet's network; it exists already, so Compose never makes or removes it.
        deckies: every decky, survivors with the spec that their own labels carry.
        sysctls: the keys that the host's kernel knows; one that it lacks would make the start fail.
    """
    services = {spec.name: service(network.fleet, spec, sysctls) for spec in deckies}
    if network.driver is Driver.IPVLAN:  # all share the parent's address, and the engine refuses another
        for definition in services.values():
            del definition["networks"][_NETWORK]["mac_address"]
    return {
        "name": network_name(network.fleet),
        "services": services,
        "networks": {_NETWORK: {"name": network_name(network.fleet), "external": True}},
    }


def service(fleet: str, spec: DeckySpec, sysctls: frozenset[str]) -> dict[str, Any]:
    """Return one decky's part of the document, ``$`` doubled as Compose wants it."""
    definition = _definition(fleet, spec, sysctls)
    definition["labels"] = {**decky_labels(fleet, spec), RENDER: _hash(definition)}
    escaped: dict[str, Any] = _escaped(definition)
    return escaped


def render_hash(fleet: str, spec: DeckySpec, sysctls: frozenset[str]) -> str:
    """Hash how this release renders *spec*; a container that carries another hash is outdated."""
    return _hash(_definition(fleet, spec, sysctls))


def _definition(fleet: str, spec: DeckySpec, sysctls: frozenset[str]) -> dict[str, Any]:
    config = spec.config
    wanted = {**OS_FAMILIES[config.nmap_os], **_LOW_PORTS}
    return {
        "image": config.base_image,
        "pull_policy": "never",
        "container_name": container_name(fleet, config.name),
        "hostname": config.hostname,
        "environment": {VARIABLE: persona_json(config)},
        "networks": {_NETWORK: {"ipv4_address": str(config.ip), "mac_address": config.mac_address}},
        "sysctls": {key: value for key, value in wanted.items() if key in sysctls},
        "user": _USER,
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "pids_limit": _PIDS,
        "mem_limit": _MEMORY,
        "restart": "unless-stopped",
        "stop_grace_period": "2s",
        "logging": {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}},
    }


def _hash(definition: dict[str, Any]) -> str:
    return hashlib.sha256(canonical_json(definition).encode()).hexdigest()[:16]


def _escaped(value: Any) -> Any:  # noqa: ANN401 - any part of a document
    if isinstance(value, dict):
        return {key: _escaped(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_escaped(item) for item in value]
    return value.replace("$", "$$") if isinstance(value, str) else value
