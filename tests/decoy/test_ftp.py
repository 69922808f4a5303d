import ftplib
import hashlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decnet_core.decoy.ftp.channel import parse_extended_port, parse_port
from tests.decoy.running import receive_all, receive_until, running

# Recorded from Debian 12's packages: greeting, then the answers to these commands before any login.
BEFORE_LOGIN = {
    ("vsftpd", "3.0.3"): {
        "": "220 (vsFTPd 3.0.3)",
        "SYST": "530 Please login with USER and PASS.",
        "FOO": "530 Please login with USER and PASS.",
        "FEAT": "211-Features:\r\n EPRT\r\n EPSV\r\n MDTM\r\n PASV\r\n REST STREAM\r\n SIZE\r\n TVFS\r\n211 End",
        "OPTS UTF8 ON": "200 Always in UTF8 mode.",
        "PASS x": "503 Login with USER first.",
        "USER bob": "331 Please specify the password.",
        "PASS wrong": "530 Login incorrect.",
        "QUIT": "221 Goodbye.",
    },
    ("proftpd", "Server (Debian)"): {
        "": "220 ProFTPD Server (Debian) [127.0.0.1]",
        "SYST": "215 UNIX Type: L8",
        "NOOP": "200 NOOP command successful",
        "PWD": "530 Please login with USER and PASS",
        "FOO": "500 FOO not understood",
        "AUTH TLS": "500 AUTH not understood",
        "USER bob": "331 Password required for bob",
        "PASS wrong": "530 Login incorrect.",
        "QUIT": "221 Goodbye.",
    },
    ("pure-ftpd", "1.0.50"): {
        "SYST": "215 UNIX Type: L8",
        "NOOP": "200 Zzz...",
        "PWD": "530 You aren't logged in",
        "FOO": "530 You aren't logged in",
        "AUTH TLS": "500 This security scheme is not implemented",
        "USER bob": "331 User bob OK. Password required",
        "PASS wrong": "530 Login authentication failed",
    },
    ("microsoft", "10.0"): {
        "": "220 Microsoft FTP Service",
        "SYST": "215 Windows_NT",
        "USER bob": "331 Password required",
        "PASS wrong": "530 User cannot log in.",
    },
}
# Recorded from Debian 12's vsftpd after a login.
AFTER_LOGIN = {
    "SYST": "215 UNIX Type: L8",
    "PWD": '257 "/home/admin" is the current directory',
    "CWD nope": "550 Failed to change directory.",
    "TYPE I": "200 Switching to Binary mode.",
    "TYPE A": "200 Switching to ASCII mode.",
    "TYPE X": "500 Unrecognised TYPE command.",
    "MODE S": "200 Mode set to S.",
    "STRU F": "200 Structure set to F.",
    "SIZE nope": "550 Could not get file size.",
    "MDTM nope": "550 Could not get file modification time.",
    "REST 0": "350 Restart position accepted (0).",
    "LIST": "425 Use PORT or PASV first.",
    "PORT 1,2": "500 Illegal PORT command.",
    "DELE nope": "550 Permission denied.",
    "ALLO 1": "202 ALLO command ignored.",
    "ABOR": "225 No transfer to ABOR.",
    "FOO": "500 Unknown command.",
    "CLNT x": "500 Unknown command.",
    "MLST": "500 Unknown command.",
    "REIN": "502 REIN not implemented.",
    "USER x": "530 Can't change to another user.",
    "QUIT": "221 Goodbye.",
}


def login(decky, user="admin", password="letmein") -> ftplib.FTP:
    client = ftplib.FTP(timeout=5)
    client.connect("127.0.0.1", decky.ports["ftp"])
    client.login(user, password)
    return client


@pytest.mark.parametrize(("software", "version"), BEFORE_LOGIN)
def test_given_a_maker_when_commands_come_before_a_login_then_it_answers_as_recorded(software, version):
    with running("ftp", software=software, version=version, anonymous=False) as decky, decky.connect("ftp") as visitor:
        greeting = receive_until(visitor, b"\n" if software != "pure-ftpd" else b"inactivity.\r\n").decode()
        answers = {"": greeting.rstrip("\r\n")}
        for command in BEFORE_LOGIN[software, version]:
            if command:
                visitor.sendall(command.encode() + b"\r\n")
                end = b"211 End\r\n" if command == "FEAT" else b"\n"
                answers[command] = receive_until(visitor, end).decode().removesuffix("\r\n")

    assert answers | BEFORE_LOGIN[software, version] == answers


