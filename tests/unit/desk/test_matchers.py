"""What a matcher means, and when several cannot fit anything."""

import pytest

from alerts.desk.labels import LABELS, labels_of
from alerts.desk.matchers import all_fit, contradict, parse_matcher, parse_matchers
from tests.support.messages import alert
from tests.support.naming import PlainNames

LABELS_OF_ALERT = labels_of(alert(services=("checkout", "mailer")), PlainNames())


def test_every_label_can_be_matched() -> None:
    assert set(LABELS_OF_ALERT) == set(LABELS)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("subprocessor=stripe", True),
        ('subprocessor = "stripe"', True),
        ("subprocessor=Stripe", False),
        ("subprocessor!=stripe", False),
        ("owner=team-stripe", True),
        ("severity=~high|critical", True),
        ("severity!~high|critical", False),
        ("service=mailer", True),  # any of several
        ("service!=mailer", False),  # none of several
        ("service=~mail", False),  # the whole value
        ("service=~mail.*", True),
        ("category=user.contact", True),  # a parent
        ("category=user.con", False),
        ("category=user.contact.email", True),
        ("destination=", False),
    ],
)
def test_a_matcher_fits(text: str, fits: bool) -> None:
    assert all_fit(parse_matchers([text]), LABELS_OF_ALERT) == fits


def test_an_empty_value_means_that_there_is_none() -> None:
    labels = labels_of(alert(services=()), PlainNames())
    assert parse_matcher("service=").fits(labels)
    assert not parse_matcher("service!=").fits(labels)


@pytest.mark.parametrize(
    ("texts", "never"),
    [
        (["rule=weak-tls", "rule=pii-in-url"], True),
        (["rule=weak-tls", "rule=~pii.*"], True),
        (["rule=~volume-.*", "rule!~volume-(high|low)"], True),
        (["subprocessor=a", "subprocessor!=a"], True),
        (["subprocessor=a", "subprocessor=b"], True),
        (["service=a", "service=b"], False),  # an incident has many services
        (["service=a", "service!=a"], True),
        (["category=user.contact.email", "category!=user.contact"], True),
        (["subprocessor=~a.*", "subprocessor=~b.*"], False),  # not certain
        (["rule=weak-tls", "severity=low", "service=~.*"], False),
    ],
)
def test_contradictions_are_seen_where_they_are_certain(texts: list[str], never: bool) -> None:
    assert contradict([parse_matcher(text) for text in texts]) == never
