"""Tuning files: what they decide, and how they say what is wrong."""

from collections import Counter
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.decode import Decoded
from detectors.decode.base import Leaf
from detectors.scan.base import Hit
from detectors.scan.keys.names import KeyNames, default_lexicon
from detectors.scan.scanner import Scanner
from detectors.scan.tuning import Tuning, hashed, parse_tuning
from detectors.scan.tuning.regions import default_regions
from detectors.taxonomy import default_taxonomy
from detectors.yamlfile import ConfigError

KEY = b"k" * 32
AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
ENTRY = "- {id: one, owner: me, reason: ours, expires: 2026-06-30, %s}"


def allow(conditions: str, key: bytes | None = KEY) -> Tuning:
    return parse_tuning("allow:\n  " + ENTRY % conditions, key=key)


def hit(
    value: str, entity: str = "EMAIL_ADDRESS", score: float = 0.9, path: str = "body>json:$.to"
) -> Hit:
    return Hit(Leaf(path, (), value), entity, 0, len(value), score, "pattern")


def kept(tuning: Tuning, one: Hit, subprocessor: str = "mailer", at: datetime = AT) -> bool:
    tuned = tuning.apply([one], subprocessor, at)
    assert len(tuned.kept) + tuned.suppressed.total() == 1
    return bool(tuned.kept)


# -- allow-lists


@pytest.mark.parametrize(
    ("conditions", "allowed", "not_allowed"),
    [
        ("value: {exact: [Info@X.com]}", "info@x.com", "info@x.com.au"),
        ("value: {suffix: [x.com]}", "jane@x.com", "jane@max.com"),
        ("value: {suffix: [x.com]}", "jane@mail.x.com", "x.com@y.org"),
        ("value: {suffix: ['@x.com']}", "jane@x.com", "jane@mail.x.com"),
        ("value: {regex: ['no-?reply@.*']}", "noreply@x.com", "no reply@x.com"),
        ("value: {regex: ['a@b']}", "a@b", "a@bc"),
        ("value: {regex: ['.*']}", "a" * 256, "a" * 257),
    ],
)
def test_values(conditions: str, allowed: str, not_allowed: str) -> None:
    tuning = allow(conditions)
    assert not kept(tuning, hit(allowed))
    assert kept(tuning, hit(not_allowed))


def test_hashed_values_are_nowhere_in_the_file() -> None:
    digest = hashed(KEY, "user.contact.email", "Jane@Example.com")
    tuning = allow(f"value: {{hashed: [{digest}]}}")
    assert not kept(tuning, hit("jane@example.com "))
    assert kept(tuning, hit("john@example.com"))
    assert kept(tuning, hit("jane@example.com", "USERNAME"))
    assert digest != hashed(b"o" * 32, "user.contact.email", "Jane@Example.com")


def test_spellings_of_one_number_have_one_hash() -> None:
    first, second = "+49 (30) 1234-567", "0049301234567"
    category = "user.contact.phone_number"
    assert hashed(KEY, category, first) == hashed(KEY, category, second)


@pytest.mark.parametrize(
    ("path", "matches"),
    [
        ("body>json:$.context.library.email", True),
        ("body>json:$.items[7].email", True),
        ("body>json:$.items[7].emails", False),
        ("header:x-mail", False),
    ],
)
def test_paths(path: str, matches: bool) -> None:
    tuning = allow("paths: ['*.library.*', 'body>json:$.items[*].email']")
    assert kept(tuning, hit("a@b.com", path=path)) is not matches


def test_conditions_hold_together() -> None:
    tuning = allow("value: {exact: [a@b.com]}, subprocessors: [mailer], categories: [user.contact]")
    assert not kept(tuning, hit("a@b.com"))
    assert kept(tuning, hit("a@b.com"), subprocessor="ads")
    assert kept(tuning, hit("a@b.com", "USERNAME"))


@pytest.mark.parametrize(
    ("at", "counts"),
    [
        (datetime(2026, 6, 30, 23, 59, tzinfo=UTC), True),
        (datetime(2026, 7, 1, 0, 0, tzinfo=UTC), False),
        (datetime(2026, 7, 1, 1, 0, tzinfo=timezone(timedelta(hours=2))), True),
    ],
)
def test_expiry_is_judged_by_the_events_time(at: datetime, counts: bool) -> None:
    tuning = allow("value: {exact: [a@b.com]}")
    assert kept(tuning, hit("a@b.com"), at=at) is not counts


