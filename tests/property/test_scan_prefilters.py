"""No prefilter loses what Presidio's own recogniser would find: compared with it, text by text."""

from collections.abc import Iterator

import phonenumbers
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from presidio_analyzer.predefined_recognizers import PhoneRecognizer

from detectors.scan import Scanner
from detectors.scan.family import Family
from detectors.scan.phones import PhoneRecogniser
from detectors.scan.presidio import PresidioRecogniser
from tests.contract.test_recognisers import MEMBERS, ROOT, shuffled, texts


def under(family: Family) -> Iterator[tuple[PresidioRecogniser, tuple[Family, ...]]]:
    """Presidio's recognisers with the families whose gates stand before them."""
    for member in family.members:
        if isinstance(member, PresidioRecogniser):
            yield member, (family,)
        elif isinstance(member, Family):
            yield from ((inner, (family, *gates)) for inner, gates in under(member))


OF_PRESIDIO = list(under(ROOT))
often = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def matching(recogniser: PresidioRecogniser) -> st.SearchStrategy[str]:
    """Texts made from the recogniser's own patterns; validation often refuses them, so that
    several are joined."""
    analyser = recogniser.analyser
    patterns = [pattern.compiled_regex or pattern.regex for pattern in analyser.patterns]  # type: ignore[attr-defined]
    simple = [p if isinstance(p, str) else p.pattern for p in patterns]
    return st.sampled_from(simple).flatmap(_from_pattern)


def _from_pattern(pattern: str) -> st.SearchStrategy[str]:
    # hypothesis knows no look-arounds of variable length and no flags inside
    for part in ("(?i)", r"(?<![\w:])", r"(?![\w:]|\.\d)", r"(?![\w:])", r"(?!1\d{12}(?!\d))"):
        pattern = pattern.replace(part, "")
    return st.from_regex(pattern, fullmatch=True)


@pytest.mark.parametrize(
    ("member", "gates"), OF_PRESIDIO, ids=[member.name for member, _ in OF_PRESIDIO]
)
@often
@given(data=st.data())
def test_prefilter_has_no_false_negatives(
    member: PresidioRecogniser, gates: tuple[Family, ...], data: st.DataObject
) -> None:
    text = data.draw(st.one_of(texts, shuffled, matching(member)))
    if not all(recogniser.may_match(text) for recogniser in (member, *gates)):
        assert member.analyser.analyze(text, [], None) == []


NUMBERS = [
    phonenumbers.format_number(example, style)
    for region in PhoneRecognizer.DEFAULT_SUPPORTED_REGIONS
    for kind in (0, 1, 3)
    if (example := phonenumbers.example_number_for_type(region, kind)) is not None
    for style in (0, 1, 2)
]


@pytest.mark.parametrize("number", NUMBERS)
def test_phone_prefilter_lets_every_regions_numbers_pass(number: str) -> None:
    [phones] = [member for member in MEMBERS if isinstance(member, PhoneRecogniser)]
    assert phones.may_match(number)
    assert phones.may_match(f"call {number}.")


def test_a_scanner_takes_single_recognisers_too() -> None:
    from detectors.decode import Decoded, Leaf
    from detectors.scan.keys import KeyNames, default_lexicon

    email = next(member for member in MEMBERS if member.name == "EmailRecognizer")
    scanner = Scanner([email], (), KeyNames(default_lexicon()))
    hits = scanner.scan(Decoded(leaves=[Leaf("body>text", (), "x jane@example.com y")]))
    assert [hit.value for hit in hits] == ["jane@example.com"]
