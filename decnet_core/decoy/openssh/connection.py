"""A server connection that speaks as OpenSSH does where asyncssh would speak as itself."""

import asyncio
from collections.abc import Sequence

from decnet_core.decoy.openssh.algorithms import STRICT, Offer
from decnet_core.decoy.openssh.library import SSHServerConnection, asyncssh

MAX_IDENTIFICATION = 8192


class OpenSSHConnection(SSHServerConnection):
    """One visitor. *offer* decides the lists in the key exchange."""

    _offers_strict = False
    _is_strict = False

    def __init__(
        self, loop: asyncio.AbstractEventLoop, options: "asyncssh.SSHServerConnectionOptions", offer: Offer
    ) -> None:
        super().__init__(loop, options)
        self._extras = [name.encode() for name in offer.extras]
        self._offers_strict = set(STRICT) <= set(offer.extras)
        signatures = [name.encode() for name in offer.host_keys]
        self._server_host_key_algs: Sequence[bytes] | None = [
            name for name in signatures if name in (self._server_host_key_algs or ())
        ]

    @property
    def _strict_kex(self) -> bool:
        """Strict key exchange is on where both sides offer it; asyncssh, which always does, asks the client alone."""
        return self._is_strict

    @_strict_kex.setter
    def _strict_kex(self, wanted: bool) -> None:
        self._is_strict = wanted and self._offers_strict

    def _get_extra_kex_algs(self) -> list[bytes]:
        return self._extras

    def _recv_version(self) -> bool:
        """Answer a client that is none with OpenSSH's own words."""
        line, end, _ = self._inpbuf[:MAX_IDENTIFICATION].partition(b"\n")
        if line.startswith((b"SSH-2.0-", b"SSH-1.99-")) or (not end and len(self._inpbuf) < MAX_IDENTIFICATION):
            return bool(super()._recv_version())
        complaint = (
            b"Protocol major versions differ." if line.startswith(b"SSH-") else b"Invalid SSH identification string."
        )
        self._send(complaint + b"\r\n")
        if self._transport:
            self._transport.close()
        self._force_close(asyncssh.ProtocolNotSupported(complaint.decode(), "en"))
        return False