def test_suppressed_hits_are_counted_by_entry() -> None:
    tuning = parse_tuning(
        "thresholds: {default: 0.5}\nregions: [de]\nallow:\n  "
        + ENTRY % "value: {exact: [a@b.com]}"
        + "\n  - {id: two, owner: me, reason: r, expires: 2030-01-01, paths: ['*']}"
    )
    hits = [
        hit("a@b.com"),
        hit("c@d.com"),
        hit("x@d.com", score=0.4),
        hit("521-05-3403", "US_SSN"),
        hit("521-05-3404", "US_SSN"),
    ]
    tuned = tuning.apply(hits, "mailer", AT)
    assert tuned.kept == []
    assert tuned.suppressed == Counter(
        {"allow:one": 1, "allow:two": 1, "threshold": 1, "region:us": 2}
    )


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a@b.com", "x@y.z"]),
            st.sampled_from(["US_SSN", "PERSON", "EMAIL_ADDRESS"]),
            st.floats(0, 1),
        )
    )
)
def test_nothing_is_lost(made: list[tuple[str, str, float]]) -> None:
    tuning = parse_tuning(
        "thresholds: {default: 0.3}\nregions: []\nallow:\n  " + ENTRY % "value: {exact: [a@b.com]}"
    )
    hits = [hit(value, entity, score) for value, entity, score in made]
    tuned = tuning.apply(hits, "mailer", AT)
    assert len(tuned.kept) + tuned.suppressed.total() == len(hits)
    assert [h for h in hits if h in tuned.kept] == tuned.kept


# -- thresholds and regions


def test_the_nearest_threshold_decides() -> None:
    tuning = parse_tuning("""
thresholds:
  default: 0.5
  categories: {user.contact: 0.7, user.contact.email: 0.8}
  subprocessors:
    ads: {default: 0.2}
    mailer: {categories: {user.contact: 0.95}}
""")
    assert not kept(tuning, hit("x", "EMAIL_ADDRESS", 0.9), "mailer")
    assert kept(tuning, hit("x", "EMAIL_ADDRESS", 0.3), "ads")
    assert not kept(tuning, hit("x", "EMAIL_ADDRESS", 0.75), "other")
    assert kept(tuning, hit("x", "PHONE_NUMBER", 0.75), "other")
    assert kept(tuning, hit("x", "PERSON", 0.5), "mailer")
    assert not kept(tuning, hit("x", "PERSON", 0.49), "mailer")


def test_without_a_file_everything_is_kept() -> None:
    tuning = parse_tuning("")
    assert kept(tuning, hit("x", "US_SSN", 0.01))
    assert tuning.recognisers() == []


@pytest.mark.parametrize(
    ("entity", "region"),
    [
        ("DE_TAX_ID", "de"),
        ("UK_NHS", "gb"),
        ("MEDICAL_LICENSE", "us"),
        ("IP_ADDRESS", None),
        ("NATIONAL_ID", None),
        ("EMAIL_ADDRESS", None),
        ("IN_PAN", "in"),
        ("SECRET", None),
    ],
)
def test_packs(entity: str, region: str | None) -> None:
    assert default_regions().of(entity) == region


def test_every_country_entity_is_in_a_pack() -> None:
    prefixed = {e for e in default_taxonomy().entities if e[2:3] == "_"}
    assert {e for e in prefixed if default_regions().of(e) is None} == {"IP_ADDRESS"}


def test_regions_and_their_other_names() -> None:
    tuning = parse_tuning("regions: [uk, de]")
    assert kept(tuning, hit("x", "UK_NHS"))
    assert kept(tuning, hit("x", "DE_TAX_ID"))
    assert not kept(tuning, hit("x", "US_SSN"))
    assert kept(tuning, hit("x", "EMAIL_ADDRESS"))


# -- recognisers

