"""Primes that depend on an identity alone, found fast enough for the start of a container.

Candidates come from the identity's stream and are sieved by small primes; the survivors meet Fermat's test to base 2
and then Miller-Rabin. Modular powers are OpenSSL's where it can be loaded (0.8 ms at 1,536 bits against 11 ms of
Python's pow, which decides the same). Random candidates that pass both tests are composite with a probability far
below 2**-80 at these sizes.
"""

import ctypes
import ctypes.util
import functools
import threading
from collections.abc import Callable

from decnet_core.decoy.identity import Identity

SIEVE_LIMIT = 1 << 14
WINDOW = 1 << 14
WITNESSES = (3, 5, 7, 11, 13, 17)
EXPONENT = 65537
LIBRARIES = ("libcrypto.so.3", "libcrypto.so.1.1")

Power = Callable[[int, int, int], int]


def prime(identity: Identity, purpose: str, bits: int) -> int:
    """The prime of *bits* bits for *purpose*: its two top bits set, and not 1 modulo the public exponent."""
    attempt = 0
    while True:
        start = int.from_bytes(identity.derive(f"{purpose}/{attempt}", bits // 8)) | 3 << (bits - 2) | 1
        for offset in _sieved_offsets(start):
            candidate = start + offset
            if candidate % EXPONENT != 1 and is_probable_prime(candidate):
                return candidate
        attempt += 1


def is_probable_prime(number: int) -> bool:
    """Fermat to base 2, then Miller-Rabin with fixed witnesses; *number* is odd and larger than a witness."""
    power = modular_power()
    if power(2, number - 1, number) != 1:
        return False
    odd = number - 1
    twos = (odd & -odd).bit_length() - 1
    odd >>= twos
    return all(_passes(witness, odd, twos, number, power) for witness in WITNESSES)


def _passes(witness: int, odd: int, twos: int, number: int, power: Power) -> bool:
    value = power(witness, odd, number)
    if value in (1, number - 1):
        return True
    for _ in range(twos - 1):
        value = value * value % number
        if value == number - 1:
            return True
    return False


def _sieved_offsets(start: int) -> list[int]:
    """Even offsets below WINDOW at which *start* + offset has no small factor."""
    composite = bytearray(WINDOW // 2)
    for small in _small_primes():
        # start + 2 * i = 0 (mod small), solved for i
        first = -start * ((small + 1) // 2) % small
        composite[first::small] = b"\1" * len(range(first, WINDOW // 2, small))
    return [2 * index for index, hit in enumerate(composite) if not hit]


@functools.cache
def _small_primes() -> tuple[int, ...]:
    sieve = bytearray([1]) * SIEVE_LIMIT
    for number in range(2, int(SIEVE_LIMIT**0.5) + 1):
        if sieve[number]:
            sieve[number * number :: number] = bytes(len(range(number * number, SIEVE_LIMIT, number)))
    return tuple(number for number in range(3, SIEVE_LIMIT) if sieve[number])


@functools.cache
def modular_power() -> Power:
    """The quickest modular power to be had here."""
    for name in LIBRARIES:
        try:
            return _openssl_power(ctypes.CDLL(name))
        except (OSError, AttributeError):
            continue
    return pow


def _openssl_power(library: ctypes.CDLL) -> Power:
    pointer = ctypes.c_void_p
    for name in ("BN_new", "BN_CTX_new", "BN_bin2bn"):
        getattr(library, name).restype = pointer
    library.BN_bin2bn.argtypes = [ctypes.c_char_p, ctypes.c_int, pointer]
    library.BN_bn2binpad.argtypes = [pointer, ctypes.c_char_p, ctypes.c_int]
    library.BN_mod_exp.argtypes = [pointer] * 5
    context, result = library.BN_CTX_new(), library.BN_new()
    operands = [library.BN_new() for _ in range(3)]
    one_at_a_time = threading.Lock()  # the numbers above are shared, and ctypes lets other threads run

    def power(base: int, exponent: int, modulus: int) -> int:
        size = (modulus.bit_length() + 7) // 8
        buffer = ctypes.create_string_buffer(size)
        with one_at_a_time:
            for place, value in zip(operands, (base, exponent, modulus), strict=True):
                library.BN_bin2bn(value.to_bytes(size), size, place)
            if not library.BN_mod_exp(result, *operands, context):
                return pow(base, exponent, modulus)
            library.BN_bn2binpad(result, buffer, size)
        return int.from_bytes(buffer.raw)

    return power
