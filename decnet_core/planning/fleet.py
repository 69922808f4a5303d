"""The fleet as it is meant to be before anybody submits anything: observed and recorded-but-missing."""

from dataclasses import dataclass

from decnet_core.domain.decky import DeckySpec
from decnet_core.domain.snapshot import DeckyState, Snapshot


@dataclass(frozen=True)
class Member:
    """One decky of the fleet, and why it differs from what Docker shows, where it does."""

    spec: DeckySpec
    cause: str = ""


def members(snapshot: Snapshot) -> dict[str, Member]:
    """Return the fleet's deckies by name: what is observed, what is missing, what died half done.

    An operation whose process died left its intents in the journal. They are finished here: a decky
    it was making is wanted, a decky it was removing is not, whatever of it had happened.
    """
    fleet = {name: Member(seen.spec) for name, seen in snapshot.observed.items()}
    for name, row in snapshot.recorded.items():
        if name not in fleet and row.wanted and row.state is not DeckyState.RETIRING:
            fleet[name] = Member(row.spec, cause="missing")
    for intent in snapshot.memory.intents:
        seen = snapshot.observed.get(intent.decky)
        if intent.spec is None:
            if seen is None or intent.removes(seen):
                fleet.pop(intent.decky, None)
        elif _is_ahead(intent.operation, intent.spec, fleet.get(intent.decky)):
            fleet[intent.decky] = Member(intent.spec, cause=f"unfinished operation {intent.operation[:8]}")
    return fleet


def unfinished_removals(snapshot: Snapshot) -> dict[str, str]:
    """Return the deckies that a dead operation was removing and Docker still shows: name → operation."""
    last = {intent.decky: intent for intent in snapshot.memory.intents}
    return {
        name: intent.operation
        for name, intent in last.items()
        if name in snapshot.observed and intent.removes(snapshot.observed[name])
    }


def _is_ahead(operation: str, intended: DeckySpec, member: Member | None) -> bool:
    """Whether the dead operation had not got as far as what is there now, forward or back.

    What it made itself and did not want in the end, it was taking back when it died.
    """
    if member is None:
        return True
    there = member.spec
    if intended.config.fingerprint == there.config.fingerprint:
        return False
    return intended.generation >= there.generation or there.operation == operation
