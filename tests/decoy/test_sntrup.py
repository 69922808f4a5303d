import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decnet_core.decoy.openssh.sntrup import ROUNDED, P, Q, Sntrup761, decode, encode, multiply


def naive_product(a: list[int], b: list[int]) -> list[int]:
    """Schoolbook multiplication modulo x^761 - x - 1, for sparse *b*."""
    wide = [0] * (2 * P)
    for j, value in enumerate(b):
        for i in range(P) if value else ():
            wide[i + j] += a[i] * value
    for index in range(2 * P - 1, P - 1, -1):
        wide[index - P] += wide[index]
        wide[index - P + 1] += wide[index]
        wide[index] = 0
    return [value % Q for value in wide[:P]]


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([Q, ROUNDED]))
def test_decoding_undoes_encoding(seed, modulus):
    rng = random.Random(seed)
    values = [rng.randrange(modulus) for _ in range(P)]

    assert decode(encode(values, [modulus] * P), [modulus] * P) == values


def test_given_two_polynomials_when_multiplied_then_the_schoolbook_agrees():
    rng = random.Random(7)
    long = [rng.randrange(Q) for _ in range(P)]
    short = [0] * P
    for index in rng.sample(range(P), 40):
        short[index] = rng.choice((-1, 1))

    assert multiply(long, short) == naive_product(long, short)


@settings(max_examples=20, deadline=None)
@given(st.binary(min_size=1158, max_size=1158))
def test_any_public_key_of_the_right_size_is_answered(public):
    secret, ciphertext = Sntrup761(b"sntrup761").encaps(public)

    assert (len(secret), len(ciphertext)) == (32, 1039)


def test_given_a_key_of_the_wrong_size_when_asked_then_it_is_refused():
    with pytest.raises(ValueError, match="public key"):
        Sntrup761(b"sntrup761").encaps(b"short")
