"""Compose as commands: nothing unnamed, nothing removed that is not named, and its words told apart."""

import json
import subprocess
from pathlib import Path

import pytest

from decnet_core.adapters import compose
from decnet_core.adapters.compose import _SILENT, check_command, create_command, reason_for, recreate_command
from decnet_core.planning.compose import document
from decnet_core.planning.labels import read_decky
from tests.builders import SYSCTLS, decky, network

FILE = Path("/var/lib/decnet/compose.yaml")
NASTY = "%s #no $HOME ${X:?no} $$ '\"` \\n \n\r\t \x7f\x85\ufeff 🦊 {{.Names}}"

needs_compose = pytest.mark.skipif(compose.plugin() is None, reason="Docker Compose is not installed")


@pytest.mark.parametrize("command", [create_command(FILE, ["a", "b"]), recreate_command(FILE, ["a", "b"])])
def test_given_names_when_a_command_is_made_then_it_names_them_and_nothing_else_is_touched(command: list[str]):
    assert command[:3] == ["-f", str(FILE), "up"]
    assert command[-2:] == ["a", "b"]
    assert {"--detach", "--no-deps", "--no-build"} <= set(command)
    assert not [word for word in command if "orphan" in word]


def test_given_creation_and_re_creation_then_only_the_second_replaces_what_is_there():
    assert ("--no-recreate" in create_command(FILE, ["a"]), "--force-recreate" in create_command(FILE, ["a"])) == (
        True,
        False,
    )
    assert ("--no-recreate" in recreate_command(FILE, ["a"]), "--force-recreate" in recreate_command(FILE, ["a"])) == (
        False,
        True,
    )


@pytest.mark.parametrize(
    "words",
    [
        "Cannot connect to the Docker daemon at unix:///x.sock. Is the docker daemon running?",
        'error during connect: Get "http://%2Fx": open //./pipe: no such file',
        "dial tcp 10.0.0.1:2375: connect: connection refused",
        'Post "http://%2Frun%2Fdocker.sock/v1.45/containers/create": EOF',
        "one line\nunexpected EOF\nanother",
    ],
)
def test_given_the_words_of_an_engine_that_is_away_then_it_is_silence(words: str):
    assert _SILENT.search(words)


@pytest.mark.parametrize(
    "words",
    [
        "Container office-eof-01  Error response from daemon: address already in use",
        "no such image: decnet/geofence:latest",
        "yaml: line 3: did not find expected key",
    ],
)
def test_given_the_words_of_an_engine_that_refuses_then_it_is_no_silence(words: str):
    assert not _SILENT.search(words)


WORDS = """
 Container office-web-1  Creating
 Container office-web-10  Error response from daemon: driver failed programming
 Container office-web-1  Error response from daemon: Address already in use
 Container office-b  Started
Error response from daemon: one of them
"""


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("web-1", "Container office-web-1  Error response from daemon: Address already in use"),
        ("web-10", "Container office-web-10  Error response from daemon: driver failed programming"),
        ("b", "Error response from daemon: one of them"),
    ],
)
def test_given_composes_words_when_asked_why_then_the_line_about_that_decky_is_it(name: str, reason: str):
    assert reason_for(name, WORDS) == reason


def test_given_no_words_when_asked_why_then_that_is_said():
    assert reason_for("a", "\n") == "Compose gave no reason"


@needs_compose
def test_given_a_document_when_compose_reads_it_then_it_takes_it_and_every_secret_is_byte_exact():
    spec = decky("a", service_config={"ssh": {"users": {"admin": NASTY}}})
    text = json.dumps(document(network(), [spec, decky("b")], SYSCTLS), indent=1, ensure_ascii=False)

    assert compose.run(check_command(), "unix:///nowhere.sock", stdin=f"# a comment\n{text}") == (0, "")

    read = _as_compose_reads_it(text)["services"]["a"]
    persona = json.loads(read["environment"]["DECNET_PERSONA"])
    assert persona["services"]["ssh"]["users"]["admin"] == NASTY
    assert read_decky(read["labels"]).spec == spec


def _as_compose_reads_it(text: str) -> dict[str, dict[str, dict[str, dict[str, str]]]]:
    """Return what Compose makes of *text*, its own escaping undone."""
    program = compose.plugin()
    assert program is not None
    done = subprocess.run(
        [program, "-f", "-", "config", "--format", "json"], input=text, capture_output=True, text=True, check=True
    )
    read: dict[str, dict[str, dict[str, dict[str, str]]]] = json.loads(done.stdout.replace("$$", "$"))
    return read


@needs_compose
def test_given_a_document_that_is_none_when_compose_reads_it_then_its_words_are_told():
    code, words = compose.run(check_command(), "unix:///nowhere.sock", stdin='{"services": {"a": {"imag": "x"}}}')

    assert code
    assert "imag" in words
