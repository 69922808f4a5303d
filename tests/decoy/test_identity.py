import hashlib

from hypothesis import given
from hypothesis import strategies as st

from decnet_core.decoy.identity import INSTALLED_AFTER, Identity
from decnet_core.decoy.openssh.hostkeys import ecdsa_key, ed25519_key, host_keys, rsa_key
from decnet_core.decoy.openssh.library import asyncssh
from decnet_core.decoy.openssh.primes import is_probable_prime, modular_power, prime

ELEVENS = Identity(b"\x11" * 32)

# A decky keeps its host keys over every release of ours: these values may never change.
FINGERPRINTS = {
    "ssh-rsa": "SHA256:+r9BGBD8wlWpfId9AYpvXgMMgo7+uOWpRM+ZTL/zWN0",
    "ecdsa-sha2-nistp256": "SHA256:S2gRXUGxu7xUDKoCnOWJckS1qJRYPUv+9xZS3yvN+u8",
    "ssh-ed25519": "SHA256:pgUxCBk80SkkITe7yU7HLnNy0njscmWuHEb0dBIXEWQ",
}


def test_given_the_same_seed_when_the_keys_are_made_then_they_are_those_of_the_first_release():
    keys = [asyncssh.import_private_key(key) for key in host_keys(ELEVENS, 3072)]

    assert {key.get_algorithm(): key.get_fingerprint() for key in keys} == FINGERPRINTS


def test_given_another_seed_when_the_keys_are_made_then_all_differ():
    other = Identity(b"\x12" * 32)

    assert ed25519_key(other).public_key() != ed25519_key(ELEVENS).public_key()
    assert ecdsa_key(other).private_numbers() != ecdsa_key(ELEVENS).private_numbers()
    assert rsa_key(other, 1024).private_numbers() != rsa_key(ELEVENS, 1024).private_numbers()


def test_given_a_prime_when_made_then_it_has_its_size_and_two_top_bits():
    found = prime(ELEVENS, "test", 512)

    assert found.bit_length() == 512
    assert found >> 510 == 3
    assert is_probable_prime(found)


def test_given_composites_that_fool_fermat_when_tested_then_they_are_found_out():
    carmichael = (41041, 825265, 321197185, 5394826801, 232250619601, 9746347772161)

    assert not any(is_probable_prime(number) for number in carmichael)


@given(st.integers(2, 2**600), st.integers(1, 2**600), st.integers(3, 2**600).filter(lambda n: n % 2))
def test_openssl_and_python_agree_on_modular_powers(base, exponent, modulus):
    assert modular_power()(base % modulus, exponent % modulus, modulus) == pow(
        base % modulus, exponent % modulus, modulus
    )


@given(st.text(), st.integers(1, 300))
def test_a_derived_value_depends_on_seed_and_purpose_and_a_longer_one_begins_with_it(purpose, size):
    value = ELEVENS.derive(purpose, size)

    assert len(value) == size
    assert ELEVENS.derive(purpose, size + 40)[:size] == value
    assert size < 8 or Identity(b"\x12" * 32).derive(purpose, size) != value
    assert size < 8 or ELEVENS.derive(purpose + "x", size) != value


@given(st.binary(min_size=16, max_size=32))
def test_a_moment_lies_in_the_past_of_any_scan(seed):
    assert INSTALLED_AFTER <= Identity(seed).moment("x") < INSTALLED_AFTER.replace(year=2026)


def test_given_many_seeds_when_numbers_are_drawn_then_all_occur():
    drawn = {Identity(hashlib.sha256(bytes([index])).digest()).number("x", 4) for index in range(64)}

    assert drawn == {0, 1, 2, 3}
