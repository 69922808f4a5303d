"""The only reader of environment variables: every setting, with its default."""

import os
import pwd
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _state_dir() -> Path:
    """``/var/lib/decnet`` for root, the user's state directory otherwise."""
    if os.geteuid() == 0:
        return Path("/var/lib/decnet")
    home = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(home) / "decnet"


class Settings(BaseSettings):
    """Where state lives and whom to talk to; each field is ``DECNET_…`` in the environment.

    Attributes:
        lock_wait: seconds that an operation waits for the one before it.
        settle: seconds a new container must stay up before it counts as running.
        serve_wait: seconds its ports have to open.
        max_removals: share of the fleet, in percent, that goes without extra confirmation.
        lan_probe: whether addresses are looked for on the LAN (ARP) before they are given out.
        lan_wait: seconds to wait for answers; machines that sleep on Wi-Fi may need more.
        progress_fd: file descriptor that receives progress as JSON lines; set by the command line.
    """

    model_config = SettingsConfigDict(env_prefix="DECNET_", extra="ignore")

    state_dir: Path = Field(default_factory=_state_dir)
    database_url: str = ""
    fleet: str = "decnet"
    image: str = "decnet/decky:0.1.0"
    lock_wait: float = 600.0
    settle: float = 0.3
    serve_wait: float = 30.0
    max_removals: Annotated[int, Field(ge=0, le=100)] = 25
    lan_probe: bool = True
    lan_wait: float = 0.25
    max_deckies: int = 1000
    batch_size: int = 50
    progress_fd: int | None = None
    who: str = Field(default_factory=lambda: pwd.getpwuid(os.getuid()).pw_name)
    docker_host: Annotated[str, NoDecode] = Field(
        default="unix:///var/run/docker.sock", validation_alias=AliasChoices("DOCKER_HOST")
    )
    prefect_api_url: str = Field(default="", validation_alias=AliasChoices("PREFECT_API_URL"))

    @property
    def mirror_url(self) -> str:
        """The mirror's SQLAlchemy URL: the one set, or SQLite in the state directory."""
        return self.database_url or f"sqlite:///{quote(str(self.state_dir / 'decnet.db'))}"

    def fleet_dir(self, fleet: str) -> Path:
        """Where the compose file and the export of *fleet* are kept."""
        return self.state_dir / "fleets" / fleet
