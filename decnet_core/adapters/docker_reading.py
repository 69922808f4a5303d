"""The engine's raw lists turned into what a snapshot holds."""

import re
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Address
from typing import Any

from decnet_core.domain.errors import UnreadableLabelError
from decnet_core.domain.names import container_name, network_name
from decnet_core.domain.snapshot import FleetNetwork, Foreign, ObservedDecky
from decnet_core.planning import labels
from decnet_core.planning.labels import LabelError

Raw = Mapping[str, Any]


def read_network(fleet: str, networks: Iterable[Raw]) -> FleetNetwork | None:
    """Return the fleet's network, or None when there is none of ours.

    Raises:
        UnreadableLabelError: its labels cannot be read, or the engine says otherwise than they do.
    """
    for raw in networks:
        marks = raw.get("Labels") or {}
        if raw["Name"] != network_name(fleet) or labels.FLEET not in marks:
            continue
        try:
            config = labels.read_network(marks)
        except LabelError as exc:
            raise UnreadableLabelError((f"network {raw['Name']}: {exc}",)) from exc
        subnets = [entry.get("Subnet") for entry in (raw.get("IPAM") or {}).get("Config") or []]
        said = (config.fleet, config.driver.value, config.interface, str(config.subnet))
        real = (fleet, raw["Driver"], (raw.get("Options") or {}).get("parent"), subnets[0] if subnets else None)
        if said != real:
            raise UnreadableLabelError((f"network {raw['Name']}: its label says {said}, the engine {real}",))
        return FleetNetwork(id=raw["Id"], config=config)
    return None


def read_deckies(fleet: str, containers: Iterable[Raw]) -> tuple[ObservedDecky, ...]:
    """Return every container of *fleet*; of two with one name the lesser one is marked a remnant.

    Raises:
        UnreadableLabelError: naming every container whose labels cannot be read.
    """
    found: list[ObservedDecky] = []
    faults: list[str] = []
    for raw in containers:
        marks = raw.get("Labels") or {}
        if not _is_ours(fleet, raw):
            continue
        try:
            found.append(_decky(fleet, raw, marks))
        except LabelError as exc:
            faults.append(f"container {_name(raw)}: {exc}")
    if faults:
        raise UnreadableLabelError(tuple(faults))
    return tuple(_mark_remnants(found))


def _decky(fleet: str, raw: Raw, marks: Mapping[str, str]) -> ObservedDecky:
    read = labels.read_decky(marks)
    endpoint = ((raw.get("NetworkSettings") or {}).get("Networks") or {}).get(network_name(fleet)) or {}
    return ObservedDecky(
        spec=read.spec,
        container_id=raw["Id"],
        container=_name(raw),
        engine_state=raw["State"],
        status=raw.get("Status", ""),
        live_ip=IPv4Address(endpoint["IPAddress"]) if endpoint.get("IPAddress") else None,
        live_mac=endpoint.get("MacAddress") or None,
        fingerprint=read.fingerprint,
        render=read.render,
        image=raw.get("ImageID", ""),
    )


def _mark_remnants(found: list[ObservedDecky]) -> Iterator[ObservedDecky]:
    """Keep the running one of each name, else the youngest: re-creation stops the old one last."""
    best: dict[str, ObservedDecky] = {}
    for seen in found:
        rival = best.get(seen.name)
        if rival is None or _worth(seen) > _worth(rival):
            best[seen.name] = seen
    for seen in found:
        yield seen if best[seen.name] is seen else seen.model_copy(update={"remnant": True})


def _worth(seen: ObservedDecky) -> tuple[bool, int, str]:
    return seen.running, seen.spec.generation, seen.container_id


def _is_ours(fleet: str, raw: Raw) -> bool:
    """Whether a container is a decky of *fleet*: by its labels and by the name that goes with them.

    ``docker commit`` and ``docker run`` carry labels over to a copy made for forensics. It has a name of
    its own, so it is foreign. Compose's name while it re-creates is the decky's behind twelve digits.
    """
    marks = raw.get("Labels") or {}
    if marks.get(labels.HOST) != "true" or marks.get(labels.FLEET, fleet) != fleet:
        return False
    due = container_name(fleet, marks.get(labels.NAME, ""))
    return labels.NAME not in marks or re.fullmatch(rf"([0-9a-f]{{12}}_)?{re.escape(due)}", _name(raw)) is not None


def read_foreign(fleet: str, containers: Iterable[Raw]) -> tuple[Foreign, ...]:
    """Return every container that is not of *fleet*: other fleets' deckies and strangers."""
    return tuple(_foreign(fleet, raw) for raw in containers if not _is_ours(fleet, raw))


def _foreign(fleet: str, raw: Raw) -> Foreign:
    networks = (raw.get("NetworkSettings") or {}).get("Networks") or {}
    addresses = [
        endpoint.get("IPAddress") or (endpoint.get("IPAMConfig") or {}).get("IPv4Address")
        for endpoint in networks.values()
    ]
    return Foreign(
        kind="container",
        name=_name(raw),
        ips=tuple(IPv4Address(address) for address in addresses if address),
        macs=tuple(endpoint["MacAddress"] for endpoint in networks.values() if endpoint.get("MacAddress")),
        on_network=network_name(fleet) in networks,
    )


def _name(raw: Raw) -> str:
    names = raw.get("Names") or [raw["Id"][:12]]
    return str(names[0]).lstrip("/")
