import asyncio
import shutil
import struct
import subprocess
import time

import asyncssh
import pytest

from tests.decoy.running import a_persona, receive_all, receive_until, running

# The name lists of Debian 12's sshd (1:9.2p1-2+deb12u10), recorded from the real one.
DEBIAN_12 = [
    "sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,curve25519-sha256,curve25519-sha256@libssh.org,"
    "ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,"
    "diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,diffie-hellman-group14-sha256,"
    "kex-strict-s-v00@openssh.com",
    "rsa-sha2-512,rsa-sha2-256,ecdsa-sha2-nistp256,ssh-ed25519",
    *["chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com"]
    * 2,
    *[
        "umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,"
        "hmac-sha2-512-etm@openssh.com,hmac-sha1-etm@openssh.com,umac-64@openssh.com,umac-128@openssh.com,"
        "hmac-sha2-256,hmac-sha2-512,hmac-sha1"
    ]
    * 2,
    *["none,zlib@openssh.com"] * 2,
    *[""] * 2,
]


def connect(decky, username="admin", password="letmein", **options):
    return asyncssh.connect(
        "127.0.0.1", decky.ports["ssh"], username=username, password=password,
        **{"known_hosts": None, "client_keys": None, "config": None, "agent_path": None} | options,
    )  # fmt: skip


def name_lists(packet: bytes) -> list[str]:
    """The ten lists of a KEXINIT packet."""
    position, lists = 4 + 1 + 1 + 16, []
    for _ in range(10):
        (length,) = struct.unpack_from(">I", packet, position)
        lists.append(packet[position + 4 : position + 4 + length].decode())
        position += 4 + length
    return lists


def test_given_debian_12_when_keys_are_exchanged_then_every_list_is_that_of_the_real_sshd():
    with running("ssh") as decky, decky.connect("ssh") as visitor:
        assert receive_until(visitor, b"\r\n") == b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10\r\n"
        visitor.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
        packet = b""
        while len(packet) < 4 or len(packet) < 4 + struct.unpack(">I", packet[:4])[0]:
            packet += visitor.recv(65536)

    assert name_lists(packet) == DEBIAN_12


def test_given_the_right_password_when_a_command_is_run_then_it_answers_and_all_is_recorded():
    async def visit(decky):
        async with connect(decky) as connection:
            return await connection.run("id; uname -n")

    with running("ssh") as decky:
        result = asyncio.run(visit(decky))
        decky.wait_for("close")

        assert result.stdout == "uid=1000(admin) gid=1000(admin) groups=1000(admin),27(sudo)\nSRV-ALPHA-01\n"
        assert result.exit_status == 0
        assert [event["event"] for event in decky.events()] == [
            "connect", "negotiate", "auth.attempt", "auth.success", "command", "close",
        ]  # fmt: skip
        attempt = decky.events("auth.attempt")[0]["data"]
        assert (attempt["username"], attempt["password"], attempt["mech"]) == ("admin", "letmein", "password")
        assert attempt["client_version"].startswith("SSH-2.0-AsyncSSH")


def test_given_a_terminal_when_lines_are_typed_then_a_shell_answers_until_it_is_left():
    async def visit(decky):
        async with connect(decky) as connection, connection.create_process(term_type="xterm") as shell:
            shell.stdin.write("cd /tmp\nwhoami\nnonsense\nexit\n")
            return await shell.wait()

    with running("ssh") as decky:
        result = asyncio.run(visit(decky))

    assert "admin@SRV-ALPHA-01:~$ " in result.stdout
    assert "admin@SRV-ALPHA-01:/tmp$ " in result.stdout
    assert "-bash: nonsense: command not found" in result.stdout
    assert result.exit_status == 127


@pytest.mark.parametrize("password", ["wrong", "päss wörd", "%#$'\"\\"])
def test_given_a_wrong_password_when_tried_then_it_is_refused_and_recorded_byte_for_byte(password):
    async def visit(decky):
        with pytest.raises(asyncssh.PermissionDenied):
            await connect(decky, "root", password)

    with running("ssh") as decky:
        asyncio.run(visit(decky))

        attempt = decky.wait_for("auth.attempt")[0]["data"]
        assert (attempt["username"], attempt["password"]) == ("root", password)
        assert decky.events("auth.success") == []


def test_given_a_key_when_offered_then_its_fingerprint_is_recorded():
    key = asyncssh.generate_private_key("ssh-ed25519")

    async def visit(decky):
        with pytest.raises(asyncssh.PermissionDenied):
            await connect(decky, password=None, client_keys=[key])

    with running("ssh") as decky:
        asyncio.run(visit(decky))

        assert decky.wait_for("auth.attempt")[0]["data"]["pubkey_fp"] == key.get_fingerprint()


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"GET / HTTP/1.0\r\n\r\n", b"Invalid SSH identification string.\r\n"),
        (b"\n", b"Invalid SSH identification string.\r\n"),
        (b"a" * 9000, b"Invalid SSH identification string.\r\n"),
        (b"SSH-1.5-old\r\n", b"Protocol major versions differ.\r\n"),
    ],
)
def test_given_something_else_than_ssh_when_sent_then_the_words_are_those_of_sshd(line, answer):
    with running("ssh") as decky, decky.connect("ssh") as visitor:
        receive_until(visitor, b"\r\n")
        visitor.sendall(line)

        assert receive_all(visitor) == answer


