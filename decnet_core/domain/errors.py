"""Every way a run can end badly.

    FleetError
    ├── InvalidSubmissionError     422 / exit 2   what was asked for cannot be
    ├── CollisionError             409 / exit 3   two claimants, one name or address
    ├── RemovalRefusedError        409 / exit 3   more would go than was named or allowed
    ├── StalePlanError             409 / exit 4   the fleet moved since the plan was made
    ├── LockedError                409 / exit 4   another operation is writing       (retried)
    ├── HostError                  502 / exit 5
    │   ├── HostSilentError            no answer from the engine                     (retried)
    │   ├── HostUnfitError             the host cannot carry this fleet
    │   ├── UnreadableLabelError       a label of ours that cannot be read
    │   ├── ImageMissingError          no image to make deckies from
    │   ├── ComposeRejectedError       Compose does not take the document
    │   ├── StepFailedError            the engine refused a step
    │   ├── NotServingError            a decky is up and does not serve
    │   └── SurvivorTouchedError       a decky nobody named is not as it was
    ├── OperationFailedError       as its reason  the operation began and did not succeed
    └── StoreError                 503 / exit 6
        ├── StoreUnavailableError      the mirror did not answer                     (retried)
        └── ExportFailedError          a file of ours could not be written

Payload travels in the arguments, so that every error pickles; the sentence is made in ``__str__``.
"""

from dataclasses import dataclass

from decnet_core.domain.operation import OperationResult


class FleetError(Exception):
    """The root: anything this project raises on purpose."""


@dataclass(frozen=True)
class Cause:
    """One thing wrong with a submission: where, what, and the way out."""

    where: str
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        """Say it in one sentence."""
        return f"{self.where}: {self.what}" + (f" ({self.remedy})" if self.remedy else "")


class InvalidSubmissionError(FleetError):
    """The submission cannot be carried out, whatever the fleet looks like."""

    def __init__(self, causes: tuple[Cause, ...]) -> None:
        super().__init__(causes)
        self.causes = causes

    def __str__(self) -> str:
        """One round of fixing is enough."""
        return f"{len(self.causes)} problem(s): " + "; ".join(map(str, self.causes))


@dataclass(frozen=True)
class Claim:
    """One thing that two want: *kind* (name, ip, mac, hostname) and both claimants."""

    kind: str
    value: str
    claimant: str
    holder: str
    remedy: str = ""

    def __str__(self) -> str:
        """Name the thing and both claimants."""
        hint = f" ({self.remedy})" if self.remedy else ""
        return f"{self.kind} {self.value}: wanted by {self.claimant}, held by {self.holder}{hint}"


class CollisionError(FleetError):
    """Two claimants want the same name or address."""

    def __init__(self, claims: tuple[Claim, ...]) -> None:
        super().__init__(claims)
        self.claims = claims

    def __str__(self) -> str:
        """One round of fixing is enough."""
        return f"{len(self.claims)} collision(s): " + "; ".join(map(str, self.claims))


class RemovalRefusedError(FleetError):
    """The plan removes more than was named or allowed."""

    def __init__(self, deckies: tuple[str, ...], why: str) -> None:
        super().__init__(deckies, why)
        self.deckies = deckies
        self.why = why

    def __str__(self) -> str:
        """Name every decky that would have gone."""
        return f"refused to remove {', '.join(self.deckies) or 'the fleet'}: {self.why}"


class StalePlanError(FleetError):
    """The plan was made from a fleet that is no more."""

    def __init__(self, planned: str, actual: str) -> None:
        super().__init__(planned, actual)
        self.planned = planned
        self.actual = actual

    def __str__(self) -> str:
        """Give both revisions."""
        return f"the fleet changed since the plan was made (revision {self.planned}, now {self.actual}): plan again"


class LockedError(FleetError):
    """Another operation is writing on this host."""

    def __init__(self, holder: str) -> None:
        super().__init__(holder)
        self.holder = holder

    def __str__(self) -> str:
        """Name the holder."""
        return f"another operation is writing on this host: {self.holder}"


class HostError(FleetError):
    """The host cannot do, or did not do, what was asked of it."""


class HostSilentError(HostError):
    """The engine did not answer; nothing is known of its deckies."""

    def __init__(self, host: str, why: str = "") -> None:
        super().__init__(host, why)
        self.host = host
        self.why = why

    def __str__(self) -> str:
        """Say what to try."""
        return (
            f"the Docker engine at {self.host} does not answer ({self.why or 'no reason given'}); try `decnet doctor`"
        )


