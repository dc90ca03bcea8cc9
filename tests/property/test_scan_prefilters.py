"""No prefilter loses what its recogniser would find, and our phones are libphonenumber's."""

import phonenumbers
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.decode import Decoded, Leaf
from detectors.scan import Scanner
from detectors.scan.family import Family, machine_form
from detectors.scan.keys.names import KeyNames, default_lexicon
from detectors.scan.patterns.data import default_patterns
from detectors.scan.patterns.numbering import is_international
from detectors.scan.patterns.phones import PhoneRecogniser
from tests.contract.test_recognisers import MEMBERS, ROOT, shuffled, texts

often = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
LEAVES = [member for member in MEMBERS if not isinstance(member, Family)]
KEYS = ("passport", "ssn", "pesel", "phone", "secret", "iban")


def _written(shape: str) -> st.SearchStrategy[str]:
    signs = {"9": "0123456789", "A": "ABCDEFGHJKLMNPRSTVXZ", "X": "0123456789ABCXZ"}
    return st.tuples(*(st.sampled_from(signs.get(sign, sign)) for sign in shape)).map("".join)


SHAPES = sorted({s for n in default_patterns().ids.values() for s in (*n.shapes, *n.in_context)})
SECRETS = [form.pattern.replace(r"\b", "") for form in default_patterns().secrets.values()]
numbers = st.sampled_from(SHAPES).flatmap(_written)
secrets = st.sampled_from(SECRETS).flatmap(
    lambda p: st.from_regex(
        p.replace("600", "40").replace("8192", "40").replace("2048", "40"), fullmatch=True
    )
)
anything = st.one_of(texts, shuffled, numbers, secrets)


@pytest.mark.parametrize("member", LEAVES, ids=lambda member: member.name)
@often
@given(text=anything)
def test_gates_have_no_false_negatives(member: object, text: str) -> None:
    leaf = Leaf("body>json:$.x", KEYS[:3], text)
    if not (ROOT.may_match(text) and member.may_match(text)):  # type: ignore[attr-defined]
        assert [hit for hit in member.find(leaf) if hit.score >= 0.4] == []  # type: ignore[attr-defined]


@often
@given(text=anything)
def test_what_machines_write_is_nobodys_number(text: str) -> None:
    if machine_form(text):
        leaf = Leaf("body>json:$.x", (), text)
        hits = [hit for member in LEAVES for hit in member.find(leaf)]
        assert [hit for hit in hits if hit.score >= 0.4] == []


NUMBERS = [
    phonenumbers.format_number(example, style)
    for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    for kind in (0, 1, 3)
    if (example := phonenumbers.example_number_for_type(region, kind)) is not None
    for style in (0, 1)
]


def test_every_regions_numbers_are_found() -> None:
    [phones] = [member for member in MEMBERS if isinstance(member, PhoneRecogniser)]
    missed: list[str] = []
    for number in NUMBERS:
        leaf = Leaf("body>text", (), f"at {number}.")
        found = [hit.value for hit in phones.find(leaf) if phones.may_match(leaf.text)]
        missed += [] if found == [number] else [number]
    assert missed == []


@settings(max_examples=400, deadline=None)
@given(
    code=st.sampled_from(sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)),
    national=st.from_regex(r"[1-9][0-9]{5,11}", fullmatch=True),
)
def test_valid_is_what_libphonenumber_calls_valid(code: int, national: str) -> None:
    try:
        parsed = phonenumbers.parse(f"+{code}{national}", None)
    except phonenumbers.NumberParseException:
        return
    if len(str(parsed.national_number)) > len(national):
        # San Marino and Madagascar add an area code to numbers that lack it: these are known by
        # their length only
        return
    if phonenumbers.is_valid_number(parsed):
        assert is_international(f"{code}{national}")
    elif parsed.national_number == int(national):
        assert not is_international(f"{code}{national}")


def test_a_scanner_takes_single_recognisers_too() -> None:
    email = next(member for member in MEMBERS if member.name == "EmailRecogniser")
    scanner = Scanner([email], (), KeyNames(default_lexicon()))
    hits = scanner.scan(Decoded(leaves=[Leaf("body>text", (), "x jane@example.com y")]))
    assert [hit.value for hit in hits] == ["jane@example.com"]
