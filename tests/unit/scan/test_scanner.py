"""Key names and patterns together: overlaps, company, order, long texts."""

import json
from itertools import pairwise

import pytest

from detectors.decode import Budget, Decoded, Leaf, decode_request
from detectors.mask import mask
from detectors.scan import Hit, default_scanner
from detectors.scan.scanner import resolve
from tests.unit.decode.requests import request


def scan(document: object) -> list[tuple[str, str, str]]:
    decoded = decode_request(request(json.dumps(document), url=""), Budget())
    hits = default_scanner().scan(decoded)
    return [(hit.leaf.path.partition("$.")[2], hit.entity, hit.value) for hit in hits]


def text_hits(text: str) -> list[Hit]:
    return default_scanner().scan(Decoded(leaves=[Leaf("body>text", (), text)]))


def test_a_customer() -> None:
    document = {
        "event": "signup",
        "traits": {
            "name": "Jane Doe",
            "email": "jane@example.com",
            "phone": "+34 605 451 390",
            "address": {"line1": "Calle Mayor 3", "zip": "28013"},
        },
        "context": {"ip": "203.0.113.9", "library": {"name": "analytics", "version": "4.1.2"}},
        "timestamp": 1795529235206,
    }
    assert scan(document) == [
        ("traits.name", "PERSON", "Jane Doe"),
        ("traits.email", "EMAIL_ADDRESS", "jane@example.com"),
        ("traits.phone", "PHONE_NUMBER", "+34 605 451 390"),
        ("traits.address.line1", "STREET_ADDRESS", "Calle Mayor 3"),
        ("traits.address.zip", "POSTCODE", "28013"),
        ("context.ip", "IP_ADDRESS", "203.0.113.9"),
    ]


def test_clean_events_stay_clean() -> None:
    assert (
        scan(
            {
                "id": "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
                "span": 4111111111111111,
                "trace_id": "8453625342625342625",
                "at": "2026-03-01T12:30:11.482Z",
                "epoch": 1795529235,
                "sku": "4006381333931",
                "version": "1.2.3.4",
                "agent": "Mozilla/5.0 Chrome/120.0.0.0 Safari/537.36",
                "product": {"name": "Jordan", "id": 93},
                "total": 129.95,
                "city": "Paris",
            }
        )
        == []
    )


def test_company_makes_a_name_a_persons() -> None:
    assert scan({"item": {"name": "Jane Doe"}}) == []
    assert scan({"x": {"name": "Jane Doe", "email": "jane@example.com"}})[0][1] == "PERSON"


def test_company_is_the_same_object_only() -> None:
    document = {"shop": {"name": "Jane Doe"}, "to": {"email": "jane@example.com"}}
    assert [entity for _, entity, _ in scan(document)] == ["EMAIL_ADDRESS"]


def test_a_pattern_beats_a_key_that_is_less_sure() -> None:
    [(_, entity, _)] = scan({"username": "jane@example.com"})
    assert entity == "EMAIL_ADDRESS"


def test_the_higher_score_wins_then_the_longer_span() -> None:
    leaf = Leaf("p", (), "x" * 20)
    low, high = Hit(leaf, "A", 0, 10, 0.5, ""), Hit(leaf, "B", 5, 8, 0.9, "")
    longer, far = Hit(leaf, "C", 5, 9, 0.9, ""), Hit(leaf, "D", 15, 20, 0.4, "")
    assert resolve([far, low, high, longer]) == [longer, far]
    assert resolve([low, far]) == [low, far]
    assert resolve([]) == []


def test_hits_of_one_text_are_in_order_and_apart() -> None:
    text = "b@example.com, then 203.0.113.9 and a@example.com, tel. +49 30 23125041"
    hits = text_hits(text)
    assert [hit.value for hit in hits] == [
        "b@example.com",
        "203.0.113.9",
        "a@example.com",
        "+49 30 23125041",
    ]
    assert all(a.end <= b.start for a, b in pairwise(hits))


@pytest.mark.parametrize("before", [0, 1780, 1792, 2035, 2047, 2048, 5000, 100_000])
def test_windows_lose_and_double_nothing(before: int) -> None:
    text = "." * before + " jane@example.com " + "." * 5000
    [hit] = text_hits(text)
    assert (hit.start, hit.value) == (before + 1, "jane@example.com")


def test_one_entity_in_many_places_of_a_long_text() -> None:
    text = "\n".join(f"line {n}: user{n}@example.com" for n in range(1000))
    assert [hit.value for hit in text_hits(text)] == [f"user{n}@example.com" for n in range(1000)]


@pytest.mark.parametrize(
    "alphabet", ["a.", "a.@", "1", "1 ", "12-", "a@a.", "::", "1.", "(", "+1", "A1", "-", "[{"]
)
def test_adversarial_runs_of_every_patterns_alphabet_end(alphabet: str) -> None:
    """64 KB of each; quadratic patterns would take minutes, and the test's time-out ends them."""
    text = (alphabet * 65_536)[:65_536]
    for hit in text_hits(text):
        assert 0 <= hit.start < hit.end <= len(text)


def test_masks_keep_the_shape_only() -> None:
    assert mask("jane@example.com") == "j***@e***"
    assert mask("Jane Doe") == "J*** D***"
    assert mask("+49 30 23125041") == "+*** *** ***"
    assert mask("3") == "***"
