"""The linters' contracts hold, and each catches the violation it is for."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.rules import PRODUCT, ROOT

BIN = Path(sys.executable).parent
VIOLATIONS = {
    "flows and deployments above tasks above decnet_core": [("tasks/planted_a.py", "import flows.deploy\n")],
    "inside decnet_core, imports run downward": [
        ("decnet_core/planning/planted_b.py", "import decnet_core.adapters.lock\n"),
        ("decnet_core/stray.py", ""),
    ],
    "the decoy imports nothing else of ours, and nobody imports the decoy": [
        ("decnet_core/decoy/planted_c.py", "import decnet_core.domain.names\n")
    ],
    "only flows, tasks and deployments know Prefect": [("decnet_core/cli/planted_d.py", "import prefect\n")],
    "only the Docker adapters know Docker's client": [("tasks/planted_e.py", "import docker\n")],
}
SLOPPY = {
    "D103": "def undocumented() -> None:\n    pass\n",
    "D100": "X = 1\n",
    "BLE001": '"""A module."""\n\ntry:\n    pass\nexcept Exception:\n    pass\n',
    "DTZ005": '"""A module."""\n\nfrom datetime import datetime\n\nX = datetime.now()\n',
    "ANN201": '"""A module."""\n\n\ndef untyped():\n    """Do it."""\n',
}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """Run the import linter over a clean copy and over one with every violation planted; contract → verdict."""
    return {
        name: _lint(_copy(tmp_path_factory.mktemp(name), planted=name == "planted")) for name in ("clean", "planted")
    }


def _copy(place: Path, *, planted: bool) -> Path:
    for package in PRODUCT:
        shutil.copytree(ROOT / package, place / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", place)
    for files in VIOLATIONS.values() if planted else ():
        for path, text in files:
            (place / path).write_text(text)
    return place


def _lint(place: Path) -> dict[str, str]:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    found = dict(re.findall(r"^(.+) (KEPT|BROKEN)$", done.stdout, flags=re.MULTILINE))
    assert found, done.stdout + done.stderr
    return found


def test_given_our_code_then_every_contract_is_kept(verdicts: dict[str, dict[str, str]]):
    assert verdicts["clean"] == dict.fromkeys(VIOLATIONS, "KEPT")


@pytest.mark.parametrize("contract", VIOLATIONS)
def test_given_a_planted_violation_then_its_contract_is_broken(contract: str, verdicts: dict[str, dict[str, str]]):
    assert verdicts["planted"][contract] == "BROKEN"


@pytest.mark.parametrize("code", SLOPPY)
def test_given_a_sloppy_file_then_ruff_finds_it(code: str):
    command = [str(BIN / "ruff"), "check", "--quiet", "--no-cache", "--output-format", "concise", "--stdin-filename"]

    done = subprocess.run(
        [*command, "tasks/planted.py", "-"], cwd=ROOT, input=SLOPPY[code], capture_output=True, text=True, check=False
    )

    assert f" {code} " in done.stdout


def test_given_our_code_then_every_public_thing_has_its_docstring():
    command = [str(BIN / "ruff"), "check", "--quiet", "--no-cache", "--output-format", "concise", *PRODUCT]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert [line for line in done.stdout.splitlines() if re.search(r" D\d+ ", line)] == []
