"""One fleet on one engine and one private LAN: how a test asks for changes, and what must hold after each."""

import json
import shutil
import time
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

from decnet_core.adapters.docker_host import DockerHost
from decnet_core.domain.names import container_name
from decnet_core.domain.operation import Operation, OperationResult, OperationStatus
from decnet_core.domain.snapshot import DeckyState, Memory
from decnet_core.settings import Settings
from decnet_core.store.mirror import Mirror
from tests.lan import PrivateLan
from tests.real.engine import Engine, Identity
from tests.real.runs import FlowRun

Request = dict[str, Any]

_QUICK = {"DECNET_SETTLE": "0.1", "DECNET_SERVE_WAIT": "20", "DECNET_LOCK_WAIT": "300"}


class World:
    """A fleet with a name, a state directory and a LAN of its own.

    Attributes:
        environment: settings of every flow run, as environment variables.
    """

    def __init__(self, engine: Engine, lan: PrivateLan, state: Path, name: str = "") -> None:
        self.engine = engine
        self.lan = lan
        self.state = state
        self.name = name or f"t{uuid.uuid4().hex[:7]}"
        self.environment = {**_QUICK, "DECNET_STATE_DIR": str(state), "DOCKER_HOST": engine.url}
        self._runs: list[FlowRun] = []

    def submission(self, *deckies: Request, **more: Any) -> dict[str, Any]:
        network = {"driver": "macvlan", "interface": self.lan.parent, "subnet": str(self.lan.subnet)}
        return {"fleet": self.name, "network": network, "deckies": list(deckies), **more}

    def ip(self, number: int) -> str:
        """Return the LAN's address with this last octet."""
        return str(self.lan.subnet[number])

    def start(self, flow: str, parameters: dict[str, Any], **environment: str) -> FlowRun:
        """Start *flow* and return at once."""
        self.state.parent.mkdir(parents=True, exist_ok=True)
        log = self.state.parent / f"{self.name}-{len(self._runs):03}.log"
        run = FlowRun(flow, parameters, {**self.environment, **environment}, log)
        self._runs.append(run)
        return run

    def start_deploy(self, *deckies: Request, env: dict[str, str] | None = None, **options: Any) -> FlowRun:
        """Start a deploy of *deckies* with these ``DeployOptions``, and return at once."""
        return self.start_submission(self.submission(*deckies), env=env, **options)

    def start_submission(
        self, submission: dict[str, Any], *, env: dict[str, str] | None = None, dry_run: bool = False, **options: Any
    ) -> FlowRun:
        parameters = {"submission": submission, "options": options, "dry_run": dry_run, "deploy_type": "cli"}
        return self.start("deploy-fleet", {**parameters, "who": "tests"}, **(env or {}))

    def start_teardown(
        self, *names: str, env: dict[str, str] | None = None, everything: bool = False, **options: Any
    ) -> FlowRun:
        parameters = {"fleet": self.name, "names": names, "all": everything, "options": options}
        return self.start("teardown-fleet", {**parameters, "deploy_type": "cli", "who": "tests"}, **(env or {}))

    def deploy(self, *deckies: Request, env: dict[str, str] | None = None, **options: Any) -> FlowRun:
        return self.start_deploy(*deckies, env=env, **options).wait()

    def teardown(self, *names: str, env: dict[str, str] | None = None, **options: Any) -> FlowRun:
        return self.start_teardown(*names, env=env, **options).wait()

    def deployed(self, *deckies: Request, **options: Any) -> OperationResult:
        """Deploy, which must succeed."""
        return self.deploy(*deckies, **options).succeeded()

    def container(self, name: str) -> str:
        return container_name(self.name, name)

    def identity(self, name: str) -> Identity:
        return self.engine.identity(self.container(name))

    def identities(self, *names: str) -> dict[str, Identity]:
        """Return what must not change of *names*."""
        return {name: self.identity(name) for name in names}

    def running(self) -> list[str]:
        prefix = f"{self.name}-"
        found = self.engine.deckies(self.name).items()
        return sorted(name.removeprefix(prefix) for name, raw in found if raw["State"] == "running")

    def containers(self) -> list[str]:
        """Return the fleet's containers, by container name without the fleet's."""
        return sorted(name.removeprefix(f"{self.name}-") for name in self.engine.deckies(self.name))

    @property
    def settings(self) -> Settings:
        return Settings(state_dir=self.state, DOCKER_HOST=self.engine.url)

    def memory(self) -> Memory:
        with Mirror.open(self.settings.mirror_url) as mirror:
            return mirror.remember(self.name, DockerHost(self.engine.url).host_uuid)

    def history(self) -> list[Operation]:
        with Mirror.open(self.settings.mirror_url) as mirror:
            return mirror.history(self.name, 1000)

    def compose(self) -> dict[str, Any]:
        """Return the compose file's services."""
        text = self._document.read_text()
        return dict(json.loads("\n".join(text.splitlines()[1:]))["services"])

    @property
    def _document(self) -> Path:
        return self.settings.fleet_dir(self.name) / "compose.yaml"

    def export(self) -> dict[str, Any]:
        return dict(json.loads((self.settings.fleet_dir(self.name) / "decnet-state.json").read_text()))

    def picture(self) -> dict[str, Any]:
        """Return everything that a run which failed must leave as it was."""
        network = self.engine.network(self.name)
        rows = self.memory().recorded if self.state.exists() else ()
        return {
            "identities": self.identities(*self.running()),
            "containers": {name: raw["Id"] for name, raw in self.engine.deckies(self.name).items()},
            "network": network and (network["Id"], sorted(network["Containers"])),
            "compose": self.compose() if self._document.exists() else None,
            "rows": [(row.name, row.config, row.state, row.container_id, row.generation) for row in rows],
        }

    def check(self, *expected: str) -> None:
        """Assert that the fleet is whole and at rest: *expected*, running, and every store tells the same."""
        names = sorted(expected)
        assert self.containers() == names, f"containers: no orphan, no remnant, nobody lost: {self.containers()}"
        assert self.running() == names
        rows = self.memory().recorded
        assert sorted(row.name for row in rows) == names, "rows are containers"
        ids = {row.name: (row.state, row.container_id) for row in rows}
        assert ids == {name: (DeckyState.RUNNING, self.identity(name).container_id) for name in names}
        assert self.memory().intents == ()
        assert not [one.id for one in self.history() if one.status.is_open], "no operation is left open"
        assert sorted(self.compose()) == names, "the compose file describes the whole fleet"
        assert sorted(decky["name"] for decky in self.export()["config"]["deckies"]) == names
        self.check_addresses()

    def check_addresses(self) -> None:
        """Assert that nothing is held twice, and that the network holds what the running containers hold."""
        live = [self.identity(name) for name in self.running()]
        for kind in ("ip", "mac"):
            twice = [value for value, times in Counter(getattr(one, kind) for one in live).items() if times > 1]
            assert not twice, f"{kind} given twice: {twice}"
        network = self.engine.network(self.name)
        held = set((network or {}).get("Containers") or {})
        assert {one.container_id for one in live} <= held
        foreign = held - {one.container_id for one in live}
        ours = {raw["Id"] for raw in self.engine.deckies(self.name).values()}
        assert not foreign & ours, "a container that does not run holds an address"

    def statuses(self) -> list[OperationStatus]:
        """Return how the operations ended, oldest first."""
        return [operation.status for operation in reversed(self.history())]

    def wait_for_compose(self, *, ended: bool = False, seconds: float = 30) -> None:
        """Return when a Compose of this fleet has begun to work, or when none is left of a killed run."""
        deadline = time.monotonic() + seconds
        while self._compose_is_at_work() is ended:
            assert time.monotonic() < deadline, f"Compose {'still works' if ended else 'was not started'}"
            time.sleep(0.005)

    def _compose_is_at_work(self) -> bool:
        document = str(self._document).encode()
        lines = (_command_line(path) for path in Path("/proc").glob("[0-9]*/cmdline"))
        return any(document in line and b"docker-compose" in line for line in lines)

    def destroy(self) -> None:
        """Remove everything of this fleet: processes, containers, network, files."""
        for run in self._runs:
            run.kill_quietly()
        self.wait_for_compose(ended=True)
        self.engine.sweep(self.name)
        shutil.rmtree(self.state, ignore_errors=True)


def _command_line(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""  # it has ended since


def telnet(name: str, **more: Any) -> Request:
    """Ask for the decky that starts quickest."""
    return {"name": name, "services": ["telnet"], **more}
