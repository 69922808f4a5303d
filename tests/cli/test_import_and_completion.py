"""`decnet import`, and what Tab offers."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from decnet_core.adapters.fleet_files import load_submission
from decnet_core.cli import completion
from tests.cli.conftest import Terminal

INI = "[general]\nnet = 10.77.0.0/24\nflavour = x\n[web]\narchetype = linux-server\namount = 4\n"
ROOT = Path(__file__).parents[2]


def test_given_an_ini_when_imported_then_standard_output_is_a_fleet_file(decnet: Terminal, tmp_path: Path):
    (tmp_path / "old.ini").write_text(INI)

    done = decnet.run("import", str(tmp_path / "old.ini"))

    assert done.exit_code == 0, done.output
    assert load_submission(None, done.stdout).deckies[0].count == 4
    assert "! general setting 'flavour' has no counterpart, left out" in done.stderr


def test_given_an_output_when_imported_then_the_file_is_written(decnet: Terminal, tmp_path: Path):
    (tmp_path / "old.ini").write_text(INI)

    done = decnet.run("import", str(tmp_path / "old.ini"), "-o", str(tmp_path / "new.yaml"), "--fleet", "lab")

    assert (done.exit_code, done.stdout) == (0, "")
    assert load_submission(tmp_path / "new.yaml").fleet == "lab"


def offered(tmp_path: Path, line: str) -> list[str]:
    """Return what bash offers when Tab is pressed at the end of *line*."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "DECNET_STATE_DIR": str(tmp_path),
        "_DECNET_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(line.split(" ")) - 1),
    }
    program = "from decnet_core.cli.app import main; main()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, env=environment)
    return done.stdout.split()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("decnet tear", ["teardown"]),
        ("decnet teardown web", ["web-01", "web-02"]),
        ("decnet status --fleet o", ["office"]),
        ("decnet deploy --services ssh,tel", ["ssh,telnet"]),
    ],
)
def test_given_the_beginning_of_a_word_when_tab_is_pressed_then_its_endings_are_offered(
    tmp_path: Path, line: str, expected: list[str]
):
    export = tmp_path / "fleets" / "office" / "decnet-state.json"
    export.parent.mkdir(parents=True)
    states = {name: {"state": "running"} for name in ("web-01", "web-02", "nas")}
    export.write_text(json.dumps({"status": states}))

    assert offered(tmp_path, line) == expected


def test_the_catalogue_is_offered_with_titles():
    assert completion.archetypes("linux") == [("linux-server", "Linux server")]
    assert [slug for slug, _ in completion.distros("ubuntu")] == ["ubuntu20", "ubuntu22"]
    assert [slug for slug, _ in completion.service("ss")] == ["ssh"]
    assert "ssh,ssh" not in [slug for slug, _ in completion.services("ssh,")]


def test_given_a_broken_export_when_tab_is_pressed_then_nothing_is_offered(tmp_path: Path):
    export = tmp_path / "fleets" / "office" / "decnet-state.json"
    export.parent.mkdir(parents=True)
    export.write_text("{")

    assert offered(tmp_path, "decnet teardown w") == []


HEAVY = ("prefect", "docker", "sqlmodel", "sqlalchemy", "alembic", "fastapi")


def test_given_help_or_completion_when_it_runs_then_nothing_heavy_is_loaded():
    modules = ", ".join(f"decnet_core.cli.{name}" for name in ("app", "deploy", "teardown", "show", "completion"))
    program = f"import sys, {modules}; print(*[name for name in {HEAVY} if name in sys.modules])"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)

    assert done.stdout.split() == []
