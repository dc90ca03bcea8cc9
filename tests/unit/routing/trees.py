"""Trees of routes for tests, as the configuration file would have them."""

from typing import Any

from alerts.routing import Fault, RouteTree, RoutingSettings, World, faults

SINKS = ["mail", "chat", "pager-anna", "pager-bernd"]
WORLD = World(
    {"stripe": "payments-team", "hubspot": "crm-team", "warehouse": ""},
    frozenset({"user.contact", "user.contact.email", "user.health_and_medical"}),
)


def tree(*routes: dict[str, Any], **settings: Any) -> RouteTree:
    """A tree with these routes below its top."""
    return RouteTree(RoutingSettings.model_validate({"routes": list(routes), **settings}), SINKS)


def problems(*routes: dict[str, Any], **settings: Any) -> list[Fault]:
    return faults(tree(*routes, **settings), SINKS, WORLD)
