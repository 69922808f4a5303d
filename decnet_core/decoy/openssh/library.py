"""The one place that imports asyncssh, so that what it lacks is there before it looks.

asyncssh asks ctypes for libnettle (the umac MACs of every OpenSSH) while it is imported. ctypes answers by running
ldconfig, gcc and ld, which the image does not have and a start should not pay for; so for the time of the import it
is answered from a list. Pinned to asyncssh 2.24: a newer one must be tried against the handshake tests first.
"""

import ctypes
import ctypes.util
import hashlib

from decnet_core.decoy.openssh.sntrup import Sntrup761

NETTLE = ("libnettle.so.8", "libnettle.so.9", "libnettle.so.7")


def find_nettle(name: str) -> str | None:
    """The shared object of *name* where it is nettle and can be loaded."""
    for candidate in NETTLE if name == "nettle" else ():
        try:
            ctypes.CDLL(candidate)
        except OSError:
            continue
        return candidate
    return None


_find_library, ctypes.util.find_library = ctypes.util.find_library, find_nettle
try:
    import asyncssh
    from asyncssh.connection import SSHServerConnection
    from asyncssh.crypto import Curve25519DH
    from asyncssh.encryption import get_encryption_algs
    from asyncssh.kex import get_kex_algs, register_kex_alg
    from asyncssh.kex_dh import _KexHybridECDH
    from asyncssh.mac import get_mac_algs
finally:
    ctypes.util.find_library = _find_library

for _name in (b"sntrup761x25519-sha512", b"sntrup761x25519-sha512@openssh.com"):
    if _name not in get_kex_algs():
        register_kex_alg(_name, _KexHybridECDH, hashlib.sha512, (Sntrup761, b"sntrup761", Curve25519DH), True)

__all__ = [
    "SSHServerConnection",
    "asyncssh",
    "get_encryption_algs",
    "get_kex_algs",
    "get_mac_algs",
]
