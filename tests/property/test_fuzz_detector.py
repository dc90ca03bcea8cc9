"""Decode and scan on any request: never a crash, hits within their leaves, bounded work.

`make fuzz` runs 200,000 cases and looks at CPU time; the normal run a short fixed set, in which
work is counted instead, since a shared machine may stall.
"""

import gzip
import json
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.decode import Budget, decode_request
from detectors.records import EgressEvent
from detectors.scan import Hit, Scanner, default_scanner
from detectors.scan.contract import PresidioScanner
from tests.support.hostile import CARRIERS, SIZE, UNITS, run_of, units_of_patterns
from tests.unit.decode.requests import request

FUZZ = settings.default.max_examples > 1000
CASES = settings(max_examples=settings.default.max_examples if FUZZ else 30, derandomize=not FUZZ)
"""Ten tests of 20,000 cases in the fuzz profile."""
CPU_SECONDS = 0.25
"""For 64 KB, in either contract; the best of a few runs counts, since others share the machine."""

BUDGET = Budget()
CONTRACTS = ("egress", "presidio")
DENSE = ("192.168.1.1 ", "8.8.8.8 ", "123-45-6789 ", "(202) 555-0143 ", "030 123456 ", "x1 ")
"""Units that look like phones to libphonenumber, and are none or many."""
UNITS_OF_PATTERNS = units_of_patterns()
ALL_UNITS = sorted({*UNITS, *UNITS_OF_PATTERNS})

units = st.sampled_from(ALL_UNITS)
texts = st.one_of(
    units,
    st.text(max_size=40),
    st.lists(units, max_size=12).map("".join),
    st.text(st.characters(codec=None, categories=None), max_size=40),  # lone surrogates too
)
names = st.one_of(
    texts, st.sampled_from(["name", "value", "key", "email", "dob", "phone", "@type", "data"])
)
scalars = st.one_of(texts, st.integers(), st.floats(), st.booleans(), st.none())
structures = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.dictionaries(names, inner, max_size=5),
        st.fixed_dictionaries({"name": names, "value": inner}),
        st.lists(st.fixed_dictionaries({"key": names, "value": inner}), max_size=3),
        inner.map(json.dumps),
    ),
    max_leaves=25,
)
raw = st.one_of(
    st.binary(max_size=300),
    st.lists(st.one_of(st.binary(max_size=8), units.map(str.encode)), max_size=30).map(b"".join),
)
declared = st.sampled_from(
    [
        "",
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "multipart/mixed; boundary=--x",
        "text/csv",
        "text/xml; charset=utf-16",
        "application/x-protobuf",
        "application/grpc",
        "application/msgpack",
        "application/x-sentry-envelope",
        "message/rfc822",
        "text/plain; charset=shift_jis",
    ]
)
encodings = st.sampled_from(
    ["", "gzip", "deflate", "br", "zstd", "zstd1", "gzip,aws-chunked", ",,"]
)


@cache
def scanner_of(contract: str) -> Scanner | PresidioScanner:
    return default_scanner() if contract == "egress" else PresidioScanner()


def check(event: EgressEvent) -> list[Hit]:
    """Decodes and scans, and looks whether what comes out can be: the hits in order, within their
    leaves, without overlap."""
    decoded = decode_request(event, BUDGET)
    assert len(decoded.leaves) <= BUDGET.leaves
    hits = list(default_scanner().scan(decoded))
    known = {id(leaf) for leaf in decoded.leaves}
    last: dict[int, int] = {}
    for hit in hits:
        assert id(hit.leaf) in known
        assert 0 <= hit.start < hit.end <= len(hit.leaf.text)
        assert 0 < hit.score <= 1
        assert last.get(id(hit.leaf), 0) <= hit.start
        last[id(hit.leaf)] = hit.end
        (hit.leaf.text + hit.leaf.path).encode()
    return hits


WRAPPINGS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "zlib": zlib.compress,
    "damaged": lambda data: gzip.compress(data)[: -len(data) // 3 - 1],
}


