"""What a host must be able to do, whoever it is: the contract of the Docker and the in-memory host."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from decnet_core.domain.network import NetworkConfig
from decnet_core.domain.snapshot import Observation
from decnet_core.planning.batches import Batch


@dataclass(frozen=True)
class Vitals:
    """How one container is doing, from an inspect.

    Attributes:
        state: Docker's own word.
        started_at: when its process started; None when it never did.
        error: the engine's words on why it did not start.
        listening: ports it listens on in its own network namespace, as ``22/tcp``; empty when not running.
        sessions: established TCP connections to those ports.
    """

    name: str
    container_id: str
    state: str
    started_at: datetime | None
    restarts: int
    exit_code: int
    error: str = ""
    listening: frozenset[str] = frozenset()
    sessions: int = 0


class Host(Protocol):
    """One machine with an engine. Every method raises nothing but ``HostError`` kinds."""

    @property
    def address(self) -> str:
        """How the engine is reached, for messages."""

    @property
    def host_uuid(self) -> str:
        """The engine's own id, which outlives every state directory."""

    def observe(self, fleet: str) -> Observation:
        """Read everything the engine shows of *fleet*, from labels, in one list call.

        Raises:
            HostSilentError: the engine did not answer.
            UnreadableLabelError: something of ours cannot be read; nothing is known of the fleet then.
        """

    def vitals(self, container_ids: Collection[str], *, sockets: bool = False) -> dict[str, Vitals]:
        """Inspect containers: id → vitals; ones that are gone are left out.

        Args:
            container_ids: which.
            sockets: also read ports and sessions from their network namespaces.
        """

    def missing_images(self, images: Collection[str]) -> tuple[str, ...]:
        """Return those of *images* that are not on the host."""

    def check_document(self, text: str) -> None:
        """Have Compose read the document *text* before it is written.

        Raises:
            ComposeRejectedError: with Compose's own words.
        """

    def create_network(self, config: NetworkConfig) -> None:
        """Create the fleet's network with its labels.

        Raises:
            HostUnfitError: the engine cannot, in its own words and with what to do.
        """

    def remove_network(self, fleet: str) -> bool:
        """Remove the fleet's network when nothing sits in it; False when there is none.

        Raises:
            HostUnfitError: containers are still in it.
        """

    def execute(self, batch: Batch, document: Path) -> dict[str, str]:
        """Carry out *batch* and return what failed: name → the engine's own words.

        Only the containers that the batch names are touched; whatever else *document*
        describes is never named.

        Raises:
            HostSilentError: the engine went away; how far it got is for the next look to tell.
        """

    def logs(self, container_id: str, tail: int) -> list[str]:
        """Return the last *tail* lines that a container wrote."""