class HostUnfitError(HostError):
    """The host as it is set up cannot carry this fleet."""

    def __init__(self, findings: tuple[str, ...]) -> None:
        super().__init__(findings)
        self.findings = findings

    def __str__(self) -> str:
        """List every finding."""
        return "; ".join(self.findings)


class UnreadableLabelError(HostError):
    """Containers of ours carry a label that cannot be read, so the fleet is not known whole."""

    def __init__(self, findings: tuple[str, ...]) -> None:
        super().__init__(findings)
        self.findings = findings

    def __str__(self) -> str:
        """List every container and what is wrong with it."""
        return f"unreadable label on {len(self.findings)} object(s), nothing was changed: " + "; ".join(self.findings)


class ImageMissingError(HostError):
    """The image that deckies are made from is not on the host."""

    def __init__(self, images: tuple[str, ...]) -> None:
        super().__init__(images)
        self.images = images

    def __str__(self) -> str:
        """Say how to get it."""
        return f"image not found on this host: {', '.join(self.images)} (`make image` builds ours)"


class ComposeRejectedError(HostError):
    """Compose does not accept the document; the one in use before is still in place."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words

    def __str__(self) -> str:
        """Give Compose's own words."""
        return f"Compose rejected the document: {self.words}"


class StepFailedError(HostError):
    """The engine refused steps; *failures* maps decky to the engine's own words."""

    def __init__(self, failures: dict[str, str]) -> None:
        super().__init__(failures)
        self.failures = failures

    def __str__(self) -> str:
        """Name every decky with its reason."""
        return "; ".join(f"{name}: {words}" for name, words in sorted(self.failures.items()))


class NotServingError(HostError):
    """Deckies are up and do not serve; *failures* maps decky to what is missing."""

    def __init__(self, failures: dict[str, str]) -> None:
        super().__init__(failures)
        self.failures = failures

    def __str__(self) -> str:
        """Name every decky with what it does not do."""
        return "not serving: " + "; ".join(f"{name}: {why}" for name, why in sorted(self.failures.items()))


class SurvivorTouchedError(HostError):
    """Deckies that nobody named are not as the snapshot showed them."""

    def __init__(self, findings: dict[str, str]) -> None:
        super().__init__(findings)
        self.findings = findings

    def __str__(self) -> str:
        """Name every survivor and what happened to it."""
        return "survivors changed while this operation ran: " + "; ".join(
            f"{name}: {what}" for name, what in sorted(self.findings.items())
        )


class StoreError(FleetError):
    """The mirror or a file of ours could not be read or written."""


class StoreUnavailableError(StoreError):
    """The mirror did not answer, so what it remembers is not known."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__(url, why)
        self.url = url
        self.why = why

    def __str__(self) -> str:
        """Say which store and why, without its password."""
        return f"the mirror at {self.url} cannot be used: {self.why}"


class ExportFailedError(StoreError):
    """A file of ours could not be written; the one before is untouched."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(path, why)
        self.path = path
        self.why = why

    def __str__(self) -> str:
        """Say which file and why."""
        return f"could not write {self.path}: {self.why} (the file before it is untouched)"


class OperationFailedError(FleetError):
    """An operation began and did not succeed; *result* tells what became of every decky."""

    def __init__(self, reason: FleetError, result: OperationResult) -> None:
        super().__init__(reason, result)
        self.reason = reason
        self.result = result

    def __str__(self) -> str:
        """Give the reason and what was done about it."""
        after = {"reverted": "what it made was taken back", "failed": "what it made was kept"}
        return f"{self.reason} ({after.get(self.result.status, 'the next run finishes or takes it back')})"


def causes_of(exc: FleetError) -> tuple[str, ...]:
    """Return each cause as a sentence of its own; none where the error is its own only cause."""
    match exc:
        case InvalidSubmissionError(causes=several):
            return tuple(map(str, several))
        case CollisionError(claims=several):
            return tuple(map(str, several))
        case HostUnfitError() | UnreadableLabelError():
            return exc.findings
        case StepFailedError() | NotServingError():
            return tuple(f"{name}: {why}" for name, why in sorted(exc.failures.items()))
        case SurvivorTouchedError():
            return tuple(f"{name}: {what}" for name, what in sorted(exc.findings.items()))
    return ()