RECOGNISERS = r"""
regions: [de]
recognisers:
  - name: customer-number
    entity: CUSTOMER_NUMBER
    category: user.unique_id
    pattern: 'K-?\d{8}'
    check: luhn
    examples: {good: [K-12345674], bad: [K-12345675]}
  - name: french
    entity: FRENCH_NUMBER
    category: user.unique_id
    pattern: 'F\d{8}'
    region: fr
    examples: {good: [F12345678]}
presidio:
  recognizers:
    - {name: titles, supported_entity: TITLE, deny_list: [Mrs.]}
presidio_classes: [tests.support.presidio_own.BadgeRecognizer]
"""


def test_own_recognisers_go_into_the_scanner() -> None:
    tuning = parse_tuning(RECOGNISERS)
    scanner = Scanner(tuning.recognisers(), [], KeyNames(default_lexicon()))
    leaf = Leaf("body>json:$.x", (), "Mrs. K-12345674 has badge B-1235, F12345678")
    hits = scanner.scan(Decoded([leaf]))
    assert [hit.entity for hit in hits] == ["TITLE", "CUSTOMER_NUMBER", "BADGE"]
    assert tuning.taxonomy.category("CUSTOMER_NUMBER") == "user.unique_id"
    assert len(tuning.presidio) == 2


# -- reports

WRONG = r"""
regions: [de, xx]
threshold: {}
allow:
  - {id: one, owner: me, reason: r, expires: soon, value: {exact: [x]}}
  - {id: one, owner: me, reason: r, expires: 2026-01-01}
  - {id: two, owner: m, reason: r, expires: 2026-01-01, categories: [x], value: {regex: ['(a+)+']}}
  - {id: three, owner: me, expires: 2026-01-01, value: {hashed: [abc]}}
recognisers:
  - name: a
    entity: A_NUMBER
    category: user.unique
    pattern: 'A\d{3}'
    examples:
      good:
        - A123
        - B123
      bad:
        - A999
  - {name: b, entity: B_NUMBER, category: user.unique_id, pattern: '(', examples: {good: [x]}}
  - {name: c, entity: PERSON, category: user.unique_id, pattern: C1, examples: {good: [C1]}}
presidio:
  recognizers:
    - {name: ok, supported_entity: OK, deny_list: [x]}
    - {name: Nope, type: predefined}
presidio_classes: [no.such.Class]
thresholds:
  categories: {user.contac: 0.5, user: 0.5, user.contact.email: 0.5}
  subprocessors:
    mailer: {categories: {email: 0.5}}
"""


def test_every_problem_is_in_one_report_with_its_line() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_tuning(WRONG)
    told = {(p.line, p.key.split(".")[-1]) for p in caught.value.problems}
    lines = [p.line for p in caught.value.problems]
    assert lines == sorted(lines)
    text = str(caught.value)
    for line, says in [
        (2, "no country pack"),
        (3, "did you mean 'thresholds'"),
        (5, "expires"),
        (6, "several of this name"),
        (6, "give `value` or `paths`"),
        (7, "repeats a group"),
        (8, "is missing"),
        (8, "no key for hashed"),
        (12, "no category of the taxonomy"),
        (7, "no category of the taxonomy"),
        (28, "no category of the taxonomy"),
        (30, "no category of the taxonomy"),
        (17, "nothing is found in this example"),
        (19, "something is found in this example"),
        (20, "not a regular expression"),
        (21, "under another category"),
        (25, "Presidio says"),
        (26, "cannot be loaded"),
    ]:
        assert any(f":{line}:" in row and says in row for row in text.splitlines()), (
            line,
            says,
            text,
        )
    assert told


def test_a_date_that_does_not_exist() -> None:
    with pytest.raises(ConfigError, match="a date that does not exist"):
        parse_tuning("allow:\n  " + ENTRY.replace("06-30", "13-30") % "paths: [x]")


def test_a_report_shows_no_values() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_tuning("allow:\n  " + ENTRY % "value: {exact: [[jane@example.com]]}")
    assert "jane" not in str(caught.value)


def test_a_short_key_is_no_key() -> None:
    digest = "0" * 64
    with pytest.raises(ConfigError, match="32 bytes"):
        allow(f"value: {{hashed: [{digest}]}}", key=b"short")
    with pytest.raises(ValueError, match="32 bytes"):
        hashed(b"short", "user", "x")
