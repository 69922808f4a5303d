"""What the doctor reads from the engine, through Docker's client: lists and versions, nothing is changed."""

import errno
import shutil
import socket
from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import docker
import requests

from decnet_core.adapters.doctor_facts import Answer, DockerNetwork, EngineFacts
from decnet_core.domain.errors import HostSilentError
from decnet_core.planning import labels

_PATIENCE = 5
_BRIDGE_NAME = "com.docker.network.bridge.name"


def read_engine(docker_host: str, image: str) -> EngineFacts:
    """Return what the engine at *docker_host* says of itself, or how it did not answer."""
    if (refusal := _knock(docker_host)) is not None:
        return EngineFacts(docker_host, *refusal)
    try:
        client = docker.APIClient(base_url=docker_host, version="auto", timeout=_PATIENCE)
        try:
            return _asked(client, docker_host, image)
        finally:
            client.close()
    except (docker.errors.DockerException, requests.exceptions.RequestException, OSError) as exc:
        return EngineFacts(docker_host, Answer.SILENT, words=str(exc))


def fleet_networks(docker_host: str) -> tuple[DockerNetwork, ...]:
    """Return the networks of all fleets on the engine.

    Raises:
        HostSilentError: the engine did not answer, so its fleets are not known.
    """
    engine = read_engine(docker_host, "")
    if not engine.answers:
        raise HostSilentError(docker_host, engine.words)
    return tuple(sorted((network for network in engine.networks if network.fleet), key=lambda network: network.fleet))


def _knock(docker_host: str) -> tuple[Answer, str] | None:
    """Tell a missing, a stopped and a forbidden engine apart, which Docker's client does not."""
    if not docker_host.startswith("unix://"):
        return None
    try:
        with socket.socket(socket.AF_UNIX) as door:
            door.settimeout(_PATIENCE)
            door.connect(docker_host.removeprefix("unix://"))
    except OSError as exc:
        words = exc.strerror or str(exc)
        match exc.errno:
            case errno.ENOENT:
                return Answer.ABSENT, words
            case errno.EACCES | errno.EPERM:
                return Answer.DENIED, words
            case errno.ECONNREFUSED:
                return Answer.REFUSED, words
            case _:
                return Answer.SILENT, words
    return None


def _asked(client: docker.APIClient, address: str, image: str) -> EngineFacts:
    version = client.version()
    before = datetime.now(UTC)
    info = client.info()
    midway = before + (datetime.now(UTC) - before) / 2
    deckies = client.containers(filters={"label": labels.SELECTOR, "status": "running"})
    root = Path(info.get("DockerRootDir", ""))
    local = address.startswith("unix://") and root.is_dir()
    return EngineFacts(
        address,
        Answer.OK,
        version=version.get("Version", ""),
        api=version.get("ApiVersion", ""),
        system=info.get("OperatingSystem", ""),
        rootless="name=rootless" in (info.get("SecurityOptions") or ()),
        memory_limit=info.get("MemoryLimit", True),
        skew=clock_skew(info.get("SystemTime", ""), midway),
        image_present=bool(image) and bool(client.images(name=image)),
        running=len(deckies),
        root_free=shutil.disk_usage(root).free if local else None,
        networks=tuple(read_network(row) for row in client.networks()),
    )


def clock_skew(engine_time: str, ours: datetime) -> float | None:
    """Return how many seconds the engine is ahead; None when it does not tell its time."""
    try:
        # Nanoseconds, which Docker prints, are more digits than fromisoformat takes before Python 3.11.
        return (datetime.fromisoformat(engine_time) - ours).total_seconds()
    except (ValueError, TypeError):
        return None


def read_network(row: Mapping[str, Any]) -> DockerNetwork:
    """Read one row of the engine's list of networks; IPv6 pools are left out."""
    options = row.get("Options") or {}
    marks = row.get("Labels") or {}
    pools = (row.get("IPAM") or {}).get("Config") or ()
    driver = row.get("Driver", "")
    return DockerNetwork(
        name=row.get("Name", ""),
        driver=driver,
        parent=options.get("parent", ""),
        subnets=tuple(IPv4Network(pool["Subnet"]) for pool in pools if ":" not in pool.get("Subnet", ":")),
        fleet=str(marks.get(labels.FLEET, "")),
        device=options.get(_BRIDGE_NAME) or (f"br-{row['Id'][:12]}" if driver == "bridge" else ""),
    )
