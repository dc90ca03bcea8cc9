"""The company's ordinary traffic fits its register and its policy."""

import pytest

from deploy.quickstart.folder import HERE
from deploy.quickstart.links import RHYTHMS, Link, load_links
from deploy.quickstart.templates import Catalogue
from detectors.policy import Policy, load_policy
from detectors.subprocessors import load_registry
from detectors.taxonomy import default_taxonomy


def policy() -> Policy:
    return load_policy((HERE / "policy.yaml").read_text("utf-8"), "policy.yaml")


def test_what_the_templates_really_carry_is_allowed(catalogue: Catalogue) -> None:
    category = default_taxonomy().category
    rules = policy()
    for link in load_links():
        for template, _ in link.templates(catalogue):
            for entity in template.categories:
                assert rules.allows(link.to, category(entity)), f"{link.to} {template.call}"


def test_what_the_new_category_incident_carries_is_not_allowed() -> None:
    rules = policy()
    assert not rules.allows("amplitude", "user.financial.bank_account")
    assert not rules.allows("amplitude", "user.government_id.national_identification_number")


def test_every_vendor_of_the_register_gets_traffic_and_no_other_does() -> None:
    registry = load_registry((HERE / "subprocessors.yaml").read_text("utf-8"), "s.yaml")
    assert {link.to for link in load_links()} == registry.subprocessors.keys()


def test_a_call_that_carries_too_much_in_every_template_is_an_error(catalogue: Catalogue) -> None:
    link = Link(
        service="s", to="segment", daily=1, rhythm="office", calls={"track support note": 1.0}
    )
    with pytest.raises(LookupError, match="track support note"):
        link.templates(catalogue)


def test_a_call_that_does_not_exist_is_an_error(catalogue: Catalogue) -> None:
    link = Link(service="s", to="segment", daily=1, rhythm="office", calls={"nonsense": 1.0})
    with pytest.raises(LookupError, match="nonsense"):
        link.templates(catalogue)


@pytest.mark.parametrize("name", RHYTHMS)
def test_a_weekday_has_all_of_its_share(name: str) -> None:
    rhythm = RHYTHMS[name]
    assert sum(rhythm.share(2, hour) for hour in range(24)) == pytest.approx(1.0)
    assert sum(rhythm.share(5, hour) for hour in range(24)) == pytest.approx(rhythm.saturday)
    assert sum(rhythm.share(6, hour) for hour in range(24)) == pytest.approx(rhythm.sunday)