def test_given_vsftpd_when_logged_in_then_it_answers_as_recorded():
    with running("ftp") as decky, decky.connect("ftp") as visitor:
        for line in ("", "USER admin", "PASS letmein"):
            visitor.sendall(f"{line}\r\n".encode() if line else b"")
            receive_until(visitor, b"\n")
        answers = {}
        for command in AFTER_LOGIN:
            visitor.sendall(f"{command}\r\n".encode())
            answers[command] = receive_until(visitor, b"\n").decode().removesuffix("\r\n")

    assert answers == AFTER_LOGIN


@pytest.mark.parametrize("software", ["vsftpd", "proftpd", "pure-ftpd", "microsoft"])
def test_given_an_anonymous_visitor_when_looking_around_then_the_public_files_are_there(software):
    with running("ftp", software=software) as decky:
        client = login(decky, "anonymous", "me@here")
        lines: list[str] = []
        text: list[str] = []

        client.retrlines("LIST", lines.append)
        client.cwd("pub")
        names = client.nlst()
        client.retrlines("RETR README", text.append)
        size = client.size("README") if software != "proftpd" else None
        client.quit()

        assert len(lines) == 1
        assert "pub" in lines[0]
        assert names == ["README", "backup", "drivers"]
        assert text == ["Files on SRV-ALPHA-01 are for internal use."]
        assert size in (None, len(text[0]) + 1)
        assert decky.wait_for("auth.success")[0]["data"]["mech"] == "anonymous"


@pytest.mark.parametrize("passive", [True, False])
def test_given_an_upload_when_it_ends_then_it_is_recorded_and_not_kept(passive):
    payload = b"#!/bin/sh\n" + b"\xff" * 5000
    with running("ftp") as decky:
        client = login(decky)
        client.set_pasv(passive)

        client.storbinary("STOR evil.sh", io.BytesIO(payload))
        upload = decky.wait_for("file.upload")[0]["data"]

        assert (upload["size"], upload["sha256"]) == (len(payload), hashlib.sha256(payload).hexdigest())
        assert upload["beginning"].startswith("#!/bin/sh\n\\xff")
        assert "evil.sh" not in client.nlst()
        client.close()


def test_given_a_wrong_password_when_tried_then_it_is_refused_and_recorded():
    with running("ftp", anonymous=False) as decky:
        with pytest.raises(ftplib.error_perm, match="530 Login incorrect"):
            login(decky, "root", "toor")

        attempt = decky.wait_for("auth.attempt")[0]["data"]
        assert attempt == {"username": "root", "password": "toor", "mech": "password"}


def test_given_three_wrong_tries_when_the_third_fails_then_the_visitor_is_shown_out():
    with running("ftp") as decky, decky.connect("ftp") as visitor:
        visitor.sendall(b"USER a\r\nPASS b\r\n" * 3)

        assert receive_all(visitor).count(b"530 Login incorrect.\r\n") == 3


def test_given_another_address_when_a_port_is_named_then_nothing_is_sent_there():
    with running("ftp") as decky:
        client = login(decky)

        with pytest.raises(ftplib.error_perm, match="500 Illegal PORT command"):
            client.sendcmd("PORT 10,0,0,9,4,1")
        with pytest.raises(ftplib.error_perm, match="500 Illegal PORT command"):
            client.sendcmd("PORT 127,0,0,1,0,80")
        client.close()


def test_given_a_line_that_is_too_long_when_sent_then_the_visitor_is_shown_out():
    with running("ftp") as decky, decky.connect("ftp") as visitor:
        visitor.sendall(b"USER " + b"a" * 5000 + b"\r\n")

        assert receive_all(visitor).endswith(b"500 Input line too long.\r\n")


@given(st.text(max_size=60))
def test_any_argument_of_port_is_an_address_or_nothing(text):
    for found in (parse_port(text), parse_extended_port(text)):
        assert found is None or 0 <= found[1] <= 65535


@given(st.ip_addresses(v=4), st.integers(0, 65535))
def test_a_port_that_is_written_is_read_again(address, port):
    assert parse_port(f"{address},{port >> 8},{port & 255}".replace(".", ",")) == (str(address), port)
    assert parse_extended_port(f"|1|{address}|{port}|") == (str(address), port)
