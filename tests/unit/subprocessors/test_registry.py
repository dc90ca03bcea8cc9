import pytest

from detectors.subprocessors import load_registry
from detectors.yamlfile import ConfigError

REGISTRY = load_registry(
    """
subprocessors:
  - id: stripe
    name: Stripe
    domains: [stripe.com]
    principals: [svc-stripe]
  - id: stripe-files
    domains: [files.stripe.com]
  - id: exact
    hosts: [API.Partner.example]
  - id: on-prem
    cidrs: [198.51.100.0/24, "2001:db8::/32"]
""",
    "registry.yaml",
)


@pytest.mark.parametrize(
    ("domain", "ip", "owner", "registered"),
    [
        ("stripe.com", "", "stripe", True),
        ("api.stripe.com", "", "stripe", True),
        ("API.Stripe.com.", "", "stripe", True),
        ("files.stripe.com", "", "stripe-files", True),
        ("eu.files.stripe.com", "", "stripe-files", True),
        ("api.partner.example", "", "exact", True),
        ("other.partner.example", "", "partner.example", False),
        ("notstripe.com", "", "notstripe.com", False),
        ("stripe.com.evil.net", "", "evil.net", False),
        ("a.b.shop.co.uk", "", "shop.co.uk", False),
        ("198.51.100.7", "", "on-prem", True),
        ("", "198.51.100.7", "on-prem", True),
        ("internal", "198.51.100.7", "on-prem", True),
        ("[2001:db8::1]", "", "on-prem", True),
        ("203.0.113.9", "", "203.0.113.9", False),
        ("", "203.0.113.9", "203.0.113.9", False),
        ("localhost", "", "localhost", False),
        ("", "", "unknown", False),
        ("", "not an address", "unknown", False),
    ],
)
def test_a_destination_belongs_to_the_most_specific_entry(
    domain: str, ip: str, owner: str, registered: bool
) -> None:
    found = REGISTRY.attribute(domain, ip)

    assert (found.subprocessor, found.registered) == (owner, registered)


def test_labels_that_look_like_data_are_not_stored() -> None:
    assert REGISTRY.attribute("tel-4915112345.calls.stripe.com", "").destination == (
        "*.calls.stripe.com"
    )
    assert REGISTRY.attribute("api.stripe.com", "").destination == "api.stripe.com"


def test_principals_and_names_of_access_logs() -> None:
    assert REGISTRY.principal("svc-stripe")[:2] == ("stripe", True)
    assert REGISTRY.principal("jane")[:2] == ("unknown", False)
    assert REGISTRY.named("exact")[:2] == ("exact", True)
    assert REGISTRY.named("nobody")[:2] == ("nobody", False)


def test_titles_are_names_then_ids_then_domains() -> None:
    assert [REGISTRY.title(one) for one in ("stripe", "exact", "evil.net")] == [
        "Stripe",
        "exact",
        "evil.net",
    ]


def test_every_problem_of_a_file_comes_in_one_report_with_its_line() -> None:
    text = """
subprocessors:
  - id: a
    domain: [a.com]
  - id: B B
    domains:
      - co.uk
      - https://b.com/
    cidrs: [300.0.0.0/8]
"""
    with pytest.raises(ConfigError) as caught:
        load_registry(text, "r.yaml")

    assert [(p.line, p.key) for p in caught.value.problems] == [
        (4, "subprocessors[0].domain"),
        (5, "subprocessors[1].id"),
        (7, "subprocessors[1].domains[0]"),
        (8, "subprocessors[1].domains[1]"),
        (9, "subprocessors[1].cidrs[0]"),
    ]
    assert "did you mean 'domains'?" in str(caught.value)


def test_an_id_comes_once() -> None:
    with pytest.raises(ConfigError, match="come twice: a"):
        load_registry("subprocessors: [{id: a}, {id: a}]", "r.yaml")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("subprocessors:\n  - id: [a\n", 3, "not YAML"),
        ("- a\n", 1, "a mapping"),
        ("a: 1\na: 2\n", 2, "not YAML"),
        ("a: \x00\n", 1, "not YAML"),
    ],
)
def test_a_file_that_is_no_yaml_mapping_is_refused_by_line(
    text: str, line: int, words: str
) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        load_registry(text, "r.yaml")
    assert caught.value.problems[0].line == line


def test_an_empty_file_registers_nobody() -> None:
    assert load_registry("", "r.yaml").subprocessors == {}


def test_a_key_that_stands_twice_is_told_without_its_values() -> None:
    with pytest.raises(ConfigError, match="a key stands here twice") as caught:
        load_registry("a: SECRET-ONE\na: SECRET-TWO\n", "r.yaml")
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize("text", ["jane@example.com", "Jane Doe", "x" * 300])
def test_what_is_no_name_of_a_machine_is_not_kept(text: str) -> None:
    assert REGISTRY.attribute(text, text) == ("unknown", False, "")
    assert REGISTRY.named(text)[:2] == ("unknown", False)
