from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decnet_core.decoy.telnet import MAX_LINE, Editor, Wire
from tests.decoy.running import receive_until, running

IAC, DONT, DO, WONT, WILL = b"\xff", b"\xfe", b"\xfd", b"\xfc", b"\xfb"
REFUSE_ALL = b"".join(IAC + WONT + option for option in (b"\x18", b"\x20", b"\x23", b"\x27"))


def test_given_linux_telnetd_when_connected_then_it_opens_as_nmap_knows_it():
    with running("telnet") as decky, decky.connect("telnet") as visitor:
        assert visitor.recv(100) == IAC + DO + b"\x18" + IAC + DO + b"\x20" + IAC + DO + b"\x23" + IAC + DO + b"\x27"


def test_given_busybox_when_connected_then_it_opens_as_recorded_from_the_real_one():
    opening = b"\xff\xfd\x01\xff\xfd\x1f\xff\xfb\x01\xff\xfb\x03"
    wanted = opening + b"\r\nDebian GNU/Linux 12\r\nSRV-ALPHA-01 login: "
    options: dict[str, Any] = {"software": "busybox", "banner": "Debian GNU/Linux 12\n"}
    with running("telnet", **options) as decky, decky.connect("telnet") as visitor:
        assert receive_until(visitor, b"login: ") == wanted


@pytest.mark.parametrize("ending", [b"\r\n", b"\r\0", b"\n"])
def test_given_a_login_when_the_password_is_right_then_a_shell_answers(ending):
    with running("telnet") as decky, decky.connect("telnet") as visitor:
        visitor.sendall(REFUSE_ALL)
        assert b"Debian GNU/Linux 12\r\nSRV-ALPHA-01 login: " in receive_until(visitor, b"login: ")
        visitor.sendall(b"admin" + ending)
        assert receive_until(visitor, b"Password: ").endswith(b"admin\r\nPassword: ")
        visitor.sendall(b"letmein" + ending)
        assert b"letmein" not in receive_until(visitor, b"$ ")
        visitor.sendall(b"uname -n" + ending)
        assert receive_until(visitor, b"$ ") == b"uname -n\r\nSRV-ALPHA-01\r\nadmin@SRV-ALPHA-01:~$ "
        visitor.sendall(b"exit" + ending)
        decky.wait_for("close")

        assert [event["data"].get("input") for event in decky.events("command")] == ["uname -n", "exit"]
        assert decky.events("auth.success")[0]["data"]["username"] == "admin"


def test_given_a_wrong_password_when_tried_then_it_is_refused_and_recorded():
    with running("telnet") as decky, decky.connect("telnet") as visitor:
        visitor.sendall(REFUSE_ALL)
        receive_until(visitor, b"login: ")
        visitor.sendall(b"root\r\n")
        receive_until(visitor, b"Password: ")
        visitor.sendall(b"xc3511\r\n")

        assert receive_until(visitor, b"login: ").endswith(b"\r\nLogin incorrect\r\nSRV-ALPHA-01 login: ")
        attempt = decky.wait_for("auth.attempt")[0]["data"]
        assert (attempt["username"], attempt["password"]) == ("root", "xc3511")


def test_given_a_client_that_never_negotiates_when_it_waits_then_the_login_comes_all_the_same():
    with running("telnet") as decky, decky.connect("telnet") as visitor:
        assert b"login: " in receive_until(visitor, b"login: ")


def test_given_a_terminal_that_tells_its_kind_when_asked_then_it_is_asked_for_it():
    with running("telnet") as decky, decky.connect("telnet") as visitor:
        visitor.sendall(IAC + WILL + b"\x18" + REFUSE_ALL[3:])

        assert b"\xff\xfa\x18\x01\xff\xf0" in receive_until(visitor, b"login: ")


@given(st.lists(st.binary(max_size=40), max_size=12))
def test_the_payload_does_not_depend_on_how_the_bytes_arrive(pieces):
    whole, cut = a_wire(), a_wire()

    assert b"".join(map(cut.feed, pieces)) == whole.feed(b"".join(pieces))
    assert cut.answers == whole.answers


@given(st.binary(max_size=4000))
def test_any_bytes_leave_a_bounded_line_and_bounded_answers(data):
    wire, editor = a_wire(), Editor()

    lines, shown = editor.feed(wire.feed(data * 3))

    assert all(len(line) <= MAX_LINE for line in lines)
    assert len(wire.take_answers()) <= 64 * 3
    assert len(shown) <= 4 * len(data) * 3


def test_given_a_backspace_when_typed_then_the_character_before_is_gone():
    assert Editor().feed(b"adx\x7fmin\r\n") == ([b"admin"], b"adx\b \bmin\r\n")


def a_wire() -> Wire:
    return Wire(ours=frozenset({1, 3}), theirs=frozenset({24, 31}))
