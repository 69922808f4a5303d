"""A real host: reads labels through the engine's API, changes named containers and nothing else."""

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import docker
import docker.errors
import requests.exceptions

from decnet_core.adapters import compose, sockets
from decnet_core.adapters.docker_reading import read_deckies, read_foreign, read_network
from decnet_core.adapters.host import Vitals
from decnet_core.adapters.lan import host_addresses, kernel_sysctls
from decnet_core.domain.errors import ComposeRejectedError, HostSilentError, HostUnfitError, StepFailedError
from decnet_core.domain.names import container_name, network_name
from decnet_core.domain.network import NetworkConfig
from decnet_core.domain.plan import Action, Step
from decnet_core.domain.snapshot import Observation, ObservedDecky
from decnet_core.planning.batches import Batch
from decnet_core.planning.labels import network_labels

_THREADS = 8
_STOP_SECONDS = 2
_TIMEOUT_SECONDS = 60
_NEVER = "0001-01-01"
_PAUSED = "paused"


@contextmanager
def docker_errors(host: str) -> Iterator[None]:
    """Let nothing but our own errors leave the adapter."""
    try:
        yield
    except docker.errors.APIError as exc:
        raise StepFailedError({host: str(exc.explanation or exc)}) from exc
    except (requests.exceptions.RequestException, docker.errors.DockerException, OSError) as exc:
        raise HostSilentError(host, _shortest(exc)) from exc


def _shortest(exc: BaseException) -> str:
    """Return the innermost reason: the outer ones only repeat that something failed."""
    while (inner := exc.__cause__ or exc.__context__) is not None:
        exc = inner
    return str(exc)