@pytest.mark.parametrize("wrap", WRAPPINGS.values(), ids=WRAPPINGS)
@CASES
@given(raw, declared, encodings, st.booleans())
def test_any_bytes(
    wrap: Callable[[bytes], bytes], data: bytes, kind: str, encoding: str, cut: bool
) -> None:
    headers: dict[str, str | list[str]] = {"Content-Type": kind, "Content-Encoding": encoding}
    check(request(wrap(data), headers=headers, truncated=cut))


@CASES
@given(structures)
def test_any_document(value: Any) -> None:
    check(request(json.dumps(value)))


@CASES
@given(st.lists(structures, max_size=4), declared)
def test_any_lines(values: list[Any], kind: str) -> None:
    body = "\n".join(map(json.dumps, values))
    check(request(body, headers={"Content-Type": kind}))


@CASES
@given(structures, st.integers(0, 400), st.booleans())
def test_any_document_that_is_cut(value: Any, end: int, told: bool) -> None:
    check(request(json.dumps(value)[:end], truncated=told))


@CASES
@given(texts, st.lists(st.tuples(names, texts), max_size=5), texts)
def test_any_envelope(url: str, headers: list[tuple[str, str]], body: str) -> None:
    many: dict[str, str | list[str]] = {name: [text, body] for name, text in headers}
    check(request(body, url=f"https://a.example/{url}", headers=many))
    check(request(url=url))


@CASES
@given(st.lists(st.tuples(names, texts), max_size=6), st.sampled_from("&;\n"))
def test_any_form(fields: list[tuple[str, str]], separator: str) -> None:
    body = separator.join(f"{name}={text}" for name, text in fields)
    check(request(body, headers={"Content-Type": "application/x-www-form-urlencoded"}))


@pytest.mark.parametrize("contract", CONTRACTS)
@CASES
@given(
    st.lists(st.one_of(units, st.sampled_from(DENSE)), min_size=1, max_size=3).map("".join),
    st.sampled_from(sorted(CARRIERS)),
    st.integers(1, SIZE),
    texts,
)
def test_runs_of_every_patterns_alphabet(
    contract: str, unit: str, carrier: str, size: int, end: str
) -> None:
    event = CARRIERS[carrier](run_of(unit, size if FUZZ else size // 16) + end)
    if FUZZ:
        seconds = min(_cpu(event, contract) for _ in range(3))
        assert seconds < CPU_SECONDS, f"{seconds:.2f} s for {unit!r} as {carrier}"
    scanner_of(contract).scan(decode_request(event, BUDGET))
    check(event)


@pytest.mark.parametrize("contract", CONTRACTS)
@pytest.mark.parametrize("carrier", ["text body", "json note", "json name", "form field", "header"])
@pytest.mark.parametrize(
    "unit", ["1", "1 ", "1.", "a@", "a@a.", "Jane ", "1.1.1970 ", "a=b&", "[[", *DENSE]
)
def test_work_grows_no_faster_than_the_text(unit: str, carrier: str, contract: str) -> None:
    _calls(CARRIERS[carrier](run_of(unit, 1000)), contract)  # caches
    small, large = (
        _calls(CARRIERS[carrier](run_of(unit, size)), contract) for size in (4_000, 16_000)
    )
    assert large <= 4 * 1.5 * small + 2_000


def test_the_patterns_of_the_detector_are_found() -> None:
    assert len(UNITS_OF_PATTERNS) > 40
    assert any("@" in unit for unit in UNITS_OF_PATTERNS)


def _cpu(event: EgressEvent, contract: str) -> float:
    scanner = scanner_of(contract)
    started = process_time()
    scanner.scan(decode_request(event, BUDGET))
    return process_time() - started


def _calls(event: EgressEvent, contract: str) -> int:
    scanner = scanner_of(contract)
    with _counted() as count:
        scanner.scan(decode_request(event, BUDGET))
    return count[0]


@contextmanager
def _counted() -> Iterator[list[int]]:
    """How many functions are called meanwhile, those of libraries written in C included."""
    count = [0]

    def note(_frame: object, what: str, _arg: object) -> None:
        count[0] += what in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield count
    finally:
        sys.setprofile(before)
