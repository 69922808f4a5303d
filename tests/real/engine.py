"""The engine seen from outside, with eyes of its own: nothing here goes through the code under test."""

import io
import subprocess
import tarfile
from dataclasses import dataclass
from typing import Any

import docker
import docker.errors

DECKY = "decnet/decky:0.1.0"
_MARK = "com.decnet.test"


@dataclass(frozen=True)
class Identity:
    """What must stay the same of a decky that nobody named."""

    container_id: str
    started_at: str
    restarts: int
    mac: str
    ip: str
    pid: int


class Engine:
    """One Docker engine, and what a test does to it behind our back."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.api = docker.APIClient(base_url=url, version="auto", timeout=60)

    def deckies(self, fleet: str) -> dict[str, dict[str, Any]]:
        """Return every container of *fleet* by container name, as the engine's list shows it."""
        found = self.api.containers(all=True, filters={"label": f"com.decnet.fleet={fleet}"})
        return {raw["Names"][0].lstrip("/"): raw for raw in found}

    def inspect(self, container: str) -> dict[str, Any]:
        return dict(self.api.inspect_container(container))

    def identity(self, container: str) -> Identity:
        """Look at one running container."""
        raw = self.inspect(container)
        endpoint = next(iter(raw["NetworkSettings"]["Networks"].values()))
        return Identity(
            raw["Id"],
            raw["State"]["StartedAt"],
            raw["RestartCount"],
            endpoint["MacAddress"],
            endpoint["IPAddress"],
            raw["State"]["Pid"],
        )

    def remove(self, container: str) -> None:
        """``docker rm -f``."""
        self.api.remove_container(container, force=True, v=True)

    def stop(self, container: str) -> None:
        """``docker stop``, not waiting politely."""
        self.api.stop(container, timeout=1)

    def network(self, fleet: str) -> dict[str, Any] | None:
        found = self.api.networks(names=[f"decnet-{fleet}"])
        exact = [raw for raw in found if raw["Name"] == f"decnet-{fleet}"]
        return dict(self.api.inspect_network(exact[0]["Id"])) if exact else None

    def add_foreign(
        self,
        name: str,
        fleet: str,
        *,
        network: str | None = None,
        ip: str | None = None,
        labels: dict[str, str] | None = None,
    ) -> str:
        """Run a container that is not ours, and return its id; ``sweep`` of *fleet* removes it."""
        networking = None
        if network:
            endpoint = self.api.create_endpoint_config(ipv4_address=ip)
            networking = self.api.create_networking_config({network: endpoint})  # type: ignore[arg-type]
        made = self.api.create_container(
            DECKY,
            entrypoint=["python3", "-c", "import signal; signal.pause()"],
            name=name,
            labels={_MARK: fleet, **(labels or {})},
            networking_config=networking,
            host_config=self.api.create_host_config(init=True, network_mode=network or "none"),
        )
        self.api.start(made["Id"])
        return str(made["Id"])

    def add_image(self, tag: str, entrypoint: list[str]) -> None:
        """Make an image like the decky's that runs something else."""
        made = self.api.create_container(DECKY, entrypoint=entrypoint, labels={_MARK: tag})
        try:
            repository, _, version = tag.partition(":")
            self.api.commit(made["Id"], repository=repository, tag=version)
        finally:
            self.api.remove_container(made["Id"])

    def add_empty_image(self, tag: str) -> None:
        """Make an image with nothing in it, not even a command."""
        empty = io.BytesIO()
        tarfile.open(fileobj=empty, mode="w").close()
        subprocess.run(
            ["docker", "-H", self.url, "import", "-", tag], input=empty.getvalue(), check=True, capture_output=True
        )

    def remove_image(self, tag: str) -> None:
        try:
            self.api.remove_image(tag, force=True)
        except docker.errors.ImageNotFound:
            return

    def sweep(self, fleet: str) -> None:
        """Remove everything that carries the name of *fleet*, and nothing else."""
        for label in (f"com.decnet.fleet={fleet}", f"{_MARK}={fleet}"):
            for raw in self.api.containers(all=True, filters={"label": label}):
                try:
                    self.remove(raw["Id"])
                except docker.errors.NotFound:
                    continue
        if network := self.network(fleet):
            self.api.remove_network(network["Id"])
