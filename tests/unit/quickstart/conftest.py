"""One catalogue, one pool and one timeline for all tests of the quickstart: they never change."""

from datetime import UTC, datetime

import pytest

from deploy.quickstart.incidents import Truth, load_incidents
from deploy.quickstart.links import load_links
from deploy.quickstart.people import Person, pool
from deploy.quickstart.templates import Catalogue, load
from deploy.quickstart.timeline import Plan, Planned

UNTIL = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load()


@pytest.fixture(scope="session")
def people() -> list[Person]:
    return pool(400, 7)


@pytest.fixture(scope="session")
def plan(catalogue: Catalogue, people: list[Person]) -> Plan:
    return Plan(
        links=load_links(),
        incidents=load_incidents(),
        catalogue=catalogue,
        people=people,
        until=UNTIL,
        events=6_000,
    )


@pytest.fixture(scope="session")
def timeline(plan: Plan) -> tuple[list[Planned], list[Truth]]:
    return plan.timeline()
