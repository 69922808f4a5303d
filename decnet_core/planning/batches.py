"""A plan cut into batches: what the engine is asked for in one go."""

from collections.abc import Iterator, Sequence

from pydantic import BaseModel, ConfigDict

from decnet_core.domain.decky import DeckySpec
from decnet_core.domain.network import NetworkConfig
from decnet_core.domain.plan import Action, Plan, Step


class Batch(BaseModel):
    """Steps of one action on one host, carried out by one call."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host_uuid: str
    fleet: str
    action: Action
    steps: tuple[Step, ...]
    network: NetworkConfig | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The deckies it names."""
        return tuple(step.subject for step in self.steps)


def batches(plan: Plan, size: int) -> tuple[Batch, ...]:
    """Cut *plan* into batches of at most *size* steps, in an order in which no address is held twice.

    What is removed goes first. A decky that takes over another's address is removed with them and
    created afterwards; every other re-creation keeps the old container until the new one exists.
    """
    moving = _movers(plan.of(Action.RECREATE))
    movers = tuple(step for step in plan.of(Action.RECREATE) if step.subject in moving)
    stay = tuple(step for step in plan.of(Action.RECREATE) if step.subject not in moving)
    order: tuple[tuple[Action, tuple[Step, ...]], ...] = (
        (Action.CREATE_NETWORK, plan.of(Action.CREATE_NETWORK)),
        (Action.REMOVE, plan.of(Action.SWEEP) + plan.of(Action.REMOVE) + movers),
        (Action.RECREATE, stay),
        (Action.CREATE, movers + plan.of(Action.CREATE)),
        (Action.START, plan.of(Action.START)),
    )
    return tuple(
        Batch(host_uuid=plan.host_uuid, fleet=plan.fleet, action=action, steps=chunk, network=plan.network)
        for action, steps in order
        for chunk in _chunks(steps, size)
    )


def _movers(steps: Sequence[Step]) -> frozenset[str]:
    """Name the re-creations whose new address or MAC another of them still holds, and those that hold it."""
    holders = {value: step.subject for step in steps if step.was for value in _addresses(step.was)}
    takeovers = [
        {step.subject, holders[value]}
        for step in steps
        if step.shall
        for value in _addresses(step.shall)
        if holders.get(value, step.subject) != step.subject
    ]
    return frozenset().union(*takeovers)


def _addresses(spec: DeckySpec) -> tuple[str, str]:
    return str(spec.ip), spec.config.mac_address


def _chunks(steps: Sequence[Step], size: int) -> Iterator[tuple[Step, ...]]:
    """Cut *steps* by size, those that only heal apart: one that cannot start must not hold up what was asked for."""
    for kind in (True, False):
        chosen = [step for step in steps if step.named is kind]
        for start in range(0, len(chosen), size):
            yield tuple(chosen[start : start + size])
