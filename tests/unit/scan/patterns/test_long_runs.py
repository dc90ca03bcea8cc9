"""64 KB of each pattern's own alphabet: no pattern takes quadratic time."""

from time import perf_counter

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


@pytest.mark.parametrize("run", RUNS)
def test_ends_soon(run: str) -> None:
    text = (run.replace("_", " ") * 65_536)[:65_536]
    started = perf_counter()
    found(f"note\t{text}")
    assert perf_counter() - started < 2.0
