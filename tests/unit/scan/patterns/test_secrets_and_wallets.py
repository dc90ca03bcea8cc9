"""Secrets by their beginnings, wallets by their checksums. Values are made up or from standards;
they are put together here, so that no scanner of repositories takes this file for a leak."""

import pytest

from detectors.scan.patterns.keccak import keccak256
from detectors.scan.patterns.secrets import is_jwt, is_random
from detectors.scan.patterns.wallets import base58check, bech32, checksummed
from tests.contract.test_recognisers import found

B36 = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


@pytest.mark.parametrize(
    "secret",
    [
        "AKIA" + "IOSFODNN7EXAMPLE",
        "ghp_" + B36,
        "glpat-" + B36[:20],
        "xoxb-" + "123456789012-" + B36[:24],
        "sk_live_" + B36[:24],
        "AIza" + B36[:35],
        "SG." + B36[:22] + "." + B36 + B36[:7],
        "npm_" + B36,
        "hf_" + B36[:34],
        "postgres://app:" + "s3cretpw@db.example.com/x",
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxIn0." + B36,
    ],
)
def test_known_beginnings(secret: str) -> None:
    assert "SECRET" in [hit.entity for hit in found(f"x: {secret} y")]


def test_random_values_under_a_secret_key_only() -> None:
    assert [hit.entity for hit in found("client_secret\tq8Zr7LxW2mN4vB6kT9pS1dF3")] == ["SECRET"]
    assert found("cursor\tq8Zr7LxW2mN4vB6kT9pS1dF3") == []
    assert not is_random("the-very-secret-name-of-it")
    assert not is_jwt("eyJmb28iOiJiYXIifQ.eyJzdWIiOiIxIn0.abcdefgh")


def test_checksums() -> None:
    assert base58check("1BoatSLRHtKNngkdXEeobR76b53LETtpyT")
    assert not base58check("1BoatSLRHtKNngkdXEeobR76b53LETtpyU")
    assert bech32("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4")
    assert not bech32("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5")
    assert checksummed("5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed")
    assert not checksummed("5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed")


def test_keccak_over_block_borders() -> None:
    """Known digests of nothing and of `abc`; and blocks of every length give different ones."""
    assert keccak256(b"").hex().startswith("c5d2460186f7233c927e7db2dcc703c0")
    assert keccak256(b"abc").hex().startswith("4e03657aea45a94fc7d47ba826c8d667")
    assert len({keccak256(b"a" * n) for n in range(130, 140)}) == 10


def test_an_ethereum_address_needs_its_capitals_or_a_cue() -> None:
    lower = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"
    assert found(lower) == []
    assert [hit.entity for hit in found(f"wallet\t{lower}")] == ["CRYPTO"]
