"""What a command sees of its login."""

from dataclasses import dataclass, field

from decnet_core.decoy.shell.files import Files
from decnet_core.decoy.shell.machine import Machine

MAX_VARIABLES = 64
Result = tuple[str, int]


@dataclass
class Context:
    """What commands see and change."""

    machine: Machine
    user: str
    source: str
    files: Files
    where: str
    status: int = 0
    _set: dict[str, str] = field(default_factory=dict)

    @property
    def uid(self) -> int:
        """The user's number."""
        return 0 if self.user == "root" else 1000

    def variables(self) -> dict[str, str]:
        """The environment, and what the visitor added to it."""
        return {
            "HOME": self.files.home,
            "USER": self.user,
            "LOGNAME": self.user,
            "PWD": self.where,
            "SHELL": "/bin/bash",
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "en_US.UTF-8",
            "?": str(self.status),
            **self._set,
        }

    def set_variable(self, name: str, value: str) -> None:
        """Keep a variable; beyond the limit it is forgotten."""
        if len(self._set) < MAX_VARIABLES:
            self._set[name] = value[:1024]
