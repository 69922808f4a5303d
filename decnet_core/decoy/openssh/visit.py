"""What serves SSH once somebody comes: asyncssh in OpenSSH's clothes, and the record of each visit."""

import asyncio
import functools
import time
from collections.abc import Callable

from decnet_core.decoy.listener import Decky, refusal_delay, session_of
from decnet_core.decoy.openssh.algorithms import Offer, offer_of
from decnet_core.decoy.openssh.connection import OpenSSHConnection
from decnet_core.decoy.openssh.hostkeys import host_keys
from decnet_core.decoy.openssh.library import asyncssh, get_encryption_algs, get_kex_algs, get_mac_algs
from decnet_core.decoy.openssh.terminal import serve_process
from decnet_core.decoy.services.ssh import Options

LOGIN_GRACE = 120
MAX_TRIES = 6
WINDOW = 128 * 1024


def factory(decky: Decky, options: Options) -> Callable[[], asyncio.Protocol]:
    """What makes the protocol of each visit; the host keys are derived here, which takes 0.1 to 0.4 s of CPU."""
    offer = offer_of(options.version)
    loop = asyncio.new_event_loop()
    try:
        settings = loop.run_until_complete(_settings(decky, options, offer))
    finally:
        loop.close()
    return lambda: OpenSSHConnection(asyncio.get_running_loop(), settings, offer)


async def _settings(decky: Decky, options: Options, offer: Offer) -> "asyncssh.SSHServerConnectionOptions":
    keys = [asyncssh.import_private_key(key) for key in host_keys(decky.identity, offer.rsa_bits)]
    settings: asyncssh.SSHServerConnectionOptions = await asyncssh.SSHServerConnectionOptions.construct(
        server_factory=functools.partial(Visit, decky, options),
        server_version=options.version,
        server_host_keys=keys,
        kex_algs=_known(offer.kex, get_kex_algs()),
        encryption_algs=_known(offer.ciphers, get_encryption_algs()),
        mac_algs=_known(offer.macs, get_mac_algs()),
        compression_algs=list(offer.compression),
        process_factory=functools.partial(serve_process, decky),
        encoding="utf-8",
        errors="backslashreplace",
        line_history=100,
        max_line_length=1024,
        login_timeout=LOGIN_GRACE,
        kbdint_auth=False,
        gss_host=None,
        agent_forwarding=False,
        x11_forwarding=False,
        allow_scp=False,
        window=WINDOW,
        config=None,
    )
    return settings


def _known(names: tuple[str, ...], known: list[bytes]) -> list[str]:
    """Names that this asyncssh can do: one that it cannot must not be offered, or the handshake would break off."""
    return [name for name in names if name.encode() in known]


class Visit(asyncssh.SSHServer):
    """One connection: admission, authentication, and its record."""

    def __init__(self, decky: Decky, options: Options) -> None:
        self._decky = decky
        self._options = options
        self._connection: asyncssh.SSHServerConnection | None = None
        self._admitted = False
        self._started = time.monotonic()
        self._tries = 0
        self._negotiated = False

    def connection_made(self, conn: "asyncssh.SSHServerConnection") -> None:
        """Let the visitor in, or cut it off where too many are here."""
        self._connection = conn
        self._session = session_of("ssh", conn.get_extra_info("peername"), conn.get_extra_info("sockname"))
        conn.set_extra_info(decnet_session=self._session)
        self._admitted = self._decky.gate.admit(self._session.src_ip)
        if self._admitted:
            self._record("connect")
        else:
            self._record("error", reason="too many connections")
            conn.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Give the place back."""
        if not self._admitted:
            return
        self._decky.gate.release(self._session.src_ip)
        reason = {"reason": str(exc)} if exc else {}
        self._record("close", duration=round(time.monotonic() - self._started, 3), **reason)

    def begin_auth(self, username: str) -> bool:  # noqa: ARG002 (asyncssh calls it so)
        """Ask everybody for a credential."""
        if not self._negotiated and self._connection:
            self._negotiated = True
            show = self._connection.get_extra_info
            self._record(
                "negotiate",
                client_version=show("client_version"),
                cipher=show("recv_cipher"),
                mac=show("recv_mac"),
                compression=show("recv_compression"),
            )
            if self._options.banner:
                self._connection.send_auth_banner(self._options.banner)
        return True

    def password_auth_supported(self) -> bool:
        """Passwords are what we are here for."""
        return True

    async def validate_password(self, username: str, password: str) -> bool:
        """Record the attempt; a wrong one costs the time that PAM takes."""
        self._attempt(username, mech="password", password=password)
        if self._options.users.get(username) == password:
            self._record("auth.success", username=username, mech="password")
            return True
        await asyncio.sleep(refusal_delay(self._options.delay, self._decky.identity, f"ssh/delay/{username}"))
        self._fail()
        return False

    def public_key_auth_supported(self) -> bool:
        """Keys are asked for, recorded and refused."""
        return True

    def validate_public_key(self, username: str, key: "asyncssh.SSHKey") -> bool:
        """Record the offered key."""
        self._attempt(username, mech="publickey", pubkey_fp=key.get_fingerprint(), key_type=key.get_algorithm())
        self._fail()
        return False

    def connection_requested(self, dest_host: str, dest_port: int, *_origin: object) -> bool:
        """Forward nothing; note where to the visitor wanted."""
        self._record("request", kind="direct-tcpip", host=dest_host, port=dest_port)
        return False

    def server_requested(self, listen_host: str, listen_port: int) -> bool:
        """Listen for nobody."""
        self._record("request", kind="tcpip-forward", host=listen_host, port=listen_port)
        return False

    def _attempt(self, username: str, **credential: str) -> None:
        version = self._connection.get_extra_info("client_version") if self._connection else None
        self._record("auth.attempt", username=username, **credential, client_version=version)

    def _fail(self) -> None:
        self._tries += 1
        if self._tries >= MAX_TRIES and self._connection:
            self._connection.disconnect(asyncssh.DISC_PROTOCOL_ERROR, "Too many authentication failures")

    def _record(self, event: str, **data: object) -> None:
        self._decky.journal.record(event, self._session, **data)