def test_given_an_open_session_when_nothing_is_typed_then_it_stays_open():
    async def visit(decky):
        async with connect(decky, keepalive_interval=0.2, keepalive_count_max=2) as connection:
            process = await connection.create_process(term_type="xterm")
            await asyncio.sleep(1.5)
            process.stdin.write("exit\n")
            return await process.wait()

    with running("ssh") as decky:
        assert asyncio.run(visit(decky)).exit_status == 0


def test_given_a_forwarding_when_asked_for_then_it_is_refused_and_recorded():
    async def visit(decky):
        async with connect(decky) as connection:
            with pytest.raises(asyncssh.ChannelOpenError):
                await connection.open_connection("10.0.0.9", 445)

    with running("ssh") as decky:
        asyncio.run(visit(decky))

        assert decky.wait_for("request")[0]["data"] == {"kind": "direct-tcpip", "host": "10.0.0.9", "port": 445}


@pytest.mark.parametrize(
    "version",
    [
        "OpenSSH_7.4",
        "OpenSSH_8.2p1 Ubuntu-4ubuntu0.13",
        "OpenSSH_8.7",
        "OpenSSH_8.9p1 Ubuntu-3ubuntu0.13",
        "OpenSSH_9.7",
        "OpenSSH_9.9",
        "OpenSSH_10.0p2",
        "OpenSSH_for_Windows_8.1",
    ],
)
def test_given_any_version_when_a_client_connects_then_they_agree(version):
    async def visit(decky):
        async with connect(decky) as connection:
            return connection.get_extra_info("server_version")

    with running("ssh", version=version) as decky:
        assert asyncio.run(visit(decky)) == f"SSH-2.0-{version}"


def test_given_a_banner_when_logging_in_then_it_is_shown():
    class Client(asyncssh.SSHClient):
        shown = ""

        def auth_banner_received(self, msg, lang):
            Client.shown = msg

    async def visit(decky):
        async with connect(decky, client_factory=Client):
            pass

    with running("ssh", banner="Authorised users only\n") as decky:
        asyncio.run(visit(decky))

    assert Client.shown == "Authorised users only\n"


@pytest.mark.filterwarnings("ignore:Diffie-Hellman")
@pytest.mark.clients
@pytest.mark.parametrize(
    "kex", ["sntrup761x25519-sha512@openssh.com", "curve25519-sha256", "diffie-hellman-group16-sha512"]
)
def test_given_the_real_client_when_it_connects_then_each_key_exchange_works(kex):
    if not (shutil.which("ssh") and shutil.which("sshpass")):
        pytest.skip("needs ssh and sshpass")
    with running("ssh") as decky:
        found = subprocess.run(
            ["sshpass", "-p", "letmein", "ssh", "-F", "none", "-p", str(decky.ports["ssh"]),
             "-oStrictHostKeyChecking=no", "-oUserKnownHostsFile=/dev/null", "-oLogLevel=ERROR",
             f"-oKexAlgorithms={kex}", "admin@127.0.0.1", "hostname"],
            capture_output=True, text=True, check=False, timeout=20,
        )  # fmt: skip

    assert (found.stdout, found.stderr) == ("SRV-ALPHA-01\n", "")


def test_given_a_persona_when_started_twice_then_the_host_key_is_the_same():
    async def key(decky):
        async with connect(decky, server_host_key_algs=["ssh-ed25519"]) as connection:
            return connection.get_server_host_key().get_fingerprint()

    shown = []
    for _ in range(2):
        with running("ssh", persona=a_persona()) as decky:
            shown.append(asyncio.run(key(decky)))

    assert shown[0] == shown[1]


def test_given_six_wrong_tries_when_the_sixth_fails_then_the_visitor_is_shown_out():
    tries = 0

    class Client(asyncssh.SSHClient):
        def password_auth_requested(self):
            nonlocal tries
            tries += 1
            return f"wrong{tries}"

    async def visit(decky):
        with pytest.raises(asyncssh.DisconnectError) as refusal:
            await connect(decky, "nobody", None, client_factory=Client)
        return refusal.value

    started = time.monotonic()
    with running("ssh") as decky:
        refusal = asyncio.run(visit(decky))

        assert "Too many authentication failures" in refusal.reason
        assert len(decky.events("auth.attempt")) == 6
    assert time.monotonic() - started < 12


def test_given_a_session_without_a_terminal_when_an_endless_line_comes_then_it_is_not_kept():
    async def visit(decky):
        async with connect(decky) as connection:
            process = await connection.create_process()
            for _ in range(40):
                process.stdin.write("A" * 25_000)
            process.stdin.write("\nwhoami\nexit\n")
            process.stdin.write_eof()
            return await asyncio.wait_for(process.wait(), 20)

    with running("ssh") as decky:
        result = asyncio.run(visit(decky))

        assert len(result.stdout) < 100_000
        assert all(len(event["data"]["input"]) < 5000 for event in decky.events("command"))
