"""A command line before a world in memory: an engine without an engine, a mirror without a file, a fake flow."""

import json
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from decnet_core.adapters.host import Host
from decnet_core.adapters.memory_host import MemoryContainer, MemoryHost
from decnet_core.adapters.orchestrator import FlowProcess
from decnet_core.cli.app import app
from decnet_core.cli.session import Journal, Session
from decnet_core.domain.decky import DeckyConfig, DeckySpec
from decnet_core.domain.network import Driver, NetworkConfig
from decnet_core.domain.snapshot import FleetNetwork, Snapshot
from decnet_core.reading import take_snapshot
from decnet_core.settings import Settings
from decnet_core.store.mirror import Mirror
from tests.cli import fake_child

SEED = "5eed" * 16


@dataclass
class TalkingHost(MemoryHost):
    """A host in memory whose containers have written something."""

    lines: list[str] = field(default_factory=list)

    def logs(self, container_id: str, tail: int) -> list[str]:
        """Return the last *tail* lines, whoever is asked."""
        return self.lines[-tail:]


@dataclass
class MemoryWorld:
    """What the commands reach, and what they asked of it."""

    directory: Path
    mirror: Mirror
    engine: TalkingHost = field(default_factory=TalkingHost)
    script: list[dict[str, Any]] = field(default_factory=list)
    holding: str | None = None
    flows: list[str] = field(default_factory=list)

    def snapshot(self, settings: Settings, fleet: str) -> Snapshot:
        """Read the fleet from memory."""
        return take_snapshot(self.engine, self.mirror, fleet)

    def host(self, settings: Settings) -> Host:
        """Return the engine in memory."""
        return self.engine

    def journal(self, settings: Settings) -> AbstractContextManager[Journal]:
        """Return the mirror in memory, which outlives the command."""
        return nullcontext(self.mirror)

    def holder(self, settings: Settings, host_uuid: str) -> str | None:
        """Return who was said to be writing."""
        return self.holding

    def start_flow(self, settings: Settings, name: str) -> FlowProcess:
        """Start the fake flow."""
        self.flows.append(name)
        return fake_child.start(self.directory, self.script, name)

    @property
    def told(self) -> dict[str, Any]:
        """The parameters that the flow was told; empty when it was let go."""
        text = fake_child.noted(self.directory, "parameters")
        found: dict[str, Any] = json.loads(text) if text else {}
        return found

    def wait_told(self) -> dict[str, Any]:
        """Return what the flow was told, once it has read it."""
        deadline = time.monotonic() + 10
        while not (self.directory / "script.parameters").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        return self.told

    def engine_revision(self, fleet: str) -> str:
        """Return the revision that a snapshot taken now has."""
        return take_snapshot(self.engine, self.mirror, fleet).revision

    def add(self, name: str, number: int = 5, **fields: Any) -> DeckyConfig:
        """Have a decky run, on a bridge network that comes with the first."""
        config = DeckyConfig.model_validate(
            {
                "name": name,
                "ip": f"10.77.0.{number}",
                "mac_address": f"00:11:32:00:00:{number:02x}",
                "hostname": name.upper(),
                "services": ["ssh", "http"],
                "distro": "debian",
                "base_image": "decnet/decky:0.1.0",
                "seed": SEED,
                **fields,
            }
        )
        network = NetworkConfig.model_validate(
            {"fleet": "office", "driver": Driver.BRIDGE, "subnet": "10.77.0.0/24", "gateway": "10.77.0.1"}
        )
        self.engine.network = FleetNetwork(id="net1", config=network)
        spec = DeckySpec(config=config, operation="0123456789ab")
        self.engine.containers[f"c-{name}"] = MemoryContainer(f"c-{name}", spec, "running", self.engine.clock)
        return config


@dataclass
class Terminal:
    """Runs the command line and keeps what it said."""

    world: MemoryWorld
    settings: Settings

    def run(self, *arguments: str, typed: str | bytes | None = None, ask: bool = False, width: int = 120) -> Result:
        """Run `decnet` with *arguments*; with *ask* somebody sits before it and types."""
        session = Session(
            self.settings,
            world_of=lambda: self.world,
            out=Console(width=width, highlight=False, markup=False, emoji=False, color_system=None),
            err=Console(stderr=True, width=width, highlight=False, markup=False, color_system=None, force_terminal=ask),
            can_ask=ask,
        )
        return CliRunner().invoke(app, list(arguments), input=typed, obj=session)


@pytest.fixture(scope="session")
def empty_mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database file that is migrated already; each test works on a copy."""
    path = tmp_path_factory.mktemp("mirror") / "decnet.db"
    Mirror.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def world(tmp_path: Path, empty_mirror: Path) -> Iterator[MemoryWorld]:
    copy = tmp_path / "decnet.db"
    copy.write_bytes(empty_mirror.read_bytes())
    with Mirror.open(f"sqlite:///{copy}") as mirror:
        yield MemoryWorld(tmp_path, mirror)


@pytest.fixture
def decnet(world: MemoryWorld, tmp_path: Path) -> Terminal:
    return Terminal(world, Settings(state_dir=tmp_path / "state", fleet="office"))
