"""The built image, hardened as a fleet runs it."""

import json
import shutil
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.decoy.running import DEFAULTS, wait_until

pytestmark = [pytest.mark.docker, pytest.mark.skipif(not shutil.which("docker"), reason="needs docker")]

BUILD = Path(__file__).parents[2] / "deployments/image/build.sh"
PORTS = {"ftp": 21, "ssh": 22, "telnet": 23, "http": 80}
HARDENING = (
    "--read-only",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--pids-limit=64",
    "--memory=96m",
    "--sysctl=net.ipv4.ip_unprivileged_port_start=0",
)


def docker(*words: str) -> str:
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=True, timeout=60).stdout.strip()


@pytest.fixture(scope="module")
def image() -> Iterator[str]:
    name = f"decnet-test/decky:{uuid.uuid4().hex[:8]}"
    subprocess.run(
        [BUILD], env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DECNET_IMAGE": name}, check=True, timeout=300
    )
    yield name
    docker("rmi", name, "decnet-test/decky:latest")


@pytest.fixture
def decky(image: str) -> Iterator[tuple[str, str]]:
    """Name and address of a running decky on a network of its own."""
    run = f"decnet-test-{uuid.uuid4().hex[:8]}"
    services = {slug: DEFAULTS[slug] | {"port": port} for slug, port in PORTS.items()}
    persona = {"v": 1, "name": "web-01", "hostname": "SRV-ALPHA-01", "seed": "11" * 32, "os_family": "linux"}
    docker("network", "create", "--internal", run)
    try:
        environment = f"DECNET_PERSONA={json.dumps(persona | {'distro': 'debian', 'services': services})}"
        docker("run", "--detach", "--name", run, "--network", run, *HARDENING, "--env", environment, image)
        yield run, docker("inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", run)
    finally:
        subprocess.run(["docker", "rm", "--force", run], capture_output=True, check=False)
        docker("network", "rm", run)


def answers(address: str, port: int) -> bool:
    try:
        with socket.create_connection((address, port), timeout=2) as visitor:
            if port == PORTS["http"]:
                visitor.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return bool(visitor.recv(100))
    except OSError:
        return False


def test_given_a_hardened_container_when_started_then_every_service_answers_and_a_stop_is_quick(decky):
    name, address = decky

    wait_until(lambda: all(answers(address, port) for port in PORTS.values()), 20)
    asked = time.monotonic()
    docker("stop", "--time", "10", name)

    assert time.monotonic() - asked < 3
    assert docker("inspect", "--format", "{{.State.ExitCode}}", name) == "0"
    ready = [json.loads(line) for line in docker("logs", name).split("\n")]
    assert sum(event["event"] == "service.ready" for event in ready) == len(PORTS)


def test_given_an_intruder_inside_when_looking_around_then_there_is_no_shell_and_no_privilege(decky):
    name, address = decky
    wait_until(lambda: answers(address, PORTS["ssh"]), 20)

    status = docker("exec", name, "python3", "-c", "print(open('/proc/1/status').read())")

    assert "Uid:\t65532\t65532" in status
    assert "CapEff:\t0000000000000000" in status
    assert "NoNewPrivs:\t1" in status
    with pytest.raises(subprocess.CalledProcessError):
        docker("exec", name, "sh", "-c", "true")


def test_given_nothing_changed_when_built_again_then_it_says_so_at_once(image):
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DECNET_IMAGE": image}
    started = time.monotonic()
    said = subprocess.run([BUILD], env=environment, capture_output=True, text=True, check=True).stderr

    assert "is up to date" in said
    assert time.monotonic() - started < 2
