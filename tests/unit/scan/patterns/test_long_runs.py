"""64 KB of each pattern's own alphabet: no pattern takes quadratic time."""

from time import perf_counter

import pytest

from tests.contract.test_recognisers import found

RUNS = [
    "eyJ-", "eyJaaaaaaaa.", "eyJaaaaaaaa.eyJ", "SG.", "postgres://a", "sk-", "xoxb-", "AKIA", "1.1.", "a:",
    "AA11", "DE11 ", "1 ", "+1 ", "00 1", "(1) ", "a@", "@", "a.a@", "0x", "bc1", "1A", "passport A1 ",
    "tel 030 1", "4111 ", "ssn 1-", "-----BEGIN ", "ff:", "ff-", "::",
]  # fmt: skip


@pytest.mark.parametrize("run", RUNS)
def test_ends_soon(run: str) -> None:
    text = (run * 65_536)[:65_536]
    started = perf_counter()
    found(f"note\t{text}")
    assert perf_counter() - started < 2.0