class DockerHost:
    """One Docker engine, by its socket or URL."""

    def __init__(self, docker_host: str) -> None:
        self.address = docker_host

    @cached_property
    def _api(self) -> docker.APIClient:
        with docker_errors(self.address):
            return docker.APIClient(base_url=self.address, version="auto", timeout=_TIMEOUT_SECONDS)

    @cached_property
    def _engine(self) -> dict[str, Any]:
        with docker_errors(self.address):
            return dict(self._api.info())

    @property
    def host_uuid(self) -> str:
        """The engine's own id."""
        return str(self._engine["ID"])

    def observe(self, fleet: str) -> Observation:
        """Read everything the engine shows of *fleet*; see ``Host.observe``."""
        engine = self._engine
        with docker_errors(self.address):
            containers = self._api.containers(all=True)
            networks = self._api.networks()
        return Observation(
            host_uuid=engine["ID"],
            host_name=engine["Name"],
            fleet=fleet,
            network=read_network(fleet, networks),
            deckies=read_deckies(fleet, containers),
            foreign=read_foreign(fleet, containers),
            host_addresses=host_addresses(),
            sysctls=kernel_sysctls(),
            taken_at=datetime.now(UTC),
        )

    def vitals(self, container_ids: Collection[str], *, sockets: bool = False) -> dict[str, Vitals]:
        """Inspect containers; see ``Host.vitals``."""

        def look(container_id: str) -> Vitals | None:
            try:
                raw = self._api.inspect_container(container_id)
            except docker.errors.NotFound:
                return None
            return self._vitals(raw, with_sockets=sockets)

        with docker_errors(self.address):
            found = self._all(look, container_ids)
        return {seen.container_id: seen for seen in found if seen is not None}

    def _vitals(self, raw: dict[str, Any], *, with_sockets: bool) -> Vitals:
        state = raw["State"]
        open_ports = sockets.Sockets(frozenset(), 0)
        if with_sockets and state["Running"] and not state["Restarting"]:
            open_ports = sockets.parse(sockets.read_process(state["Pid"]) or self._tables_from_inside(raw["Id"]))
        return Vitals(
            name=raw["Name"].lstrip("/"),
            container_id=raw["Id"],
            state=state["Status"],
            started_at=_instant(state["StartedAt"]),
            restarts=raw["RestartCount"],
            exit_code=state["ExitCode"],
            error=state.get("Error") or "",
            listening=open_ports.listening,
            sessions=open_ports.sessions,
        )

    def _tables_from_inside(self, container_id: str) -> dict[str, str]:
        """Read the tables by a command in the container: for an engine elsewhere, or without root here."""
        script = "import sys; print(open('/proc/net/' + sys.argv[1]).read())"
        tables = {}
        try:
            for table in sockets.TABLES:
                run = self._api.exec_create(container_id, ["python3", "-c", script, table], stderr=False)
                tables[table] = self._api.exec_start(run["Id"]).decode(errors="replace")
        except docker.errors.APIError:
            return {}  # it stopped between the inspect and this look: it listens on nothing
        return tables

    def missing_images(self, images: Collection[str]) -> tuple[str, ...]:
        """Return those of *images* that are not on the host."""
        missing = []
        with docker_errors(self.address):
            for image in sorted(set(images)):
                try:
                    self._api.inspect_image(image)  # type: ignore[no-untyped-call]
                except docker.errors.ImageNotFound:
                    missing.append(image)
        return tuple(missing)

    def check_document(self, text: str) -> None:
        """Have Compose read the document *text*; see ``Host.check_document``."""
        code, words = compose.run(compose.check_command(), self.address, stdin=text)
        if code:
            raise ComposeRejectedError(words)

    def create_network(self, config: NetworkConfig) -> None:
        """Create the fleet's network with its labels; see ``Host.create_network``."""
        pool = docker.types.IPAMPool(subnet=str(config.subnet), gateway=str(config.gateway))
        try:
            with docker_errors(self.address):
                self._api.create_network(
                    network_name(config.fleet),
                    driver=config.driver.value,
                    options={"parent": config.interface} if config.interface else None,
                    ipam=docker.types.IPAMConfig(pool_configs=[pool]),
                    internal=not config.routed,
                    labels=network_labels(config),
                    check_duplicate=True,
                )
        except StepFailedError as exc:
            if self._has_network(config):
                return
            raise HostUnfitError((f"network {network_name(config.fleet)} cannot be made: {exc}",)) from exc

    def _has_network(self, config: NetworkConfig) -> bool:
        """Whether an attempt before this one, whose answer was lost, has made the network."""
        with docker_errors(self.address):
            live = read_network(config.fleet, self._api.networks())
        return live is not None and live.config == config

    def remove_network(self, fleet: str) -> bool:
        """Remove the fleet's network when nothing sits in it; see ``Host.remove_network``."""
        with docker_errors(self.address):
            network = read_network(fleet, self._api.networks())
        if network is None:
            return False
        try:
            with docker_errors(self.address):
                self._api.remove_network(network.id)
        except StepFailedError as exc:
            raise HostUnfitError((f"network {network_name(fleet)} stays: {exc}",)) from exc
        return True

    def execute(self, batch: Batch, document: Path) -> dict[str, str]:
        """Carry out *batch*; see ``Host.execute``."""
        match batch.action:
            case Action.CREATE_NETWORK:
                if batch.network is not None:
                    self.create_network(batch.network)
                return {}
            case Action.REMOVE:
                return self._each(self._remove, batch)
            case Action.START:
                return self._each(lambda step: self._start(batch.fleet, step), batch)
            case Action.CREATE:
                command = compose.create_command(document, batch.names)
            case Action.RECREATE:
                command = compose.recreate_command(document, batch.names)
        code, words = compose.run(command, self.address)
        return self._not_started(batch, words) if code else {}

    def _not_started(self, batch: Batch, words: str) -> dict[str, str]:
        """Find which deckies of a failed batch are not up: Compose starts the others and does not say."""
        observed = {seen.name: seen for seen in self.observe(batch.fleet).deckies if not seen.remnant}
        failures = {}
        for step in batch.steps:
            seen = observed.get(step.subject)
            if seen is None or not seen.running or not _is_what_was_asked(seen, step):
                told = self.vitals([seen.container_id]) if seen else {}
                error = next((look.error for look in told.values() if look.error), "")
                failures[step.subject] = error or compose.reason_for(step.subject, words)
        return failures

    def _remove(self, step: Step) -> None:
        if step.container_id is not None:
            self._api.stop(step.container_id, timeout=_STOP_SECONDS)
            self._api.remove_container(step.container_id, v=True, force=True)

    def _start(self, fleet: str, step: Step) -> None:
        """Start a stopped container, under the name that an interrupted re-creation kept from it."""
        container_id = str(step.container_id)
        raw = self._api.inspect_container(container_id)
        if raw["State"]["Status"] == _PAUSED:
            self._api.unpause(container_id)
        if raw["Name"].lstrip("/") != container_name(fleet, step.subject):
            self._api.rename(container_id, container_name(fleet, step.subject))
        self._api.start(container_id)

    def _each(self, change: Callable[[Step], None], batch: Batch) -> dict[str, str]:
        """Apply *change* to every step; what is gone already is as it should be when removing."""

        def attempt(step: Step) -> str | None:
            try:
                change(step)
            except docker.errors.NotFound as exc:
                return None if batch.action is Action.REMOVE else str(exc.explanation)
            except docker.errors.APIError as exc:
                return str(exc.explanation or exc)
            return None

        with docker_errors(self.address):
            results = self._all(attempt, batch.steps)
        return {step.subject: why for step, why in zip(batch.steps, results, strict=True) if why}

    def _all(self, look: Callable[[Any], Any], items: Collection[Any]) -> list[Any]:
        with ThreadPoolExecutor(_THREADS) as pool:
            return list(pool.map(look, items))

    def logs(self, container_id: str, tail: int) -> list[str]:
        """Return the last *tail* lines that a container wrote."""
        with docker_errors(self.address):
            raw: bytes = self._api.logs(container_id, tail=tail)
        return raw.decode(errors="replace").splitlines()


def _is_what_was_asked(seen: ObservedDecky, step: Step) -> bool:
    shall = step.shall
    return shall is None or (seen.fingerprint, seen.spec.generation) == (shall.config.fingerprint, shall.generation)


def _instant(text: str) -> datetime | None:
    """Read the engine's time, which has nanoseconds; its zero means never."""
    if text.startswith(_NEVER):
        return None
    return datetime.fromisoformat(text[:19] + "+00:00").replace(microsecond=int((text[20:-1] + "000000")[:6] or 0))
