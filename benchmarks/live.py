"""The pipeline against raw Compose and against the predecessor's way, on the same engine in the same run."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from decnet_core.adapters import compose
from decnet_core.adapters.docker_host import DockerHost
from decnet_core.domain.operation import OperationResult
from decnet_core.domain.submission import Submission
from flows.deploy import deploy_fleet
from flows.teardown import teardown_fleet
from tests.lan import PrivateLan

_ENGINE = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
_PORT = 80
_REST_SECONDS = 3.0


@dataclass
class Bench:
    """A fleet of its own on a private LAN, deployed and removed again and again."""

    lan: PrivateLan
    state_dir: Path
    fleet: str = field(default_factory=lambda: f"bench{os.getpid()}")

    @property
    def document(self) -> Path:
        """The compose file that the pipeline wrote."""
        return self.state_dir / "fleets" / self.fleet / "compose.yaml"

    def deploy(self, deckies: int, name: str = "web") -> tuple[float, OperationResult]:
        """Deploy through the flow; return its seconds from start to end, waiting for nobody's lock."""
        network = {"driver": "macvlan", "interface": self.lan.parent, "subnet": str(self.lan.subnet)}
        submission = Submission.model_validate(
            {
                "fleet": self.fleet,
                "network": network,
                "deckies": [{"name": name, "count": deckies, "archetype": "linux-server"}],
            }
        )
        result = deploy_fleet(submission)
        return result.seconds - result.stages.get("wait for lock", 0.0), result

    def teardown(self) -> None:
        """Remove every decky, then let the machine come to rest."""
        teardown_fleet(self.fleet, all=True)
        time.sleep(_REST_SECONDS)

    def raw(self, document: Path, *words: str) -> float:
        """Run Compose as anybody would, and return the seconds it took."""
        began = time.monotonic()
        code, said = compose.run(["-f", str(document), *words], _ENGINE)
        seconds = time.monotonic() - began
        if code:
            raise RuntimeError(said)
        return seconds

    def addresses(self) -> list[str]:
        """Every decky's address."""
        return [str(seen.spec.ip) for seen in DockerHost(_ENGINE).observe(self.fleet).deckies]

    @contextmanager
    def probing(self, addresses: list[str]) -> Iterator[dict[str, Any]]:
        """Connect to every address ten times a second while the block runs; the dict is filled at its end."""
        report: dict[str, Any] = {}
        command = self.lan.intruder_command(sys.executable, "-m", "benchmarks.prober", str(_PORT), *addresses)
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as prober:
            assert prober.stdin is not None  # noqa: S101 - both are pipes, as asked for above
            assert prober.stdout is not None  # noqa: S101
            prober.stdout.readline()
            time.sleep(1)
            yield report
            time.sleep(1)
            prober.stdin.close()
            report.update(json.loads(prober.stdout.readline()))

    def clean(self) -> None:
        """Remove what the benchmark made."""
        teardown_fleet(self.fleet, all=True)
        DockerHost(_ENGINE).remove_network(self.fleet)
        shutil.rmtree(self.state_dir, ignore_errors=True)


@dataclass(frozen=True)
class Comparison:
    """Seconds for *deckies* through the pipeline and through raw Compose, and each stage's."""

    deckies: int
    pipeline: list[float]
    raw: list[float]
    stages: dict[str, float]


def compare(bench: Bench, deckies: int, rounds: int) -> Comparison:
    """Deploy *deckies* in turn through the pipeline and by ``docker compose up -d`` of the same file."""
    pipeline, raw = [], []
    stages: dict[str, float] = {}
    copy = bench.state_dir / "raw.yaml"
    for _ in range(rounds):
        seconds, result = bench.deploy(deckies)
        pipeline.append(seconds)
        stages = result.stages
        shutil.copy(bench.document, copy)
        time.sleep(_REST_SECONDS)
        bench.teardown()
        raw.append(bench.raw(copy, "up", "-d"))
        time.sleep(_REST_SECONDS)
        bench.raw(copy, "down", "--timeout", "2")
        time.sleep(_REST_SECONDS)
    return Comparison(deckies, pipeline, raw, stages)


@dataclass(frozen=True)
class Addition:
    """Adding one decky to many: seconds and what a prober saw of the survivors, ours and the predecessor's way."""

    survivors: int
    ours: float
    ours_probes: dict[str, Any]
    theirs: float
    theirs_probes: dict[str, Any]


def add_one(bench: Bench, survivors: int) -> Addition:
    """Add one decky to *survivors*, ten probes a second on each of them, both ways."""
    bench.deploy(survivors)
    time.sleep(2 * _REST_SECONDS)
    addresses = bench.addresses()
    with bench.probing(addresses) as ours_probes:
        ours, _ = bench.deploy(1, name="extra")
    copy = bench.state_dir / "all.yaml"
    shutil.copy(bench.document, copy)
    with bench.probing(addresses) as theirs_probes:
        theirs = bench.raw(copy, "down", "--remove-orphans", "--timeout", "2") + bench.raw(copy, "up", "-d")
    return Addition(survivors, ours, ours_probes, theirs, theirs_probes)
