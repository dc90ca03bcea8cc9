"""Trees that are refused: wrong names, and routes that nothing can reach."""

from typing import Any

import pytest
from pydantic import ValidationError

from alerts.routing import RoutingSettings
from tests.unit.routing.trees import problems

OFFICE = {"office": "weekdays 08:00-18:00 UTC", "weekend": "weekends UTC"}


def said(*routes: dict[str, Any], **settings: Any) -> list[str]:
    """Each problem, with its place as a path."""
    return [
        f"{'.'.join(map(str, place[1:]))}: {problem}"
        for place, problem in problems(*routes, **settings)
    ]


def test_wrong_names_are_told_with_the_nearest_right_one() -> None:
    found = said(
        {
            "name": "it",
            "match": {"subprocessor": "strpe", "category": "usr.contact"},
            "except": {"owner": "crm-taem"},
            "when": "ofice",
            "receivers": ["mial", "on-cal"],
        },
        receivers=["chta"],
        intervals=OFFICE,
        rotations={
            "on-call": {"zone": "UTC", "start": "2026-03-02 09:00", "members": ["pager-ana"]},
            "mail": {"zone": "UTC", "start": "2026-03-02 09:00", "members": ["chat"]},
        },
    )
    assert found == [
        "rotations.on-call.members: there is no sink or rotation pager-ana; "
        "did you mean pager-anna?",
        "rotations.mail: a sink has this name: give the rotation another",
        "receivers: there is no sink or rotation chta; did you mean chat?",
        "routes.0.receivers: there is no sink or rotation mial; did you mean mail?",
        "routes.0.receivers: there is no sink or rotation on-cal; did you mean on-call?",
        "routes.0.match.subprocessor: there is no sub-processor strpe; did you mean stripe?",
        "routes.0.match.category: there is no category usr.contact; did you mean user.contact?",
        "routes.0.except.owner: there is no owner in the register crm-taem; did you mean crm-team?",
        "routes.0.when: there is no interval ofice; did you mean office?",
    ]


def test_what_nobody_registered_goes_by_its_domain() -> None:
    assert said({"match": {"subprocessor": ["tracker.example", "2001:db8::1", "acme-*"]}}) == []


HIGH = {"name": "high", "match": {"severity": ["high", "critical"]}}
LOW = {"name": "low", "match": {"severity": ["low", "medium"]}}


@pytest.mark.parametrize(
    ("routes", "problem"),
    [
        ([{"name": "a"}, {"name": "b"}], "b can match nothing: a before it takes everything"),
        ([HIGH, {"name": "b", "match": {"severity": "high", "service": "x"}}], "high before it"),
        ([HIGH, LOW, {"name": "rest"}], "rest can match nothing: the routes before it take"),
        (
            [{**HIGH, "routes": [{"name": "b", "match": {"severity": "low"}}]}],
            "b can match nothing: it contradicts the routes above it",
        ),
        (
            # the owner of stripe is another
            [{"name": "b", "match": {"subprocessor": "stripe", "owner": "crm-team"}}],
            "b can match nothing: its own lines contradict each other",
        ),
        (
            [{"name": "b", "match": {"severity": "low"}, "except": {"severity": "low"}}],
            "its own lines contradict each other",
        ),
        (
            [{"name": "b", "when": "office", "unless": ["office", "weekend"]}],
            "its own lines contradict each other",
        ),
        (
            # what comes to c has been through `high` before its parent
            [HIGH, {"name": "p", "match": {"service": "x"}, "routes": [{**HIGH, "name": "c"}]}],
            "c can match nothing: high before it takes everything",
        ),
        (
            [
                {"name": "a", "match": {"category": "user.contact"}},
                {"name": "b", "match": {"category": "user.contact.email"}},
            ],
            "b can match nothing: a before it",
        ),
        (
            [
                {"name": "a", "match": {"owner": "payments-team"}},
                {"name": "b", "match": {"subprocessor": "stripe"}},
            ],
            "b can match nothing: a before it",
        ),
        (
            [
                {"name": "a", "match": {"service": "bill*"}},
                {"name": "b", "match": {"service": "billing-*"}},
            ],
            "b can match nothing: a before it",
        ),
    ],
)
def test_a_route_that_nothing_reaches_is_refused_by_name(
    routes: list[dict[str, Any]], problem: str
) -> None:
    (found,) = said(*routes, intervals=OFFICE)
    assert problem in found


@pytest.mark.parametrize(
    "routes",
    [
        [{"name": "a", "continue": True}, {"name": "b"}],
        [HIGH, {"name": "b", "match": {"severity": ["high", "medium"]}}],
        # one alert can have both categories, and both services
        [{"name": "a", "match": {"category": "user.contact"}, "except": {"service": "x"}}, HIGH],
        [
            {
                "name": "a",
                "match": {"service": "x"},
                "routes": [{"name": "b", "match": {"service": "y"}}],
            }
        ],
        [{"name": "a", "when": "office"}, {"name": "b"}],
        [{"name": "a", "when": "office"}, {"name": "b", "when": "weekend"}],
        [
            {"name": "a", "match": {"category": "user.contact.email"}},
            {"name": "b", "match": {"category": "user.contact"}},
        ],
        [{"name": "a", "match": {"owner": "*"}}, {"name": "b", "match": {"subprocessor": "*"}}],
        [{**HIGH, "routes": [{"name": "b", "match": {"severity": "high"}}]}, LOW],
    ],
)
def test_a_route_that_something_can_reach_is_not(routes: list[dict[str, Any]]) -> None:
    assert said(*routes, intervals=OFFICE) == []


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({"routes": [{"receivers": []}]}, "receivers"),
        ({"receivers": []}, "receivers"),
        ({"routes": [{"match": {"severity": []}}]}, "severity"),
        ({"routes": [{"match": {"severity": "grave"}}]}, "severity"),
        ({"routes": [{"match": {"colour": "red"}}]}, "colour"),
        ({"routes": [{"match": {"rule": "volume"}}]}, "rule"),
        ({"intervals": {"office": "weekdays UTC-8"}}, "intervals"),
    ],
)
def test_what_can_be_wrong_in_a_line_is_told_with_the_line(
    settings: dict[str, Any], where: str
) -> None:
    with pytest.raises(ValidationError) as raised:
        RoutingSettings.model_validate(settings)
    assert any(where in map(str, one["loc"]) for one in raised.value.errors())
