"""Whom an alert is told: a tree of routes, with hours and rotations."""

from alerts.routing.check import Fault, faults
from alerts.routing.region import World
from alerts.routing.router import Router
from alerts.routing.settings import RoutingSettings
from alerts.routing.tree import Route, RouteTree, Step

__all__ = ["Fault", "Route", "RouteTree", "Router", "RoutingSettings", "Step", "World", "faults"]
