"""The real world: the engine, the mirror, the flows. Loaded by the commands that need it."""

from contextlib import AbstractContextManager

from decnet_core.adapters.host import Host
from decnet_core.adapters.lock import holder as lock_holder
from decnet_core.adapters.lock import lock_path
from decnet_core.adapters.orchestrator import FlowProcess
from decnet_core.domain.snapshot import Snapshot
from decnet_core.reading import connect, open_mirror, read_snapshot
from decnet_core.settings import Settings
from decnet_core.store.mirror import Mirror


def snapshot(settings: Settings, fleet: str) -> Snapshot:
    """Read *fleet* from the engine and the mirror."""
    return read_snapshot(settings, fleet)


def host(settings: Settings) -> Host:
    """Connect to the engine."""
    return connect(settings)


def journal(settings: Settings) -> AbstractContextManager[Mirror]:
    """Open the mirror."""
    return open_mirror(settings)


def holder(settings: Settings, host_uuid: str) -> str | None:
    """Return the operation that is writing on this host."""
    return lock_holder(lock_path(host_uuid, settings.state_dir))


def start_flow(settings: Settings, name: str) -> FlowProcess:
    """Start a flow's process."""
    return FlowProcess.start(name, settings)
