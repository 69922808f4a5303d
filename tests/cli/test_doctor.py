"""`decnet doctor`: what it prints, and how it ends."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

SCRIPT = """
import sys, typer
from decnet_core.cli.doctor import doctor
from decnet_core.cli.session import Session

app = typer.Typer()
app.command()(doctor)
app(sys.argv[1:], obj=Session.of_environment())
"""


def run(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the doctor where there is no engine, with a state directory of this test's own."""
    environment = {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "DOCKER_HOST": f"unix://{tmp_path}/docker.sock",
        "DECNET_STATE_DIR": str(tmp_path / "state"),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments], capture_output=True, text=True, check=False, env=environment
    )


def findings(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in json.loads(done.stdout)["findings"]}


def test_given_no_engine_when_the_doctor_looks_then_it_ends_with_the_hosts_exit_code(tmp_path: Path):
    done = run(tmp_path, "--json")

    assert done.returncode == 5
    assert json.loads(done.stdout)["worst"] == "problem"
    assert {"engine-missing", "engine-stopped"} & findings(done).keys()


def test_given_a_fresh_host_when_the_doctor_looks_then_nothing_is_made(tmp_path: Path):
    done = run(tmp_path, "--json")

    assert findings(done)["mirror-new"]["severity"] == "ok"
    assert not (tmp_path / "state").exists()


def test_given_a_mirror_that_is_no_database_when_the_doctor_looks_then_it_is_a_problem(tmp_path: Path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "decnet.db").write_text("this is no database, and longer than its header would be" * 40)

    assert findings(run(tmp_path, "--json"))["mirror-unusable"]["severity"] == "problem"


def test_given_several_fleets_when_none_is_named_then_the_doctor_looks_for_all(tmp_path: Path):
    for fleet in ("lab", "office"):
        (tmp_path / "state" / "fleets" / fleet).mkdir(parents=True)

    done = run(tmp_path, "--json")

    assert json.loads(done.stdout)["fleets"] == ["lab", "office"]
    assert len(findings(done)) == len(json.loads(done.stdout)["findings"])


def test_given_a_parent_asked_for_when_it_is_not_there_then_it_is_a_problem(tmp_path: Path):
    rows = findings(run(tmp_path, "--json", "--interface", "no-such-if0"))

    assert rows["parent-missing"]["severity"] == "problem"


def test_given_findings_when_printed_for_a_person_then_each_has_its_sign_and_way_out(tmp_path: Path):
    done = run(tmp_path)

    assert "✗ " in done.stdout
    assert "→ " in done.stdout
    assert done.stdout.rstrip().splitlines()[-1].startswith("1 problem")
