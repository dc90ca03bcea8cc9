"""Scanners as they are asked for: contracts, the NER tier, customers' recognisers."""

import pytest

from detectors.decode import Decoded, Leaf
from detectors.scan import default_scanner
from detectors.scan.base import RequestScanner
from detectors.scan.build import Contract, build_scanner, objections
from detectors.scan.prose.ner import NerReader
from detectors.scan.tuning import Tuning, parse_tuning, untuned

OURS = """
recognisers:
  - {name: code-word, entity: CODE_WORD, category: user.unique_id, pattern: '^swordfish$',
     examples: {good: [swordfish], bad: [a swordfish]}}
"""
PRESIDIO = """
presidio:
  recognizers:
    - {name: titles, supported_entity: TITLE, deny_list: [Mrs]}
"""
UUID = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"
MACHINES = f"""
recognisers:
  - {{name: device, entity: DEVICE, category: user.unique_id, pattern: '[0-9a-f-]{{36}}',
     examples: {{good: ['{UUID}']}}}}
"""


def entities(scanner: RequestScanner, *texts: str) -> list[str]:
    leaves = [Leaf(f"body>json:$[{n}]", (), text) for n, text in enumerate(texts)]
    return [hit.entity for hit in scanner.scan(Decoded(leaves))]


def test_without_wishes_it_is_the_one_of_the_process() -> None:
    assert build_scanner() is default_scanner()
    assert build_scanner(tuning=untuned()) is default_scanner()


@pytest.mark.parametrize("beside", [(), ("x",), ("", "y" * 300)])
def test_customers_recognisers_see_what_the_built_in_gate_holds_back(beside: tuple[str]) -> None:
    """No digit and no sign, and a line of its own among others."""
    scanner = build_scanner(tuning=parse_tuning(OURS))
    assert entities(scanner, *beside, "swordfish", *beside) == ["CODE_WORD"]
    assert entities(scanner, *beside, "a swordfish", *beside) == []


def test_customers_recognisers_see_what_machines_write() -> None:
    assert entities(build_scanner(tuning=parse_tuning(MACHINES)), UUID) == ["DEVICE"]
    assert entities(build_scanner(), UUID) == []


@pytest.mark.parametrize("contract", ["egress", "presidio"])
def test_presidios_recognisers_work_in_both_contracts(contract: Contract) -> None:
    scanner = build_scanner(contract, tuning=parse_tuning(PRESIDIO))
    assert entities(scanner, "Mrs", "203.0.113.9") == ["TITLE", "IP_ADDRESS"]


def test_the_contracts_differ_in_what_keys_say() -> None:
    assert build_scanner().entity_of_field("customers", "email") == "EMAIL_ADDRESS"
    assert build_scanner("presidio").entity_of_field("customers", "email") is None


@pytest.mark.parametrize(
    ("contract", "ner", "tuning", "settings"),
    [
        ("egress", True, PRESIDIO + OURS, []),
        ("presidio", True, "", ["ner"]),
        ("presidio", True, OURS, ["ner", "tuning"]),
        ("presidio", False, PRESIDIO, []),
    ],
)
def test_what_cannot_work_together_is_told_whole(
    contract: Contract, ner: bool, tuning: str, settings: list[str]
) -> None:
    tuned: Tuning = parse_tuning(tuning)
    assert [one.setting for one in objections(contract, ner=ner, tuning=tuned)] == settings
    if settings:
        with pytest.raises(ValueError, match="presidio contract") as caught:
            build_scanner(contract, ner=ner, tuning=tuned)
        assert [line.split(":")[0] for line in str(caught.value).splitlines()] == settings


def test_a_missing_model_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NerReader, "available", False)
    with pytest.raises(ValueError, match=r"pip install egresswatch\[ner\]"):
        build_scanner(ner=True)
