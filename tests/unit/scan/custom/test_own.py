"""Customers' recognisers in YAML."""

import pytest
from pydantic import ValidationError

from detectors.decode.base import Leaf
from detectors.scan.base import Hit
from detectors.scan.custom import CustomRecogniser, Definition
from detectors.scan.custom.checks import CHECKS
from detectors.scan.custom.own import broken_examples

BASE = {
    "name": "customer-number",
    "entity": "CUSTOMER_NUMBER",
    "category": "user.unique_id",
    "pattern": r"K-?\d{8}",
    "examples": {"good": ["K-12345674"]},
}


def define(**changes: object) -> Definition:
    return Definition.model_validate({**BASE, **changes})


def find(definition: Definition, text: str, *keys: str) -> list[Hit]:
    leaf = Leaf("body>json:$.x", keys, text)
    recogniser = CustomRecogniser(definition)
    found = list(recogniser.find(leaf))
    assert not found or recogniser.may_match(text)
    return found


def test_finds_its_pattern_not_inside_words() -> None:
    hits = find(define(), "K-12345674, aK-12345674, K123456745, K12345674")
    assert [(hit.value, hit.score, hit.entity) for hit in hits] == [
        ("K-12345674", 0.5, "CUSTOMER_NUMBER"),
        ("K12345674", 0.5, "CUSTOMER_NUMBER"),
    ]


def test_a_check_decides() -> None:
    assert [h.value for h in find(define(check="luhn"), "K-12345674 K-12345675")] == ["K-12345674"]


def test_keys_and_context_support() -> None:
    definition = define(keys=["customerNumber"], context=["kunde"])
    assert find(definition, "K-12345674", "customer_number")[0].score == pytest.approx(0.85)
    assert find(definition, "Kunde K-12345674")[0].score == pytest.approx(0.85)
    assert find(definition, "K-12345674", "order")[0].score == 0.5
    assert "K-1234" not in find(definition, "Kunde K-12345674")[0].evidence


def test_only_named() -> None:
    definition = define(keys=["customerNumber"], context=["kunde"], only_named=True)
    assert find(definition, "K-12345674", "order") == []
    assert find(definition, "K-12345674", "customernumber")
    assert [h.value for h in find(definition, "Kunde K-12345674")] == ["K-12345674"]


def test_keys_alone_take_the_whole_value() -> None:
    definition = define(
        pattern="", keys=["badge no"], examples={"good": [{"key": "badgeNo", "text": "x"}]}
    )
    assert [h.value for h in find(definition, "anything 7", "user", "badgeNo")] == ["anything 7"]
    assert find(definition, "anything 7", "user") == []
    assert find(definition, "", "badgeNo") == []


def test_long_texts_are_searched_to_the_end() -> None:
    assert [h.start for h in find(define(), "x " * 5_000 + "K-12345674")] == [10_000]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"pattern": "(a+)+"}, "repeats a group"),
        ({"pattern": r"\d*"}, "matches an empty text"),
        ({"pattern": ""}, "give a `pattern`"),
        ({"only_named": True}, "`only_named` needs"),
        ({"entity": "lower"}, "entity"),
        ({"score": 0}, "score"),
        ({"check": "sha"}, "check"),
        ({"colour": "red"}, "colour"),
        ({"examples": {"good": []}}, "good"),
    ],
)
def test_wrong_definitions(changes: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        define(**changes)


def test_examples_are_tried() -> None:
    examples = {
        "good": [
            "K-12345674",
            "no",
            "[[K-1]] K-12345674",
            {"key": "a", "text": "x [[K-12345674]]"},
        ],
        "bad": ["K-1", "K-12345674"],
    }
    assert [broken[:2] for broken in broken_examples(define(examples=examples))] == [
        ("good", 1),
        ("good", 2),
        ("bad", 1),
    ]


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        ("luhn", "4111 1111 1111 1111", "4111 1111 1111 1112"),
        ("mod97", "DE89 3704 0044 0532 0130 00"[4:] + "DE89", "370400440532013000DE88"),
        ("iban", "DE89370400440532013000", "DE88370400440532013000"),
    ],
)
def test_checks(check: str, good: str, bad: str) -> None:
    assert CHECKS[check](good)
    assert not CHECKS[check](bad)
    assert not CHECKS[check]("")
    assert CHECKS["none"]("")
