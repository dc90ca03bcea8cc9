"""Whom an alert is told, and why."""

from typing import Any

import pytest

from alerts.messages import Receiver
from tests.support.messages import alert
from tests.support.moments import at
from tests.unit.routing.trees import SINKS, WORLD, tree

NIGHT, NOON = at(22), at(12)
OFFICE = {"office": "weekdays 08:00-18:00 UTC"}

_OF_THE_TREE = {"receivers", "intervals", "rotations"}


def told(*routes: dict[str, Any], moment: Any = NOON, **more: Any) -> list[tuple[str, str]]:
    """The sinks that are told of an alert of high severity about stripe, each with its route."""
    settings = {
        key: more.pop(key) for key in ("receivers", "intervals", "rotations") if key in more
    }
    found = tree(*routes, **settings).receivers(alert(**more), WORLD.owner, moment)
    return [(one.sink, one.route) for one in found]


def test_without_routes_every_sink_is_told_and_no_route_is_named() -> None:
    assert told() == [(sink, "") for sink in SINKS]
    assert told(receivers=["mail"]) == [("mail", "")]


@pytest.mark.parametrize(
    ("match", "matches"),
    [
        ({"subprocessor": "stripe"}, True),
        ({"subprocessor": ["hubspot", "str*"]}, True),
        ({"subprocessor": "hubspot"}, False),
        ({"severity": ["high", "critical"]}, True),
        ({"severity": "low"}, False),
        ({"category": "user.contact"}, True),
        ({"category": "user.contact.email"}, True),
        ({"category": "user.contact.em"}, False),
        ({"category": "user"}, True),
        ({"category": "user.health_and_medical"}, False),
        ({"service": "mailer"}, True),
        ({"service": "mail*"}, True),
        ({"service": "mail"}, False),
        ({"owner": "payments-team"}, True),
        ({"owner": "crm-team"}, False),
        ({"rule": "pii-in-url"}, False),
        ({"rule": "volume-*"}, True),
        ({"subprocessor": "stripe", "severity": "low"}, False),
    ],
)
def test_every_label_matches_its_values(match: dict[str, Any], matches: bool) -> None:
    route = {"name": "it", "match": match, "receivers": ["chat"]}
    expected = [("chat", "it")] if matches else [("mail", "")]
    assert told(route, receivers=["mail"], rule="volume-high") == expected
    # and `except` is the opposite
    route = {"name": "it", "except": match, "receivers": ["chat"]}
    if len(match) == 1:
        expected = [("mail", "")] if matches else [("chat", "it")]
        assert told(route, receivers=["mail"], rule="volume-high") == expected


def test_the_first_that_matches_takes_it_unless_it_continues() -> None:
    one = {"name": "one", "match": {"severity": "high"}, "receivers": ["chat"]}
    two = {"name": "two", "match": {"subprocessor": "stripe"}, "receivers": ["pager-anna", "chat"]}
    assert told(one, two) == [("chat", "one")]
    # a sink that two routes name is told once, by the first of them
    assert told({**one, "continue": True}, two) == [("chat", "one"), ("pager-anna", "two")]


def test_children_go_before_their_parent_and_inherit_its_receivers() -> None:
    parent = {
        "name": "payments",
        "match": {"owner": "payments-team"},
        "receivers": ["mail", "chat"],
        "routes": [
            {"name": "grave", "match": {"severity": "critical"}, "receivers": ["pager-anna"]},
            {"name": "known", "match": {"service": "checkout"}},
        ],
    }
    assert told(parent) == [("mail", "payments > known"), ("chat", "payments > known")]
    assert told(parent, severity="critical") == [("pager-anna", "payments > grave")]
    assert told(parent, services=("other",)) == [("mail", "payments"), ("chat", "payments")]


def test_outside_its_hours_a_route_does_not_match() -> None:
    day = {"name": "day", "when": "office", "receivers": ["chat"]}
    night = {"name": "night", "unless": "office", "receivers": ["on-call"]}
    turns = {
        "on-call": {
            "zone": "UTC",
            "start": "2026-03-02 09:00",
            "days": 1,
            "members": ["pager-anna", "pager-bernd"],
        }
    }
    more = {"intervals": OFFICE, "rotations": turns}
    assert told(day, night, moment=NOON, **more) == [("chat", "day")]
    assert told(day, night, moment=NIGHT, **more) == [("pager-anna", "night")]
    assert told(day, night, moment=at(22, day=1), **more) == [("pager-bernd", "night")]


def test_every_node_is_explained() -> None:
    steps = tree(
        {"name": "low", "match": {"severity": "low"}, "routes": [{"name": "below"}]},
        {"name": "it", "match": {"subprocessor": "stripe"}, "receivers": ["chat"]},
        {"name": "late", "except": {"category": "user.contact"}},
        intervals=OFFICE,
    ).explain(alert(), WORLD.owner, NOON)
    assert [(step.route.title, step.matched, step.told) for step in steps] == [
        ("default", True, ()),
        ("low", False, ()),
        ("low > below", False, ()),
        ("it", True, ("chat",)),
        ("late", False, ()),
    ]
    reasons = [step.reason for step in steps]
    assert reasons == [
        "matches every alert; a route below it takes it",
        "severity is high, not low",
        "low does not match",
        "subprocessor stripe",
        "it took it, and does not continue",
    ]


def test_a_route_without_a_name_is_called_by_what_it_matches() -> None:
    route = {"match": {"severity": ["high", "critical"]}, "except": {"rule": "volume-low"}}
    found = tree(route, receivers=["mail"]).receivers(alert(), WORLD.owner, NOON)
    assert found == (Receiver(sink="mail", route="severity=high|critical, rule!=volume-low"),)
