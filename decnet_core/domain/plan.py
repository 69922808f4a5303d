"""The plan: typed steps from observed to desired, each with its cause; a value that prints itself."""

from collections.abc import Iterable
from enum import StrEnum
from functools import cached_property

from pydantic import BaseModel, ConfigDict

from decnet_core.domain.decky import DeckySpec, MutateInterval
from decnet_core.domain.network import NetworkConfig


class Action(StrEnum):
    """What a step does, in the order in which a plan lists it.

    ``sweep`` removes a second container of a name, left by a re-creation that was cut off; the decky
    of that name is not touched by it.
    """

    CREATE_NETWORK = "create network"
    SWEEP = "sweep"
    REMOVE = "remove"
    RECREATE = "recreate"
    CREATE = "create"
    START = "start"


ORDER = tuple(Action)


class Step(BaseModel):
    """One change to one decky (or to the fleet's network).

    Attributes:
        subject: the decky's name; for ``create network`` the network's.
        cause: why, in a few words.
        was: the spec it has now; None where there is no container, unless it is a missing one that goes.
        shall: the spec it shall have; None when it goes.
        container_id: the container that is started, re-created or removed.
        sessions: how many open TCP sessions of intruders this cuts.
        named: whether the submission named this decky; healing steps are not named.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: Action
    subject: str
    cause: str
    was: DeckySpec | None = None
    shall: DeckySpec | None = None
    container_id: str | None = None
    sessions: int = 0
    named: bool = True

    def __str__(self) -> str:
        """Say it as a line of the plan."""
        cut = f" [cuts {self.sessions} open session(s)]" if self.sessions else ""
        return f"{self.action} {self.subject}: {self.cause}{cut}"

    @property
    def interrupts(self) -> bool:
        """Whether whoever is connected loses the connection."""
        return self.action in (Action.REMOVE, Action.RECREATE)


class Desired(BaseModel):
    """The complete fleet of one host as it shall be, and which of it the submission named.

    Attributes:
        deckies: every decky, survivors with the spec that they carry now.
        named: deckies the submission names, to make, change or remove.
        causes: why a decky is wanted, where it is not simply submitted.
        intervals: mutation intervals that the submission sets; policy, so no decky is re-created for them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    network: NetworkConfig
    deckies: tuple[DeckySpec, ...]
    named: frozenset[str] = frozenset()
    causes: dict[str, str] = {}
    intervals: dict[str, MutateInterval] = {}

    @cached_property
    def by_name(self) -> dict[str, DeckySpec]:
        """The deckies by name."""
        return {decky.name: decky for decky in self.deckies}


class Plan(BaseModel):
    """Everything one operation will do to one host, and what it leaves alone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fleet: str
    host_uuid: str
    revision: str
    network: NetworkConfig | None = None
    steps: tuple[Step, ...] = ()
    keeps: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Print the whole plan, a line a step, then what is kept."""
        return "\n".join([*map(str, self.steps), *(f"keep {name}" for name in self.keeps)])

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.steps

    def of(self, *actions: Action) -> tuple[Step, ...]:
        """Return the steps of these kinds, in plan order."""
        return tuple(step for step in self.steps if step.action in actions)

    @property
    def decky_steps(self) -> tuple[Step, ...]:
        """The steps that concern a decky."""
        return self.of(Action.REMOVE, Action.RECREATE, Action.CREATE, Action.START)

    def with_sessions(self, sessions: dict[str, int]) -> "Plan":
        """Return the plan with the number of sessions that each step cuts."""
        steps = tuple(
            step.model_copy(update={"sessions": sessions.get(step.subject, 0)}) if step.interrupts else step
            for step in self.steps
        )
        return self.model_copy(update={"steps": steps})

    def without_secrets(self) -> "Plan":
        """Return the plan as it may be shown: no seeds, no service options."""
        steps = tuple(
            step.model_copy(update={"was": _bare(step.was), "shall": _bare(step.shall)}) for step in self.steps
        )
        return self.model_copy(update={"steps": steps})

    def summary(self) -> str:
        """Count the steps: ``2 to create, 1 to remove, 5 kept``."""
        counts = [f"{len(self.of(action))} to {action}" for action in ORDER if self.of(action)]
        return ", ".join([*counts, f"{len(self.keeps)} kept"])


def _bare(spec: DeckySpec | None) -> DeckySpec | None:
    if spec is None:
        return None
    config = spec.config.model_copy(update={"seed": "0" * 64, "service_config": {}})
    return spec.model_copy(update={"config": config})


def in_order(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Sort steps as a plan lists them: by action, then by name; equal input, equal plan."""
    return tuple(sorted(steps, key=lambda step: (ORDER.index(step.action), step.subject, step.container_id or "")))
