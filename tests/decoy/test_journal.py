import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decnet_core.decoy.journal import BURST, MAX_BACKLOG, MAX_LINE, Journal, Session

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary(max_size=4000),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=10,
)


def a_session() -> Session:
    return Session("ssh", "10.0.0.1", 1234, "10.0.0.2", 22, id="abc")


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "events"
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY)
    yield Journal("web-01", descriptor), lambda: path.read_bytes().splitlines()
    os.close(descriptor)


def test_given_an_attempt_when_recorded_then_the_line_has_every_field(written):
    journal, lines = written

    journal.record("auth.attempt", a_session(), username="admin", password="hunter2")

    event = json.loads(lines()[0])
    assert event["id"].endswith("-1")
    assert event | {"id": "", "ts": ""} == {
        "v": 1, "id": "", "ts": "", "node": "web-01", "service": "ssh", "proto": "tcp", "event": "auth.attempt",
        "src_ip": "10.0.0.1", "src_port": 1234, "dst_ip": "10.0.0.2", "dst_port": 22, "session": "abc", "seq": 1,
        "data": {"username": "admin", "password": "hunter2"},
    }  # fmt: skip


def test_given_bytes_that_are_no_text_when_recorded_then_they_are_escaped(written):
    journal, lines = written

    journal.record("data", a_session(), input=b"a\xff\x00\n")

    assert json.loads(lines()[0])["data"]["input"] == "a\\xff\x00\n"


@given(data=st.dictionaries(st.text(min_size=1).filter(lambda key: key != "self"), VALUES, max_size=8))
def test_any_data_becomes_one_line_of_json_below_the_limit(data):
    reader, writer = os.pipe()
    try:
        Journal("web-01", writer)._submit("data", "ssh", "tcp", a_session().place(), data)
        line = os.read(reader, 65536)
    finally:
        os.close(reader)
        os.close(writer)
    assert len(line) <= MAX_LINE
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert json.loads(line)["event"] == "data"


def test_given_huge_values_when_recorded_then_the_line_stays_below_the_limit(written):
    journal, lines = written

    journal.record("request", a_session(), **{f"header{number}": "\x01" * 100_000 for number in range(50)})

    assert len(lines()[0]) <= MAX_LINE


def test_given_a_reader_that_sleeps_when_flooded_then_nothing_waits_and_memory_is_bounded():
    reader, writer = os.pipe()
    journal = Journal("web-01", writer)

    for _ in range(3 * BURST):
        journal.record("data", a_session(), input="x" * 1000)

    assert journal._backlog_size <= MAX_BACKLOG + MAX_LINE
    os.close(reader)
    os.close(writer)


def test_given_a_flood_when_it_is_over_then_the_suppressed_events_are_counted(tmp_path):
    now = 0.0
    with (tmp_path / "events").open("w+b") as file:
        journal = Journal("web-01", file.fileno(), clock=lambda: now)
        for _ in range(BURST + 100):
            journal.record("data", a_session())
        now = 1.0

        journal.record("data", a_session())

        events = [json.loads(line) for line in (tmp_path / "events").read_bytes().splitlines()]
    assert len(events) == BURST + 2
    assert (events[-2]["event"], events[-2]["data"]) == ("events.suppressed", {"count": 100})
    assert events[-1]["event"] == "data"


def test_given_a_reader_that_is_gone_when_recorded_then_nobody_notices():
    reader, writer = os.pipe()
    journal = Journal("web-01", writer)
    os.close(reader)

    journal.record("data", a_session(), input="x")
    journal.flush()

    assert journal._backlog_size == 0
    os.close(writer)
