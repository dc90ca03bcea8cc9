"""The `presidio` contract finds exactly what the installed presidio-analyzer finds.

Against `reference_engine` (see detectors.scan.contract): entity, start, end, score and order, over
10,000 made-up texts from fixed seeds, and over whatever hypothesis comes up with.
"""

from functools import cache
from typing import Any

import pytest
import regex
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from detectors.decode import Decoded
from detectors.decode.base import Leaf
from detectors.scan.contract import LONGEST, PresidioScanner, default_recognisers, reference_engine
from detectors.scan.contract.addresses import KNOWN, address_matches
from detectors.scan.contract.gates import Expression, Gates, _Letters
from detectors.scan.contract.hosts import host_matches, is_known
from detectors.scan.contract.phones import PhoneFinder
from tests.support.presidio_texts import Texts

BATCHES, BATCH = 10, 1_000


@cache
def scanner() -> PresidioScanner:
    return PresidioScanner()


@cache
def engine() -> Any:
    return reference_engine()


def expected(text: str, context: list[str] | None = None) -> list[tuple[str, int, int, float]]:
    results = engine().analyze(text, language="en", context=context)
    return [(r.entity_type, r.start, r.end, r.score) for r in results]


@pytest.mark.parametrize("seed", range(BATCHES))
def test_ten_thousand_texts(seed: int) -> None:
    made = iter(Texts(seed))
    texts = [next(made) for _ in range(BATCH)]
    different = [text for text in texts if scanner().analyze(text) != expected(text)]
    assert not different


def test_the_texts_have_every_entity() -> None:
    made = iter(Texts(0))
    found = {f.entity for _ in range(BATCH) for f in scanner().analyze(next(made))}
    assert found == scanner().entities


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example("")
@example(" 123456789 ")
@example("a:1 a 12345678 bank")
@example("ip https://a-b.io website")
@example("¼A0")
@example("a\u0301A0 x\u0301@y.com")
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]) | st.sampled_from("019aA:-. @/+")))
def test_any_text(text: str) -> None:
    assert scanner().analyze(text) == expected(text)


def test_given_context_counts() -> None:
    for context in (["creditCard"], ["phone"], ["nothing"]):
        text = "4111 1111 1111 1111 or 212-555-5555"
        assert scanner().analyze(text, context) == expected(text, context)


def test_a_leaf_has_its_key_as_context() -> None:
    leaf = Leaf("body>json:$.bank_account", ("customer", "bank_account"), "12345678")
    hits = scanner().scan(Decoded([leaf]))
    found = {(hit.entity, hit.start, hit.end, hit.score) for hit in hits}
    assert found == set(expected(leaf.text, ["bank_account"]))
    assert found != set(expected(leaf.text))


def test_a_long_text_is_the_sum_of_its_parts() -> None:
    text = "4111111111111111 " * (LONGEST // 8)
    found = [f for f in scanner().analyze(text) if f.entity == "CREDIT_CARD"]
    assert len(found) == LONGEST // 8


def test_no_gate_of_a_default_pattern_stays_open() -> None:
    pytest.importorskip("hyperscan")
    assert scanner()._gates.open_for("nothing to see") == []


def test_without_hyperscan_the_findings_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "hyperscan", None)
    slow = PresidioScanner()
    assert slow._gates._database is None
    made = iter(Texts(77))
    for _ in range(100):
        text = next(made)
        assert slow.analyze(text) == scanner().analyze(text)


@pytest.mark.parametrize(
    "regex",
    [r"(?:abc){e<=1}", r"\Aabc", r"abc\Z", r"a{,3}b", r"\p{L}+", r"(?<name>a)", r"[[a-z]--[b]]x"],
)
def test_what_hyperscan_reads_otherwise_is_never_gated(regex: str) -> None:
    assert Gates([Expression(regex, 26)]).open_for("zzz") in ([0], (0,))


@pytest.mark.parametrize(
    ("regex", "text"),
    [
        (r"\bé1", "é1"),
        (r"[^0-9]5", "é5"),
        (r"[^_]5", "é5"),
        (r"\d5", "٣5"),
        (r"kſ", "KS"),
        (r"[A-Z]9", "ſ9"),
        (r"[a-z]9", "\u212a9"),
        (r"\s5", "\x1f5"),
        (r"\b5", "–5"),
        (r"x\s5", "x\u00a05"),
        (r"^5$", "a\n5\nb"),
        (r"\b5", "¼5"),
        (r"\w5", "\u03015"),
    ],
)
def test_gates_outside_ascii(regex: str, text: str) -> None:
    assert list(Gates([Expression(regex, 26)]).open_for(text)) == [0]


