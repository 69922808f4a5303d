"""Which algorithms an OpenSSH server of a version offers, in its order.

Scanners hash these lists, so order and completeness matter. 9.2 is recorded from Debian 12's sshd; the others are
the defaults in OpenSSH's release notes and manual pages (sshd_config(5)) and Red Hat's crypto policy DEFAULT.
"""

import re
from dataclasses import dataclass

CURVES = ("curve25519-sha256", "curve25519-sha256@libssh.org")
NIST = ("ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521")
SNTRUP = ("sntrup761x25519-sha512", "sntrup761x25519-sha512@openssh.com")
MLKEM = ("mlkem768x25519-sha256",)
GROUPS = (
    "diffie-hellman-group-exchange-sha256",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group18-sha512",
    "diffie-hellman-group14-sha256",
)
STRICT = ("kex-strict-s-v00@openssh.com",)
ANNOUNCE = ("ext-info-s",)

CTR = ("aes128-ctr", "aes192-ctr", "aes256-ctr")
GCM = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com")
CHACHA = ("chacha20-poly1305@openssh.com",)
CBC = ("aes128-cbc", "aes192-cbc", "aes256-cbc", "blowfish-cbc", "cast128-cbc", "3des-cbc")

MACS = (
    "umac-64-etm@openssh.com",
    "umac-128-etm@openssh.com",
    "hmac-sha2-256-etm@openssh.com",
    "hmac-sha2-512-etm@openssh.com",
    "hmac-sha1-etm@openssh.com",
    "umac-64@openssh.com",
    "umac-128@openssh.com",
    "hmac-sha2-256",
    "hmac-sha2-512",
    "hmac-sha1",
)
POLICY_CIPHERS = ("aes256-gcm@openssh.com", *CHACHA, "aes256-ctr", "aes128-gcm@openssh.com", "aes128-ctr")
POLICY_MACS = (
    "hmac-sha2-256-etm@openssh.com",
    "hmac-sha1-etm@openssh.com",
    "umac-128-etm@openssh.com",
    "hmac-sha2-512-etm@openssh.com",
    "hmac-sha2-256",
    "hmac-sha1",
    "umac-128@openssh.com",
    "hmac-sha2-512",
)
POLICY_GROUPS = (
    "diffie-hellman-group-exchange-sha256",
    "diffie-hellman-group14-sha256",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group18-sha512",
)
HOST_KEYS = ("rsa-sha2-512", "rsa-sha2-256", "ecdsa-sha2-nistp256", "ssh-ed25519")
HOST_KEYS_SHA1 = ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa", "ecdsa-sha2-nistp256", "ssh-ed25519")
HOST_KEYS_74 = ("ssh-rsa", "rsa-sha2-512", "rsa-sha2-256", "ecdsa-sha2-nistp256", "ssh-ed25519")


@dataclass(frozen=True)
class Offer:
    """The name lists of one server; *extras* are the markers that follow the key exchanges."""

    kex: tuple[str, ...]
    extras: tuple[str, ...] = STRICT
    ciphers: tuple[str, ...] = (*CHACHA, *CTR, *GCM)
    macs: tuple[str, ...] = MACS
    host_keys: tuple[str, ...] = HOST_KEYS
    compression: tuple[str, ...] = ("none", "zlib@openssh.com")
    rsa_bits: int = 3072


def offer_of(version: str) -> Offer:  # noqa: PLR0911 (a table of versions)
    """The lists of a server that calls itself *version*, such as ``OpenSSH_9.2p1 Debian-2+deb12u10``."""
    found = re.search(r"OpenSSH_(?:for_Windows_)?(\d+)\.(\d+)", version)
    number = (int(found[1]), int(found[2])) if found else (9, 2)
    debian = "Debian" in version or "Ubuntu" in version
    kex: tuple[str, ...]
    match number:
        case (major, _) if major >= 10:
            kex = (*MLKEM, *SNTRUP, *CURVES, *NIST)
            return Offer(kex, (*ANNOUNCE, *STRICT), (*CHACHA, *GCM, *CTR))
        case (9, minor) if minor >= 9:
            return Offer((*SNTRUP, *MLKEM, *CURVES, *NIST, *GROUPS), (*ANNOUNCE, *STRICT))
        case (9, minor) if minor >= 6:
            return Offer((*SNTRUP[1:], *CURVES, *NIST, *GROUPS), (*ANNOUNCE, *STRICT))
        case (9, _):
            # Debian 12 took the name without a domain into its 9.2 with a security update.
            names = SNTRUP if debian else SNTRUP[1:]
            return Offer((*names, *CURVES, *NIST, *GROUPS))
        case (8, 9):
            return Offer((*CURVES, *NIST, *SNTRUP[1:], *GROUPS))
        case (8, 7):
            return Offer((*CURVES, *NIST, *POLICY_GROUPS), ciphers=POLICY_CIPHERS, macs=POLICY_MACS)
        case (8, _) if "Windows" in version:
            kex = (*CURVES, *NIST, *GROUPS, "diffie-hellman-group14-sha1")
            return Offer(kex, (), host_keys=HOST_KEYS_SHA1, compression=("none",))
        case (8, _):
            return Offer((*CURVES, *NIST, *GROUPS), host_keys=HOST_KEYS_SHA1)
    sha1 = ("diffie-hellman-group14-sha1", "diffie-hellman-group1-sha1")
    kex = (*CURVES, *NIST, *GROUPS[:3], "diffie-hellman-group-exchange-sha1", GROUPS[3], *sha1)
    return Offer(kex, (), (*CHACHA, *CTR, *GCM, *CBC), host_keys=HOST_KEYS_74, rsa_bits=2048)
