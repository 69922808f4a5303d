"""The process as a container runs it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.decoy.running import DEFAULTS, wait_until


def persona(services) -> str:
    values = {
        "v": 1,
        "name": "web-01",
        "hostname": "SRV-ALPHA-01",
        "seed": "11" * 32,
        "os_family": "linux",
        "distro": "debian",
    }
    return json.dumps(values | {"services": services})


def a_free_port() -> int:
    with socket.create_server(("0.0.0.0", 0)) as probe:
        return int(probe.getsockname()[1])


def first_events(process: subprocess.Popen[str], count: int) -> list[dict[str, Any]]:
    assert process.stdout
    return [json.loads(process.stdout.readline()) for _ in range(count)]


def start(text: str | None) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if name != "DECNET_PERSONA"}
    return subprocess.Popen(
        [sys.executable, "-m", "decnet_core.decoy"],
        env=environment if text is None else environment | {"DECNET_PERSONA": text},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_given_a_stop_when_visitors_are_there_then_it_ends_at_once_with_0():
    port = a_free_port()
    process = start(persona({"ftp": DEFAULTS["ftp"] | {"port": port}}))
    (ready,) = first_events(process, 1)
    with socket.create_connection(("127.0.0.1", port), timeout=5) as visitor:
        visitor.recv(100)

        asked = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, complaints = process.communicate(timeout=5)

    assert ready["event"] == "service.ready"
    assert time.monotonic() - asked < 0.5
    assert (process.returncode, complaints) == (0, "")


def test_given_a_stop_while_it_starts_when_it_comes_then_it_ends_with_0():
    process = start(persona({"ssh": DEFAULTS["ssh"] | {"port": a_free_port()}}))
    wait_until(lambda: b"SigCgt:\t0000000000000000" not in Path(f"/proc/{process.pid}/status").read_bytes())
    time.sleep(0.15)
    process.send_signal(signal.SIGTERM)

    assert process.wait(5) in (0, -signal.SIGTERM)  # before the first line of ours the system decides


@pytest.mark.parametrize(("text", "complaint"), [(None, "no persona given"), ("{", "not JSON")])
def test_given_no_usable_persona_when_started_then_one_line_says_so(text, complaint):
    _, complaints = (process := start(text)).communicate(timeout=10)

    assert process.returncode == 2
    assert complaints.count("\n") == 1
    assert complaint in complaints


def test_given_one_service_that_cannot_start_when_started_then_the_others_serve():
    services = {
        "ftp": DEFAULTS["ftp"] | {"software": "wuftpd"},
        "smb": {"port": 445},
        "telnet": DEFAULTS["telnet"] | {"colour": "red"},
        "http": DEFAULTS["http"] | {"port": a_free_port()},
    }
    process = start(persona(services))
    events = first_events(process, len(services))
    process.terminate()
    process.communicate(timeout=5)

    assert [(event["event"], event["service"]) for event in events] == [
        ("service.failed", "ftp"), ("service.failed", "smb"), ("service.failed", "telnet"), ("service.ready", "http"),
    ]  # fmt: skip


def test_given_a_port_that_is_taken_when_it_is_the_only_one_then_the_process_ends_with_1():
    with socket.create_server(("0.0.0.0", 0)) as other:
        process = start(persona({"http": DEFAULTS["http"] | {"port": other.getsockname()[1]}}))
        output, complaints = process.communicate(timeout=10)

    assert process.returncode == 1
    assert json.loads(output)["event"] == "service.failed"
    assert complaints == "decky: no service could start\n"