def test_gates_take_every_character_for_what_it_is() -> None:
    letters = _Letters()
    folding = regex.compile(r"[\x00-\x7f]", regex.IGNORECASE)
    classes = [regex.compile(one) for one in (r"\w", r"\s")]
    for code in (*range(128, 0xD800), *range(0xE000, 0x30000)):
        character = chr(code)
        stands_for = letters[code]
        folds = folding.match(character) is not None
        assert not folds or stands_for in "ski"
        for one in classes:
            assert bool(one.match(character)) == bool(one.match(stands_for)) or character.isdigit()


@settings(max_examples=300, deadline=None)
@example("0172/1234567")
@example("+49 30 23125041 / 42")
@example("(011 49 30) 23125041")
@given(
    st.lists(
        st.from_regex(r"[0-9]{1,6}", fullmatch=True)
        | st.sampled_from(
            [
                "+",
                "(",
                ")",
                " ",
                "-",
                ".",
                "/",
                "x",
                "+49 30 ",
                "0",
                "00",
                "1",
                " - ",
                "212",
                "020 7",
            ]
        ),
        max_size=9,
    ).map("".join)
)
def test_phones_are_those_of_every_region(text: str) -> None:
    from phonenumbers import PhoneNumberMatcher

    regions = ("US", "GB", "DE", "FR", "IL", "IN", "CA", "BR", "AR", "IT", "MX")
    every = {(m.start, m.end) for region in regions for m in PhoneNumberMatcher(text, region)}
    assert PhoneFinder(regions, 1).find(text) == every


def email_pattern() -> Any:
    from presidio_analyzer.predefined_recognizers import EmailRecognizer

    pattern = EmailRecognizer().patterns[0]
    pattern.compiled_regex = regex.compile(pattern.regex, 26)
    return pattern


def test_the_installed_address_pattern_is_the_known_one() -> None:
    assert email_pattern().regex == KNOWN


@settings(max_examples=500, deadline=None)
@example("a@b.c@d.ef")
@example(".a@b.c-")
@example("a.@b.c a!@x.y_")
@given(st.text(alphabet="ab1.@-_!/ é\n,ſ") | st.text(alphabet="a.@", max_size=30))
def test_addresses_are_those_of_the_pattern(text: str) -> None:
    pattern = email_pattern()
    expected = [match.span() for match in pattern.compiled_regex.finditer(text)]
    assert [match.span() for match in address_matches(pattern, text)] == expected


def host_pattern() -> Any:
    from presidio_analyzer.predefined_recognizers import UrlRecognizer

    pattern = next(p for p in UrlRecognizer().patterns if p.name == "Non schema URL")
    pattern.compiled_regex = regex.compile(pattern.regex, 26)
    return pattern


def test_the_installed_host_pattern_is_known() -> None:
    assert is_known(host_pattern())


pieces = st.sampled_from(
    ["a", "www.", "www12.", ".", ".com", ".COM", ".co", "-", "/x", " ", "!", "ſ", "K", ".net"]
)


@settings(max_examples=400, deadline=None)
@example(["a" * 300, ".com"])
@example(["www1.", "a" * 253, ".com", "/p", ".net"])
@example(["!", ".com", " ", ".co", ".com"])
@given(st.lists(pieces | st.integers(240, 270).map("a".__mul__), max_size=9))
def test_hosts_are_those_of_the_pattern(parts: list[str]) -> None:
    pattern, text = host_pattern(), "".join(parts)
    expected = [match.span() for match in pattern.compiled_regex.finditer(text)]
    assert [match.span() for match in host_matches(pattern, text)] == expected


def test_the_defaults_are_the_libraries_own() -> None:
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NoOpNlpEngine

    nlp = NoOpNlpEngine([{"lang_code": "en", "model_name": "none"}])
    installed = AnalyzerEngine(nlp_engine=nlp, supported_languages=["en"])
    names = sorted(r.name for r in installed.get_recognizers("en"))
    assert sorted(r.name for r in default_recognisers()) == names


HOSTILE = {
    "one run of an address": "a." * 8_000 + " x@y.com",
    "a run with an address's end": "a." * 8_000 + "@ " + "a-" * 4_000 + "@x@y.com",
    "at signs": "a@" * 8_000 + "b.com",
    "domains": "a.com." * 2_500,
    "digits": "1" * 16_000,
    "digits apart": "1 " * 8_000,
    "colons": "a:" * 8_000,
    "white space": " " * 16_000 + "12345678 card",
    "punctuation before": "card" + "," * 16_000 + "12345678",
    "brackets": "(" * 16_000 + "1234567890",
    "no ASCII": "é1" * 8_000,
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_end(name: str) -> None:
    """Within a thousand times what they take; a quadratic pattern would take minutes."""
    scanner().analyze(HOSTILE[name])
