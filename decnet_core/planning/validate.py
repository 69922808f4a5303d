"""Is a submission possible? Every reason why not, at once."""

from dataclasses import dataclass

from decnet_core.domain.decky import DeckyConfig
from decnet_core.domain.errors import Cause, Claim, CollisionError, InvalidSubmissionError
from decnet_core.domain.names import MAX_NAME
from decnet_core.domain.network import NetworkConfig
from decnet_core.domain.snapshot import Snapshot
from decnet_core.domain.submission import DEFAULTS, DeployOptions, Submission
from decnet_core.planning.collisions import Holders, claims, holders, misplaced
from decnet_core.planning.fleet import Member, members
from decnet_core.planning.networks import decide_network
from decnet_core.planning.wishes import Wish, expand, faults, make_wish


@dataclass(frozen=True)
class Accepted:
    """A submission that can be carried out, and what it was judged against.

    Attributes:
        leaving: deckies that a ``replace`` does not name.
        taken: what is taken by others, for allocation.
    """

    network: NetworkConfig
    wishes: tuple[Wish, ...]
    fleet: dict[str, Member]
    leaving: frozenset[str]
    taken: Holders


def require_valid(
    snapshot: Snapshot, submission: Submission, options: DeployOptions = DEFAULTS, *, max_deckies: int = 1000
) -> Accepted:
    """Return *submission* taken apart, or say everything that is wrong with it.

    Raises:
        InvalidSubmissionError: it cannot be carried out whatever the fleet looks like.
        CollisionError: it could be, were it not for who holds a name or address now.
    """
    fleet = members(snapshot)
    network, wrong = _network(snapshot, submission, vacant=not fleet)
    requests = expand(submission.deckies)
    wishes = tuple(make_wish(request, _config_of(fleet, request.name)) for request in requests)
    names = frozenset(wish.name for wish in wishes)
    leaving = frozenset(fleet) - names if options.replace else frozenset()
    stays = [name for name in fleet if name not in leaving and name not in names]

    causes = [
        *wrong,
        *_shape_faults(submission),
        *(cause for wish in wishes for cause in faults(wish)),
    ]
    if network is not None:
        causes += [cause for wish in wishes for cause in misplaced(wish, network)]
        causes += _room_faults(network, len(names) + len(stays), max_deckies)
    taken = holders(snapshot, fleet, leaving)
    collisions = claims(wishes, taken, submission.fleet)
    if causes or network is None:
        raise InvalidSubmissionError((*causes, *map(_as_cause, collisions)))
    if collisions:
        raise CollisionError(tuple(collisions))
    return Accepted(network, wishes, fleet, leaving, taken)


def _network(
    snapshot: Snapshot, submission: Submission, *, vacant: bool
) -> tuple[NetworkConfig | None, tuple[Cause, ...]]:
    """Return the fleet's network and what is wrong with the one submitted, so that all else is still looked at."""
    gone = snapshot.observation.network is None
    try:
        return decide_network(snapshot.network, submission, vacant=vacant and gone), ()
    except InvalidSubmissionError as exc:
        return snapshot.network, exc.causes


def _config_of(fleet: dict[str, Member], name: str) -> DeckyConfig | None:
    member = fleet.get(name)
    return member.spec.config if member else None


def _shape_faults(submission: Submission) -> list[Cause]:
    """What cannot be of several deckies at once."""
    causes = []
    for request in submission.deckies:
        if request.count == 1:
            continue
        for key in ("ip", "mac_address", "hostname"):
            if getattr(request, key) is not None:
                what = f"count {request.count} with one {key}"
                causes.append(Cause(f"decky {request.name}", what, "write them out one by one"))
        if len(last := list(expand([request]))[-1].name) > MAX_NAME:
            what = f"the name {last} would have {len(last)} characters, the limit is {MAX_NAME}"
            causes.append(Cause(f"decky {request.name}", what, "choose a shorter one"))
    return causes


def _room_faults(network: NetworkConfig, wanted: int, max_deckies: int) -> list[Cause]:
    pool = network.ip_range or network.subnet
    room = pool.num_addresses - (3 if pool == network.subnet else 0)
    if wanted > max_deckies:
        return [Cause("fleet", f"{wanted} deckies, the limit is {max_deckies}", "raise DECNET_MAX_DECKIES")]
    if wanted > room and network.ip_range is None:
        return [Cause("fleet", f"{wanted} deckies do not fit into {pool}", "use a larger subnet")]
    return []


def _as_cause(claim: Claim) -> Cause:
    return Cause(claim.claimant, f"{claim.kind} {claim.value} is held by {claim.holder}", claim.remedy)
