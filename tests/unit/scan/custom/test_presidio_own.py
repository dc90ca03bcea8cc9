"""A customer's Presidio recognisers find in both contracts what they find in Presidio."""

from functools import cache
from typing import Any

import pytest
from ruamel.yaml import YAML

from detectors.decode import Decoded
from detectors.decode.base import Leaf
from detectors.scan.contract import PresidioScanner, default_recognisers, reference_engine
from detectors.scan.custom import OwnPresidio, from_class, from_registry
from detectors.scan.keys.names import KeyNames, default_lexicon
from detectors.scan.scanner import Scanner
from tests.support.presidio_own import REGISTRY_YAML, BadgeRecognizer, Raises

MODULE = "tests.support.presidio_own"
TEXTS = [
    "zip 90210-1234 and 12345",
    "Dear Mrs. Jones, sir Mr. X",
    "badge B-1235, B-1234",
    "STOP, LOUD noise",
    "B-1235 HELP",
    "1EG4-TE5-MK73 medicare",
    "call 212-555-5555",
    "",
    "nothing at all",
]


def own() -> list[Any]:
    recognisers, wrong = from_registry(YAML(typ="safe").load(REGISTRY_YAML))
    assert not wrong
    return [
        *recognisers,
        from_class(f"{MODULE}.BadgeRecognizer"),
        from_class(f"{MODULE}:ShoutRecognizer"),
    ]


@cache
def both() -> tuple[PresidioScanner, Any]:
    mine = own()
    defaults = default_recognisers()
    return PresidioScanner(defaults, extra=mine), reference_engine([*defaults, *mine])


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("context", [[], ["badge"], ["zipCode"]])
def test_parity_with_own_recognisers(text: str, context: list[str]) -> None:
    scanner, engine = both()
    results = engine.analyze(text, language="en", context=context)
    expected = [(r.entity_type, r.start, r.end, r.score) for r in results]
    assert sorted(scanner.analyze(text, context)) == sorted(expected)


def test_what_own_recognisers_find() -> None:
    scanner, _ = both()
    assert ("BADGE", 6, 12, 0.6499999999999999) in scanner.analyze(TEXTS[2])
    assert ("SHOUT", 7, 11, 0.9) in scanner.analyze(TEXTS[4])
    assert ("TITLE", 5, 9, 1.0) in scanner.analyze(TEXTS[1])
    assert ("ZIP", 4, 14, 0.4) in scanner.analyze(TEXTS[0])


def test_in_the_egress_contract() -> None:
    keys = KeyNames(default_lexicon())
    scanner = Scanner([OwnPresidio(own())], [], keys)
    leaf = Leaf("body>json:$.zip", ("zip",), "90210")
    other = Leaf("body>json:$.total", ("total",), "90210")
    assert [(h.entity, h.leaf) for h in scanner.scan(Decoded([leaf, other]))] == [("ZIP", leaf)]


def test_one_that_raises_finds_nothing_and_stops_nothing() -> None:
    scanner = PresidioScanner(extra=[Raises()])
    assert [f.entity for f in scanner.analyze("jane@example.com")] == ["EMAIL_ADDRESS", "URL"]


def test_its_gate_is_shut_where_nothing_is_found() -> None:
    recogniser = OwnPresidio([BadgeRecognizer()])
    assert recogniser.may_match("x\nB-1235\ny")
    assert not recogniser.may_match("nothing")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("no.such.module.Class", "cannot be loaded"),
        (f"{MODULE}.Nothing", "cannot be loaded"),
        ("os.path.join", "not a class derived"),
        (f"{MODULE}.REGISTRY_YAML", "not a class derived"),
        (f"{MODULE}.NeedsArguments", "raised TypeError"),
        ("", "cannot be loaded"),
    ],
)
def test_wrong_classes(name: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        from_class(name)


def test_every_wrong_entry_is_told() -> None:
    document = {
        "recognizers": [
            {
                "name": "a",
                "supported_entity": "A",
                "patterns": [{"name": "p", "regex": "(", "score": 1}],
            },
            {"name": "b", "supported_entity": "B", "deny_list": ["x"]},
            {"name": "NoSuchRecognizer", "type": "predefined"},
        ]
    }
    recognisers, wrong = from_registry(document)
    assert [r.name for r in recognisers] == ["b"]
    assert {w.position for w in wrong} == {0, 2}


def test_a_document_of_another_shape() -> None:
    assert from_registry({"recognisers": []})[1][0].position == -1
