"""nmap names every service as configured, and never as a honeypot."""

import re
import shutil
import subprocess
from contextlib import ExitStack
from typing import Any

import pytest

from tests.decoy.running import running

pytestmark = [pytest.mark.clients, pytest.mark.skipif(not shutil.which("nmap"), reason="needs nmap")]

NAMED: list[tuple[str, dict[str, Any], str]] = [
    ("ssh", {}, "OpenSSH 9.2p1 Debian 2+deb12u10 (protocol 2.0)"),
    ("ssh", {"version": "OpenSSH_9.7"}, "OpenSSH 9.7 (protocol 2.0)"),
    ("telnet", {}, "Linux telnetd"),
    ("telnet", {"software": "busybox", "banner": ""}, "BusyBox telnetd"),
    ("ftp", {}, "vsftpd 3.0.3"),
    ("ftp", {"software": "proftpd", "version": "Server (Debian)"}, "ProFTPD"),
    ("ftp", {"software": "pure-ftpd", "version": "1.0.50"}, "Pure-FTPd"),
    ("ftp", {"software": "microsoft", "version": "10.0"}, "Microsoft ftpd"),
    ("http", {}, "nginx 1.22.1"),
    ("http", {"server": "nginx/1.18.0 (Ubuntu)"}, "nginx 1.18.0 (Ubuntu)"),
    ("http", {"software": "apache", "server": "Apache/2.4.71 (Debian)"}, "Apache httpd 2.4.71 ((Debian))"),
    ("http", {"software": "iis", "server": "Microsoft-IIS/10.0"}, "Microsoft IIS httpd 10.0"),
]


def test_given_every_product_when_nmap_looks_then_it_names_each_as_configured():
    with ExitStack() as stack:
        wanted = {
            stack.enter_context(running(slug, **options)).ports[slug]: f"{slug} {name}" for slug, options, name in NAMED
        }
        ports = ",".join(map(str, wanted))
        command = ["nmap", "-n", "-Pn", "-sV", "--version-light", "-p", ports, "127.0.0.1"]
        report = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout

    found = re.findall(r"^(\d+)/tcp +open +(\S+) +(.+?) *$", report, re.MULTILINE)
    named = {int(port): f"{service} {product}" for port, service, product in found}
    assert {port: named.get(port, "")[: len(name)] for port, name in wanted.items()} == wanted
    assert "oneypot" not in report
