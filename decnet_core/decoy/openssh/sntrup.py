"""Streamlined NTRU Prime sntrup761, the server's half: what OpenSSH since 8.5 offers and its clients ask for first.

asyncssh takes it from a library that no distribution ships, and without it the list of key exchanges would tell a
decky from the OpenSSH it plays. Only encapsulation is needed. Products of polynomials are products of long integers
(Kronecker substitution), so one exchange costs about 2 ms. No secret here outlives a connection to a decoy, so
nothing is done in constant time.
"""

import hashlib
import random
from itertools import pairwise

P, Q, WEIGHT = 761, 4591, 286
HALF = (Q - 1) // 2
ROUNDED = (Q + 2) // 3
LIMIT = 16384
SLOT = 3  # bytes a coefficient of a product needs: 286 * 4590 < 2**24


class Sntrup761:
    """A key exchange of asyncssh's shape; one is made for each connection."""

    pubkey_bytes = 1158
    privkey_bytes = 1763
    ciphertext_bytes = 1039
    secret_bytes = 32

    def __init__(self, alg_name: bytes) -> None:
        if alg_name != b"sntrup761":
            raise ValueError(alg_name)

    def get_public(self) -> bytes:
        """A server has no public key to send."""
        raise NotImplementedError

    def decaps(self, ciphertext: bytes) -> bytes:
        """A server decrypts nothing."""
        raise NotImplementedError

    def encaps(self, peer_public: bytes) -> tuple[bytes, bytes]:
        """A fresh secret, and what tells it to the holder of *peer_public*.

        Raises:
            ValueError: the key has the wrong size.
        """
        if len(peer_public) != self.pubkey_bytes:
            raise ValueError("not an sntrup761 public key")
        return encapsulate(peer_public, random.SystemRandom())


def encapsulate(public: bytes, rng: random.Random) -> tuple[bytes, bytes]:
    """(secret, ciphertext) for *public*, with the short polynomial drawn from *rng*."""
    short = [0] * P
    for index in rng.sample(range(P), WEIGHT):
        short[index] = rng.choice((-1, 1))
    key = decode(public, [Q] * P)  # coefficients shifted by HALF
    product = multiply([(value - HALF) % Q for value in key], short)
    centred = [value - Q if value > HALF else value for value in product]
    # Rounded to the nearest multiple of three, then shifted: whole, as HALF is a multiple of three.
    rounded = [((value + 1) // 3 * 3 + HALF) // 3 for value in centred]
    trits = [value + 1 for value in short] + [0] * 3
    small = bytes(a | b << 2 | c << 4 | d << 6 for a, b, c, d in zip(*[iter(trits)] * 4, strict=True))
    digest = _hash(3, small)
    ciphertext = encode(rounded, [ROUNDED] * P) + _hash(2, digest + _hash(4, public))
    return _hash(1, digest + ciphertext), ciphertext


def multiply(polynomial: list[int], short: list[int]) -> list[int]:
    """Product modulo x^761 - x - 1 and 4591, coefficients in [0, 4591)."""
    long = _pack(polynomial)
    plus = _unpack(long * _pack([int(value == 1) for value in short]))
    minus = _unpack(long * _pack([int(value == -1) for value in short]))
    flat = [(a - b) % Q for a, b in zip(plus, minus, strict=True)]
    low, high = flat[:P], flat[P:]
    for index, value in enumerate(high):  # x^(761 + i) = x^(i + 1) + x^i
        low[index] += value
        low[index + 1] += value
    return [value % Q for value in low]


def encode(values: list[int], moduli: list[int]) -> bytes:
    """Mixed-radix encoding of *values*, each below its modulus (the scheme's Encode)."""
    out = bytearray()
    while len(values) > 1:
        next_values, next_moduli = [], []
        for index in range(0, len(values) - 1, 2):
            value, modulus = values[index] + values[index + 1] * moduli[index], moduli[index] * moduli[index + 1]
            while modulus >= LIMIT:
                out.append(value & 255)
                value, modulus = value >> 8, (modulus + 255) >> 8
            next_values.append(value)
            next_moduli.append(modulus)
        if len(values) % 2:
            next_values.append(values[-1])
            next_moduli.append(moduli[-1])
        values, moduli = next_values, next_moduli
    value, modulus = values[0], moduli[0]
    while modulus > 1:
        out.append(value & 255)
        value, modulus = value >> 8, (modulus + 255) >> 8
    return bytes(out)


def decode(data: bytes, moduli: list[int]) -> list[int]:
    """Undo encode; bytes that no values encode to give values all the same (the scheme's Decode)."""
    levels: list[tuple[list[int], list[tuple[int, int]]]] = []
    position = 0
    while len(moduli) > 1:
        bottoms, next_moduli = [], []
        for first, second in list(pairwise(moduli))[::2]:
            bottom, base, modulus = 0, 1, first * second
            while modulus >= LIMIT:
                bottom += base * data[position]
                base, modulus, position = base << 8, (modulus + 255) >> 8, position + 1
            bottoms.append((bottom, base))
            next_moduli.append(modulus)
        if len(moduli) % 2:
            next_moduli.append(moduli[-1])
        levels.append((moduli, bottoms))
        moduli = next_moduli
    values = [int.from_bytes(data[position:], "little") % moduli[0]]
    for moduli, bottoms in reversed(levels):
        wider = []
        for index, (bottom, base) in enumerate(bottoms):
            value = bottom + base * values[index]
            wider.append(value % moduli[2 * index])
            wider.append(value // moduli[2 * index] % moduli[2 * index + 1])
        if len(moduli) % 2:
            wider.append(values[-1])
        values = wider
    return values


def _pack(coefficients: list[int]) -> int:
    return int.from_bytes(b"".join(value.to_bytes(SLOT, "little") for value in coefficients), "little")


def _unpack(number: int) -> list[int]:
    raw = number.to_bytes(SLOT * (2 * P - 1), "little")
    return [int.from_bytes(raw[index : index + SLOT], "little") for index in range(0, len(raw), SLOT)]


def _hash(prefix: int, data: bytes) -> bytes:
    return hashlib.sha512(bytes([prefix]) + data).digest()[:32]
