"""Fleets and submissions as hypothesis draws them: the usual, the broken and the nasty."""

from typing import Any

from hypothesis import strategies as st

from decnet_core.catalog.archetypes import ARCHETYPES
from decnet_core.catalog.services import SERVICES
from decnet_core.domain.decky import DeckySpec
from decnet_core.domain.snapshot import Foreign, Intent, ObservedDecky, RecordedDecky, Snapshot
from decnet_core.domain.submission import DeckyRequest, DeployOptions, Submission
from tests.builders import decky, intent, request, row, seen, shard, snapshot, stranger, submission, tombstone

NAMES = ("a", "b", "c", "d", "e", "web-01", "web-02")
ADDRESSES = ("10.77.1.1", "10.77.1.2", "10.77.1.40", "10.77.1.41")
NASTY_ADDRESSES = (
    "10.77.0.0",
    "10.77.0.1",
    "10.77.255.255",
    "192.168.7.7",
    "224.0.0.1",
    "127.0.0.1",
    "255.255.255.255",
)
MACS = ("00:11:32:00:00:01", "00:11:32:00:00:02", "00:11:32:00:aa:aa")
STATES = ("running", "running", "running", "exited", "created", "paused", "restarting", "dead")

names = st.sampled_from(NAMES)
service_sets = st.sets(st.sampled_from(sorted(SERVICES)), min_size=1).map(sorted)
secrets = st.text(min_size=0, max_size=20, alphabet=st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    ["100%", "#1", "$HOME", "${X}", "$$", "'\"", "a\nb", "\\", "\x7f\x85\ufeff", "🦊"]
)


def _of_decky() -> st.SearchStrategy[dict[str, Any]]:
    """Return fields of a decky that differ from fleet to fleet."""
    return st.fixed_dictionaries(
        {"services": service_sets},
        optional={"protected": st.booleans(), "archetype": st.sampled_from([None, "linux-server", "web-server"])},
    )


@st.composite
def snapshots(draw: st.DrawFn, *, healthy: bool = False) -> Snapshot:
    """Return a fleet: running, stopped, missing, retired, half re-created and half finished deckies, and strangers.

    Args:
        draw: hypothesis's own.
        healthy: every decky runs, every one is recorded, and nothing else is there.
    """
    parts: list[ObservedDecky | RecordedDecky | Intent | Foreign] = []
    shards: list[RecordedDecky] = []
    for name in draw(st.lists(names, unique=True, max_size=6)):
        fields = draw(_of_decky())
        kinds = ("here",) if healthy else ("here", "here", "here", "twice", "missing", "retired", "elsewhere")
        match draw(st.sampled_from(kinds)):
            case "here":
                parts.append(seen(name, state="running" if healthy else draw(st.sampled_from(STATES)), **fields))
            case "twice":
                parts += [seen(name, **fields), seen(name, state="created", generation=2, remnant=True, **fields)]
            case "missing":
                parts.append(row(name, **fields))
            case "retired":
                parts.append(tombstone(name, **fields))
            case "elsewhere":
                shards.append(shard(name, **fields))
        away = shards and shards[-1].name == name
        if not healthy and not away and draw(st.integers(0, 4)) == 0:
            parts.append(intent(name, draw(st.none() | specs(name))))
    if not healthy and draw(st.booleans()):
        parts.append(stranger("printer", "10.77.0.2", "10.77.1.40", macs=("00:11:32:00:aa:aa",)))
    return snapshot(*parts, shards=shards, recorded=healthy or draw(st.booleans()))


def specs(name: str) -> st.SearchStrategy[DeckySpec]:
    """Return what an operation could have made of *name*."""
    return st.builds(
        lambda fields, generation: decky(name, generation=generation, operation="0ead0ead0ead", **fields),
        _of_decky(),
        st.integers(1, 3),
    )


@st.composite
def requests(draw: st.DrawFn, *, nasty: bool = False) -> DeckyRequest:
    """Return one decky asked for; a *nasty* one may ask for what nobody can have."""
    addresses = st.sampled_from(ADDRESSES + NASTY_ADDRESSES if nasty else ADDRESSES)
    fields = draw(
        st.fixed_dictionaries(
            {"services": service_sets},
            optional={
                "ip": addresses,
                "mac_address": st.sampled_from(MACS),
                "hostname": st.sampled_from(["SRV-A", "srv-b", "FILES.example"]),
                "archetype": st.sampled_from([*sorted(ARCHETYPES), *(["toaster"] if nasty else [])]),
                "protected": st.booleans(),
                "mutate_interval": st.sampled_from([30, "off"]),
                "count": st.sampled_from([1, 1, 2, 3]),
                "service_config": st.fixed_dictionaries({}, optional={"ssh": _options(nasty=nasty)}),
            },
        )
    )
    if nasty and draw(st.booleans()):
        fields["services"] = draw(st.sampled_from([[], ["gopher"], ["ssh", "sssh"]]))
    return request(draw(names), **fields)


def _options(*, nasty: bool) -> st.SearchStrategy[dict[str, Any]]:
    plain = st.fixed_dictionaries({}, optional={"users": st.fixed_dictionaries({"admin": secrets})})
    return plain | st.sampled_from([{"users": 5}, {"usres": {}}, {"users": {"admin": None}}]) if nasty else plain


@st.composite
def submissions(draw: st.DrawFn, *, nasty: bool = False, min_size: int = 0) -> Submission:
    """Return what somebody asks for; a *nasty* one is hardly ever possible."""
    return submission(*draw(st.lists(requests(nasty=nasty), min_size=min_size, max_size=4)))


@st.composite
def growths(draw: st.DrawFn) -> Submission:
    """Return deckies by name and services alone, each name once: what most submissions are."""
    chosen = draw(st.lists(names, unique=True, max_size=4))
    return submission(*(request(name, services=draw(service_sets)) for name in chosen))


def options() -> st.SearchStrategy[DeployOptions]:
    """Return every way in which a submission can be meant."""
    return st.builds(
        DeployOptions,
        replace=st.booleans(),
        update=st.booleans(),
        empty=st.booleans(),
        force=st.booleans(),
        allow_removals=st.none() | st.integers(0, 9),
    )
