"""What every service must bear: noise, endless lines, half-open and sleepy visitors, crowds."""

import os
import random
import socket
import struct
from contextlib import suppress
from pathlib import Path

import pytest

from decnet_core.decoy.gate import Gate
from tests.decoy.running import receive_all, running, wait_until

SLUGS = ["ssh", "telnet", "ftp", "http"]


def greets(decky, slug: str) -> bool:
    """Whether a new visitor is served."""
    with decky.connect(slug) as visitor:
        try:
            if slug == "http":
                visitor.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return bool(visitor.recv(1))
        except ConnectionError:
            return False


def push(visitor: socket.socket, data: bytes) -> None:
    """Send all of *data*, or as much as is taken before the hang-up."""
    with suppress(ConnectionError, TimeoutError):
        visitor.sendall(data)


def resident_kib() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


@pytest.mark.parametrize("slug", SLUGS)
def test_given_noise_when_sent_then_the_next_visitor_is_served(slug):
    rng = random.Random(slug)
    with running(slug) as decky:
        for size in (1, 3, 100, 5000, 20_000):
            with decky.connect(slug) as visitor:
                push(visitor, rng.randbytes(size))
                visitor.shutdown(socket.SHUT_WR)
                answer = receive_all(visitor)
                assert b"Traceback" not in answer
                assert b"asyncio" not in answer

        assert greets(decky, slug)
        assert [event for event in decky.events("error") if "detail" in event["data"]] == []


@pytest.mark.parametrize("slug", SLUGS)
def test_given_a_line_of_a_megabyte_when_sent_then_it_is_not_kept(slug):
    with running(slug) as decky:
        assert greets(decky, slug)
        before = resident_kib()
        for _ in range(3):
            with decky.connect(slug, patience=0.5) as visitor:
                push(visitor, b"A" * 1_000_000)

        assert resident_kib() - before < 8 * 1024
        assert greets(decky, slug)


@pytest.mark.parametrize("slug", SLUGS)
def test_given_visitors_that_reset_when_many_come_then_every_place_is_given_back(slug):
    with running(slug, gate=Gate(total=5)) as decky:
        for _ in range(20):
            visitor = decky.connect(slug)
            visitor.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            visitor.close()

        wait_until(lambda: greets(decky, slug))


@pytest.mark.parametrize("slug", SLUGS)
def test_given_more_visitors_than_places_when_one_more_comes_then_it_alone_is_cut_off(slug):
    with running(slug, gate=Gate(total=3)) as decky:
        visitors = [decky.connect(slug) for _ in range(3)]
        decky.wait_for("connect", 3)
        with decky.connect(slug) as late:
            assert receive_all(late) == b""
        refused = decky.wait_for("error")[0]
        for visitor in visitors:
            visitor.close()
        decky.wait_for("close", 3)

        assert refused["data"] == {"reason": "too many connections"}
        assert wait_until(lambda: greets(decky, slug))


def test_given_one_source_at_its_limit_when_another_comes_then_that_one_is_let_in():
    gate = Gate(total=10, per_source=2)

    assert [gate.admit("10.0.0.1") for _ in range(3)] == [True, True, False]
    assert gate.admit("10.0.0.2")
    gate.release("10.0.0.1")
    assert gate.admit("10.0.0.1")


@pytest.mark.parametrize(
    ("slug", "half"), [("ftp", b"USER roo"), ("http", b"GET / HTT"), ("telnet", b"\xff\xfd"), ("ssh", b"SSH-2.0-x")]
)
def test_given_half_a_line_when_the_visitor_leaves_then_the_visit_ends(slug, half):
    with running(slug) as decky:
        with decky.connect(slug) as visitor:
            visitor.sendall(half)
        wait_until(lambda: decky.events("close"))

        assert greets(decky, slug)


@pytest.mark.parametrize("slug", ["ftp", "http", "telnet"])
def test_given_a_line_byte_by_byte_when_it_is_whole_then_it_is_answered(slug):
    line = {"ftp": b"USER root\r\n", "http": b"GET / HTTP/1.0\r\n\r\n", "telnet": b"root\r\n"}[slug]
    wanted = {"ftp": b"331 ", "http": b"200 OK", "telnet": b"Password: "}[slug]
    with running(slug) as decky, decky.connect(slug) as visitor:
        for byte in line:
            visitor.sendall(bytes([byte]))
        answer = b""
        while wanted not in answer:
            answer += visitor.recv(4096)


def test_given_a_visitor_that_never_reads_when_much_is_asked_for_then_the_others_are_served():
    with running("http") as decky, decky.connect("http") as sleepy:
        sleepy.settimeout(0.3)
        push(sleepy, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 100)

        assert greets(decky, "http")
