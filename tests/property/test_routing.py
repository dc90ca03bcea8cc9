"""What the check calls unreachable no alert reaches, and the other way round."""

from itertools import chain, combinations, product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.routing import Route
from alerts.severity import LEVELS
from tests.support.messages import alert
from tests.support.moments import at
from tests.unit.routing.trees import WORLD, problems, tree

VENDORS = ["stripe", "hubspot", "warehouse", "tracker.example"]
SERVICES = ["web", "web-eu", "mailer"]
OFFICE = {"office": "weekdays 08:00-18:00 UTC"}

ALERTS = [
    alert(subprocessor=vendor, severity=severity, services=services, rule="pii-in-url")
    for vendor, severity, services in product(
        VENDORS,
        LEVELS,
        chain.from_iterable(combinations(SERVICES, count) for count in range(len(SERVICES) + 1)),
    )
]

labels: dict[str, list[str]] = {
    "subprocessor": ["stripe", "hubspot", "s*", "*"],
    "severity": list(LEVELS),
    "service": ["web", "web*", "mailer"],
    "owner": ["payments-team", "crm-team", "*"],
}


def some_of(values: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True)


matchers = st.fixed_dictionaries(
    {}, optional={label: some_of(values) for label, values in labels.items()}
)


def routes(depth: int) -> st.SearchStrategy[list[dict[str, Any]]]:
    node = st.fixed_dictionaries(
        {"match": matchers, "continue": st.booleans()},
        optional={
            "except": matchers,
            "when": st.just("office"),
            "unless": st.just("office"),
            **({"routes": routes(depth - 1)} if depth else {}),
        },
    )
    return st.lists(node, max_size=4)


def _places(route: Route) -> list[tuple[str | int, ...]]:
    return [route.place, *chain.from_iterable(map(_places, route.children))]


@settings(max_examples=40, deadline=None)
@given(routes(1))
def test_the_check_says_exactly_which_routes_are_reached(config: list[dict[str, Any]]) -> None:
    routed = tree(*config, intervals=OFFICE)
    reached = {
        step.route.place
        for one, moment in product(ALERTS, (at(12), at(22)))
        for step in routed.explain(one, WORLD.owner, moment)
        if step.matched
    }
    refused = [fault.place for fault in problems(*config, intervals=OFFICE)]
    # of those below an unreachable one nothing is said
    said = {
        place for place in _places(routed.root) if any(place[: len(one)] == one for one in refused)
    }
    assert set(_places(routed.root)) - reached == said
