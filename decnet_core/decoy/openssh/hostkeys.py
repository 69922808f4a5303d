"""The host keys of a decky: the three that a Linux installation makes, the same for the same identity for ever."""

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from decnet_core.decoy.identity import Identity
from decnet_core.decoy.openssh.primes import EXPONENT, prime

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

PrivateKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def host_keys(identity: Identity, rsa_bits: int) -> list[bytes]:
    """RSA, ECDSA (P-256) and Ed25519 private keys as unencrypted OpenSSH files, in the order sshd loads them."""
    keys: list[PrivateKey] = [rsa_key(identity, rsa_bits), ecdsa_key(identity), ed25519_key(identity)]
    return [key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()) for key in keys]


def ed25519_key(identity: Identity) -> ed25519.Ed25519PrivateKey:
    """The Ed25519 host key."""
    return ed25519.Ed25519PrivateKey.from_private_bytes(identity.derive("ssh/hostkey/ed25519"))


def ecdsa_key(identity: Identity) -> ec.EllipticCurvePrivateKey:
    """The ECDSA host key."""
    return ec.derive_private_key(1 + identity.number("ssh/hostkey/ecdsa", P256_ORDER - 1), ec.SECP256R1())


def rsa_key(identity: Identity, bits: int) -> rsa.RSAPrivateKey:
    """The RSA host key of *bits* bits."""
    p = prime(identity, f"ssh/hostkey/rsa{bits}/p", bits // 2)
    q = prime(identity, f"ssh/hostkey/rsa{bits}/q", bits // 2)
    p, q = max(p, q), min(p, q)
    d = pow(EXPONENT, -1, (p - 1) * (q - 1))
    numbers = rsa.RSAPrivateNumbers(
        p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), rsa.RSAPublicNumbers(EXPONENT, p * q)
    )
    # The primes were tested a moment ago; the library's own test of them would double the time to start.
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)
