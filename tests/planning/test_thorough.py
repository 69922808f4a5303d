"""The same truths, looked at for longer."""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_given_time_when_a_counterexample_is_looked_for_then_there_is_still_none():
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--hypothesis-profile",
        "thorough",
        str(HERE / "test_properties.py"),
    ]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout[-5000:]
