"""Snapshot and plan of fleets larger than one engine holds: made-up answers of the engine, everything else real."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from decnet_core.adapters.docker_reading import read_deckies, read_foreign, read_network
from decnet_core.domain.decky import DeckySpec, DeployType
from decnet_core.domain.names import container_name, network_name
from decnet_core.domain.operation import Operation, OperationKind, OperationStatus
from decnet_core.domain.plan import Action, Plan, Step
from decnet_core.domain.snapshot import DeckyState, Memory, Observation, RecordedDecky, Snapshot
from decnet_core.domain.submission import DEFAULTS, Submission
from decnet_core.planning.compose import service
from decnet_core.planning.drift import assemble
from decnet_core.planning.labels import network_labels
from decnet_core.planning.merge import Provenance, merge
from decnet_core.planning.plan import make_plan
from decnet_core.planning.validate import require_valid
from decnet_core.store.mirror import Mirror

FLEET = "bench"
_HOST = "00000000-0000-4000-8000-00000000beef"
_ROUNDS = 5


@dataclass(frozen=True)
class Figures:
    """Medians in seconds for a fleet of *deckies*."""

    deckies: int
    snapshot: float
    plan: float


def measure(deckies: int) -> Figures:
    """Return how long a snapshot and the plan of adding one take on a fleet of *deckies*."""
    specs = _fleet(deckies)
    containers, networks = _engine_answers(specs)
    with _mirror(specs) as mirror:

        def snapshot() -> Snapshot:
            return assemble(_observe(containers, networks), mirror.remember(FLEET, _HOST))

        seen = snapshot()
        return Figures(deckies, _median(snapshot), _median(lambda: _plan_one_more(seen)))


def _median(action: Callable[[], Any]) -> float:
    seconds = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - began)
    return median(seconds)


def _plan_one_more(seen: Snapshot) -> None:
    submission = Submission.model_validate({"fleet": FLEET, "deckies": [{"name": "extra", "archetype": "web-server"}]})
    accepted = require_valid(seen, submission, max_deckies=1_000_000)
    make_plan(seen, merge(seen, accepted, DEFAULTS, Provenance("bench")))


def _fleet(deckies: int) -> tuple[DeckySpec, ...]:
    empty = Snapshot(observation=_observe([], []), memory=Memory())
    groups = [
        {"name": f"web-{number}", "count": min(1000, deckies - 1000 * number), "archetype": "linux-server"}
        for number in range((deckies + 999) // 1000)
    ]
    submission = Submission.model_validate(
        {
            "fleet": FLEET,
            "network": {"driver": "macvlan", "interface": "eth0", "subnet": "10.0.0.0/8"},
            "deckies": groups,
        }
    )
    accepted = require_valid(empty, submission, max_deckies=1_000_000)
    return merge(empty, accepted, DEFAULTS, Provenance("bench")).deckies


def _observe(containers: list[dict[str, Any]], networks: list[dict[str, Any]]) -> Observation:
    return Observation(
        host_uuid=_HOST,
        host_name="bench",
        fleet=FLEET,
        network=read_network(FLEET, networks),
        deckies=read_deckies(FLEET, containers),
        foreign=read_foreign(FLEET, containers),
        taken_at=datetime.now(UTC),
    )


def _engine_answers(specs: tuple[DeckySpec, ...]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return what ``GET /containers/json`` and ``GET /networks`` say of these deckies."""
    submission = {"driver": "macvlan", "interface": "eth0", "subnet": "10.0.0.0/8"}
    config = require_valid(
        Snapshot(observation=_observe([], []), memory=Memory()),
        Submission.model_validate({"fleet": FLEET, "network": submission}),
    ).network
    network = {
        "Name": network_name(FLEET),
        "Id": "f" * 64,
        "Driver": "macvlan",
        "Options": {"parent": "eth0"},
        "IPAM": {"Config": [{"Subnet": "10.0.0.0/8"}]},
        "Labels": network_labels(config),
    }
    return [_container(number, spec) for number, spec in enumerate(specs)], [network]


def _container(number: int, spec: DeckySpec) -> dict[str, Any]:
    endpoint = {"IPAddress": str(spec.ip), "MacAddress": spec.config.mac_address}
    labels = {key: value.replace("$$", "$") for key, value in service(FLEET, spec, frozenset())["labels"].items()}
    return {
        "Id": f"{number:064x}",
        "Names": [f"/{container_name(FLEET, spec.name)}"],
        "State": "running",
        "Status": "Up 2 days",
        "ImageID": "sha256:0",
        "Labels": labels,
        "NetworkSettings": {"Networks": {network_name(FLEET): endpoint}},
    }


@contextmanager
def _mirror(specs: tuple[DeckySpec, ...]) -> Iterator[Mirror]:
    with tempfile.TemporaryDirectory() as directory:
        mirror = Mirror.open(f"sqlite:///{Path(directory) / 'bench.db'}")
        rows = [
            RecordedDecky(config=spec.config, container_id=f"{number:064x}", state=DeckyState.RUNNING)
            for number, spec in enumerate(specs)
        ]
        _fill(mirror, specs, rows)
        try:
            yield mirror
        finally:
            mirror.close()


def _fill(mirror: Mirror, specs: tuple[DeckySpec, ...], rows: list[RecordedDecky]) -> None:
    steps = tuple(Step(action=Action.CREATE, subject=spec.name, cause="bench", shall=spec) for spec in specs)
    operation = Operation(
        id="bench",
        kind=OperationKind.DEPLOY,
        fleet=FLEET,
        host_uuid=_HOST,
        who="bench",
        deploy_type=DeployType.CLI,
        request={},
        plan=Plan(fleet=FLEET, host_uuid=_HOST, revision="0", steps=steps),
        base_revision="0",
        started_at=datetime.now(UTC),
    )
    mirror.begin(operation)
    mirror.finish(
        operation.id,
        status=OperationStatus.SUCCEEDED,
        rows=rows,
        retired=[],
        events=[],
        network=None,
        stages={},
        error=None,
        ended_at=datetime.now(UTC),
    )
