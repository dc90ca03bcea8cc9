"""256 KB of each pattern's own alphabet: a pattern that takes quadratic time would take minutes."""

import pytest

from tests.contract.test_recognisers import found

RUNS = [
    "eyJ-",
    "eyJaaaaaaaa.",
    "eyJaaaaaaaa.eyJ",
    "SG.",
    "postgres://a",
    "sk-",
    "xoxb-",
    "AKIA",
    "1.1.",
    "a:",
    "AA11",
    "DE11_",
    "1_",
    "+1_",
    "00_1",
    "(1)_",
    "a@",
    "@",
    "a.a@",
    "0x",
    "bc1",
    "1A",
    "passport_A1_",
    "tel_030_1",
    "4111_",
    "ssn_1-",
    "-----BEGIN_",
    "ff:",
    "ff-",
    "::",
]
"""With `_` for a space."""


@pytest.mark.timeout(60)
@pytest.mark.parametrize("run", RUNS)
def test_ends(run: str) -> None:
    found(f"note\t{(run.replace('_', ' ') * 262_144)[:262_144]}")
