"""``make bench``: measure, print, and write ``docs/benchmarks.md``."""

import argparse
import os
import platform
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from prefect.settings import PREFECT_API_URL, PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

from benchmarks.embedded import Overhead
from benchmarks.embedded import measure as measure_embedded
from benchmarks.live import Addition, Bench, Comparison, add_one, compare
from benchmarks.synthetic import Figures
from benchmarks.synthetic import measure as measure_synthetic
from flows.embedded import EmbeddedServer
from tests.lan import PrivateLan

_PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
_ROUNDS = {5: 3, 25: 3, 100: 1}


def main() -> None:
    """Run every measurement; with ``--quick`` leave out those of a hundred deckies."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--quick", action="store_true", help="only 5 and 25 deckies, nothing written")
    quick: bool = parser.parse_args().quick
    figures = [measure_synthetic(deckies) for deckies in (100, 1_000, 10_000)]
    sizes = {deckies: rounds for deckies, rounds in _ROUNDS.items() if not (quick and deckies > 25)}
    with tempfile.TemporaryDirectory(prefix="decnet-bench-") as directory, PrivateLan() as lan:
        bench = Bench(lan, Path(directory))
        os.environ["DECNET_STATE_DIR"] = directory
        network = {"driver": "macvlan", "interface": lan.parent, "subnet": str(lan.subnet)}
        measure_embedded(bench.fleet, network, bench.state_dir)
        overhead = measure_embedded(bench.fleet, network, bench.state_dir)
        server = EmbeddedServer(bench.state_dir / "prefect")
        server.wait()
        try:
            with temporary_settings({PREFECT_API_URL: server.url, PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
                comparisons = [compare(bench, deckies, rounds) for deckies, rounds in sizes.items()]
                addition = None if quick else add_one(bench, 100)
                bench.clean()
        finally:
            server.stop()
    page = _page(figures, overhead, comparisons, addition)
    print(page)
    if not quick:
        _PAGE.write_text(page)


def _page(figures: list[Figures], overhead: Overhead, comparisons: list[Comparison], addition: Addition | None) -> str:
    return "\n".join(
        [
            "# Benchmarks",
            "",
            f"Written by `make bench` on {datetime.now(UTC):%Y-%m-%d}: {_machine()}. The machine is shared and noisy:",
            "trust the ratios, each of two things measured side by side in this one run. Seconds are medians.",
            "",
            "## The pipeline and raw Compose",
            "",
            "From the flow's start to its end (snapshot, validation, LAN probe, plan, compose file, apply,",
            "verification that every port listens, mirror), against `docker compose up -d` of the same file, which",
            "returns before any port listens. Warm image, deckies with SSH and HTTP on macvlan.",
            "",
            "| deckies | rounds | pipeline s | raw Compose s | ratio | stages s |",
            "|---:|---:|---:|---:|---:|---|",
            *(_comparison_row(row) for row in comparisons),
            "",
            "## Around the flow",
            "",
            "An embedded call (no `PREFECT_API_URL`) starts a process and a Prefect server of its own. On the screen:",
            f"first words after {overhead.first_words:.1f} s, first stage after {overhead.before:.1f} s, process gone",
            f"{overhead.after:.1f} s after the plan of a dry run.",
            f"Added in all: {overhead.before + overhead.after:.1f} s.",
            "",
            *(_addition_lines(addition) if addition else []),
            "## Snapshot and plan",
            "",
            "Labels read, mirror read (SQLite), drift found; then the plan of one more decky. The engine's answers are",
            "made up; a real list call of 201 deckies takes 16 to 25 ms.",
            "",
            "| deckies | snapshot ms | plan ms |",
            "|---:|---:|---:|",
            *(f"| {row.deckies:,} | {row.snapshot * 1000:.0f} | {row.plan * 1000:.0f} |" for row in figures),
            "",
        ]
    )


def _comparison_row(row: Comparison) -> str:
    ours, raw = median(row.pipeline), median(row.raw)
    ratio = median(a / b for a, b in zip(row.pipeline, row.raw, strict=True))
    stages = ", ".join(f"{name} {seconds:.2f}" for name, seconds in row.stages.items())
    return f"| {row.deckies} | {len(row.raw)} | {ours:.2f} | {raw:.2f} | {ratio:.2f} | {stages} |"


def _addition_lines(addition: Addition) -> list[str]:
    ours, theirs = addition.ours_probes, addition.theirs_probes
    return [
        f"## Adding one to {addition.survivors}",
        "",
        "Every survivor's port 80 is connected to ten times a second meanwhile, from the LAN. The predecessor's way",
        "is `down --remove-orphans`, then `up -d`, of the same file on the same engine.",
        "",
        "| way | seconds | probes | failed probes |",
        "|---|---:|---:|---:|",
        f"| DECNET Fleet | {addition.ours:.2f} | {ours['probes']} | {ours['failures']} |",
        f"| predecessor's | {addition.theirs:.2f} | {theirs['probes']} | {theirs['failures']} |",
        f"| ratio | {addition.ours / addition.theirs:.3f} | | |",
        "",
    ]


def _machine() -> str:
    engine = subprocess.run(
        ["docker", "version", "--format", "{{.Server.Version}}"], capture_output=True, text=True, check=False
    ).stdout.strip()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, Linux {platform.release()}, Docker Engine {engine}"


if __name__ == "__main__":
    main()
