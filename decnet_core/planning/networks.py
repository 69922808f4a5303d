"""Which network a fleet has: the live one's settings, or the submission's where there is none yet."""

from collections.abc import Iterator

from pydantic import ValidationError

from decnet_core.domain.errors import Cause, InvalidSubmissionError
from decnet_core.domain.network import MutationPolicy, NetworkConfig
from decnet_core.domain.submission import MutationRequest, NetworkRequest, Submission

_EXAMPLE = "network: {driver: macvlan, interface: eth0, subnet: 192.168.1.0/24, gateway: 192.168.1.1}"


def decide_network(live: NetworkConfig | None, submission: Submission, *, vacant: bool = False) -> NetworkConfig:
    """Return the network that the fleet shall have.

    Args:
        live: the fleet's network, or the one remembered where it is gone.
        submission: what was asked for.
        vacant: the network is gone and no decky is left, so that settings may be given anew.

    Raises:
        InvalidSubmissionError: settings other than the live fleet's (with both values), or none
            where a new fleet needs them.
    """
    if live is None or (vacant and submission.network is not None):
        return _new(submission.fleet, submission.network, submission.mutation)
    return _unchanged(live, submission)


def _unchanged(live: NetworkConfig, submission: Submission) -> NetworkConfig:
    """Return *live*, which cannot change under the deckies that sit in it."""
    causes = (
        *_contradictions("network", submission.network, live),
        *_contradictions("mutation", submission.mutation, live.mutation),
    )
    if causes:
        raise InvalidSubmissionError(causes)
    return live


def _contradictions(
    section: str, request: NetworkRequest | MutationRequest | None, live: NetworkConfig | MutationPolicy
) -> Iterator[Cause]:
    for key, value in (request.model_dump(exclude_none=True) if request else {}).items():
        said = None if value == "off" else value
        if said != getattr(live, key):
            here = "none" if getattr(live, key) is None else getattr(live, key)
            yield Cause(f"{section}.{key}", f"submitted {value}, the live fleet has {here}", "leave it out")


def _new(fleet: str, request: NetworkRequest | None, mutation: MutationRequest | None) -> NetworkConfig:
    missing = [key for key in ("driver", "subnet") if request is None or getattr(request, key) is None]
    if missing:
        what = f"fleet {fleet!r} does not exist yet and needs {' and '.join(missing)}"
        raise InvalidSubmissionError((Cause("network", what, f"for example {_EXAMPLE}"),))
    assert request is not None  # noqa: S101 - mypy cannot see it through the list above
    document = {**request.model_dump(exclude_none=True), "fleet": fleet, "mutation": _policy(mutation)}
    try:
        return NetworkConfig.model_validate(document)
    except ValidationError as exc:
        causes = tuple(
            Cause(".".join(("network", *map(str, error["loc"]))), error["msg"].removeprefix("Value error, "))
            for error in exc.errors()
        )
        raise InvalidSubmissionError(causes) from exc


def _policy(request: MutationRequest | None) -> MutationPolicy:
    given = request.model_dump(exclude_none=True) if request else {}
    if given.get("every") == "off":
        given.pop("every")
    return MutationPolicy.model_validate(given)
