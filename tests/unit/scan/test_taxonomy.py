"""Entities to categories, and what is known of these."""

import pytest

from detectors.taxonomy import Taxonomy, default_taxonomy, matches
from detectors.yamlfile import ConfigError


def test_the_default_taxonomy() -> None:
    taxonomy = default_taxonomy()
    assert taxonomy.category("EMAIL_ADDRESS") == "user.contact.email"
    assert taxonomy.category("US_SSN") == "user.government_id.national_identification_number"
    assert taxonomy.label("user.contact.email") == "e-mail addresses"
    assert taxonomy.sensitivity("user.health_and_medical") == "special"


def test_what_is_not_described_is_as_careful_as_what_is_above() -> None:
    taxonomy = default_taxonomy()
    assert taxonomy.sensitivity("user.health_and_medical.genetic") == "special"
    assert taxonomy.sensitivity("user.hobbies") == "basic"
    assert taxonomy.label("user.hobbies") == "user.hobbies"
    assert taxonomy.category("SOMETHING_NEW") == "user"


@pytest.mark.parametrize(
    ("category", "pattern", "covered"),
    [
        ("user.contact.email", "user.contact", True),
        ("user.contact.email", "user.contact.email", True),
        ("user.contact", "user.contact.email", False),
        ("user.contacts", "user.contact", False),
        ("user.name", "*", True),
    ],
)
def test_matches(category: str, pattern: str, covered: bool) -> None:
    assert matches(category, pattern) is covered


def test_an_entity_needs_a_described_category() -> None:
    with pytest.raises(ConfigError, match=r"user\.shoe_size"):
        Taxonomy.parse("categories: {}\nentities: {SHOE: user.shoe_size}\n")


@pytest.mark.parametrize(
    ("entity", "common"),
    [
        ("US_SSN", "NATIONAL_ID"),
        ("ES_NIE", "NATIONAL_ID"),
        ("UK_NHS", "NATIONAL_ID"),
        ("UK_PASSPORT", "PASSPORT"),
        ("IBAN_CODE", "IBAN"),
        ("DE_PLZ", "POSTCODE"),
        ("PERSON", "PERSON"),
        ("MAC_ADDRESS", "MAC_ADDRESS"),
        ("SOMETHING_NEW", "SOMETHING_NEW"),
    ],
)
def test_common_names(entity: str, common: str) -> None:
    assert default_taxonomy().common_name(entity) == common
