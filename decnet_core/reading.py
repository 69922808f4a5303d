"""Reading the world: one snapshot from host and mirror, for whoever decides."""

from collections.abc import Iterator
from contextlib import contextmanager

from decnet_core.adapters.docker_host import DockerHost
from decnet_core.adapters.host import Host
from decnet_core.domain.snapshot import Snapshot
from decnet_core.planning.drift import assemble
from decnet_core.settings import Settings
from decnet_core.store.mirror import Mirror


def connect(settings: Settings) -> Host:
    """Return the host that *settings* name; nothing is sent before it is asked something."""
    return DockerHost(settings.docker_host)


@contextmanager
def open_mirror(settings: Settings) -> Iterator[Mirror]:
    """Open the mirror that *settings* name, migrated to this release.

    Raises:
        StoreUnavailableError: it cannot be reached or written.
    """
    mirror = Mirror.open(settings.mirror_url)
    try:
        yield mirror
    finally:
        mirror.close()


def take_snapshot(host: Host, mirror: Mirror, fleet: str) -> Snapshot:
    """Read *fleet* whole, or not at all.

    Raises:
        HostSilentError: the engine did not answer.
        UnreadableLabelError: something of ours cannot be read.
        StoreUnavailableError: the mirror did not answer.
    """
    return assemble(host.observe(fleet), mirror.remember(fleet, host.host_uuid))


def read_snapshot(settings: Settings, fleet: str) -> Snapshot:
    """Connect to everything that *settings* name and read *fleet*; see ``take_snapshot``."""
    with open_mirror(settings) as mirror:
        return take_snapshot(connect(settings), mirror, fleet)
