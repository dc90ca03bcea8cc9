import msgspec
import pytest

from detectors.policy import judge, load_policy
from detectors.policy.judge import CHECKS, tls_number
from detectors.records import CategoryCount, Flow
from detectors.yamlfile import ConfigError
from tests.support.moments import at

POLICY = load_policy(
    """
default: {allowed: [user.name]}
subprocessors:
  stripe: {allowed: [user.contact, user.payment]}
  archive: {allowed: ["*"]}
""",
    "policy.yaml",
)
EMAIL = CategoryCount(name="user.contact.email", values=1, fields=("body>json:$.email",))
HEALTH = CategoryCount(name="user.health_and_medical", values=1, fields=("body>json:$.note",))
CLEAN = Flow(
    timestamp=at(),
    id="1",
    channel="egress",
    subprocessor="stripe",
    registered=True,
    scheme="https",
    tls_version="1.3",
)


def rules(flow: Flow = CLEAN, **changes: object) -> dict[str, tuple[str, ...]]:
    changed = msgspec.structs.replace(flow, **changes)
    return {one.rule: one.categories for one in judge(changed, POLICY)}


def test_what_is_allowed_goes_without_a_word() -> None:
    assert rules(categories=(EMAIL,)) == {}


def test_a_category_the_grant_does_not_cover_is_named() -> None:
    assert rules(categories=(EMAIL, HEALTH)) == {"category-not-allowed": (HEALTH.name,)}


def test_a_registered_sub_processor_without_a_grant_has_the_default() -> None:
    name = CategoryCount(name="user.name", values=1)
    assert rules(subprocessor="other", categories=(name,)) == {}
    assert rules(subprocessor="other", categories=(EMAIL,)) == {
        "category-not-allowed": (EMAIL.name,)
    }


def test_a_star_allows_everything() -> None:
    assert rules(subprocessor="archive", categories=(EMAIL, HEALTH)) == {}


def test_a_prefix_covers_whole_words_only() -> None:
    near = CategoryCount(name="user.contacts", values=1)
    assert "category-not-allowed" in rules(categories=(near,))


def test_an_unregistered_destination_breaks_one_rule_not_two() -> None:
    assert rules(subprocessor="evil.net", registered=False, categories=(EMAIL,)) == {
        "unregistered-subprocessor": (EMAIL.name,)
    }


def test_plain_http_counts_unless_tls_was_seen() -> None:
    assert "plaintext-http" in rules(categories=(EMAIL,), scheme="http", tls_version="")
    assert rules(categories=(EMAIL,), scheme="http", tls_version="1.3") == {}


@pytest.mark.parametrize(
    ("version", "weak"),
    [("1.0", True), ("1.1", True), ("1.2", False), ("1.3", False), ("", False), ("9", False)],
)
def test_tls_below_the_minimum(version: str, weak: bool) -> None:
    assert ("weak-tls" in rules(categories=(EMAIL,), tls_version=version)) is weak


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("TLSv1.2", "1.2"),
        ("TLS 1.3", "1.3"),
        ("tls1.1", "1.1"),
        ("1.2", "1.2"),
        ("TLSv1", "1.0"),
        ("SSLv3", "SSLv3"),
        ("", ""),
    ],
)
def test_tls_versions_in_every_spelling(text: str, number: str) -> None:
    assert tls_number(text) == number


def test_personal_data_in_a_url() -> None:
    in_url = CategoryCount(name="user.contact.email", values=1, fields=("url.query:q",))
    assert rules(categories=(in_url,)) == {"pii-in-url": (in_url.name,)}


def test_a_flow_without_personal_data_breaks_nothing() -> None:
    assert rules(registered=False, scheme="http", tls_version="") == {}


def test_a_disabled_rule_is_not_applied() -> None:
    policy = load_policy("disabled: [plaintext-http]", "p.yaml")
    flow = msgspec.structs.replace(
        CLEAN, categories=(EMAIL,), scheme="http", tls_version="", registered=False
    )
    assert [one.rule for one in judge(flow, policy)] == ["unregistered-subprocessor"]


def test_every_rule_of_the_policy_has_words_and_a_remedy() -> None:
    from detectors.policy.explain import violation_message
    from detectors.rules import RULES

    for rule in CHECKS:
        assert RULES[rule].remedy
        words = violation_message(rule, "e-mail addresses", EMAIL.name, "Stripe", "crm")
        assert words.startswith("e-mail addresses (user.contact.email) to Stripe from crm: ")


def test_problems_of_a_policy_come_with_line_and_remedy() -> None:
    text = """tls_min: "1.4"
subprocessors:
  stripe: {allow: [user.contact]}
  other:
    allowed: [email]
disabled: [no-such-rule]
"""
    with pytest.raises(ConfigError) as caught:
        load_policy(text, "p.yaml")
    assert [p.line for p in caught.value.problems] == [1, 3, 5, 6]
    assert "did you mean 'allowed'?" in str(caught.value)
    assert "a data category such as user.contact.email" in str(caught.value)


def test_what_is_no_tls_version_is_not_kept() -> None:
    assert tls_number("jane@example.com") == ""
