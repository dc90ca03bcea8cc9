"""A whole fleet from one seed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import cached_property

import numpy as np

from detectors.records import PartialSum
from tests.support.fleet.draw import REQUESTS_A_READ, Counts, Drawn, drawn_of, events_of, wander
from tests.support.fleet.happenings import Course, harmless, moment
from tests.support.fleet.incidents import strike
from tests.support.fleet.labels import Incident
from tests.support.fleet.rhythm import Series, expected
from tests.support.fleet.scale import FULL, MINUTES_A_DAY, Scale
from tests.support.fleet.traffic import sums_of_day
from tests.support.fleet.vendors import make_streams


class Fleet:
    """`incidents` and `benign` are the truth, `keys` the counts, `sums()` the traffic."""

    def __init__(self, seed: int, scale: Scale = FULL) -> None:
        self.seed = seed
        self.scale = scale
        rng = np.random.default_rng([seed, 20_260_309])
        courses = _courses(rng, scale)
        self.benign = harmless(rng, courses, scale)
        self.incidents = strike(rng, courses, scale)
        taken = {incident.subprocessor for incident in self.incidents}
        if not scale.kinds or "new-service" in scale.kinds:
            self.incidents += _new_service(rng, courses, scale, taken)
        self._rng, self._courses = rng, courses

    @cached_property
    def keys(self) -> list[Drawn]:
        """Drawn when they are asked for: labels alone are cheap."""
        return _draw(self._rng, self._courses, self.scale)

    def sums(self) -> Iterator[tuple[datetime, list[PartialSum]]]:
        """(window, its sums) in order of time. Windows without traffic are empty lists."""
        for day in range(self.scale.days):
            yield from sums_of_day(self.keys, day, self.scale)


def _courses(rng: np.random.Generator, scale: Scale) -> list[Course]:
    closed = set(rng.choice(scale.days, 1).tolist())
    european = closed | {day for day in (25,) if day < scale.days}
    courses: list[Course] = []
    for stream in make_streams(rng, scale):
        holidays = european if stream.zone.startswith("Europe") else closed
        course = Course(stream, expected(stream, scale, holidays, rng))
        courses.append(course)
        if stream.reads:
            courses.append(Course(stream, course.expected, channel="access", echo=course))
    return courses


def _new_service(
    rng: np.random.Generator, courses: list[Course], scale: Scale, taken: set[str]
) -> list[Incident]:
    """One service begins to send what another one of the vendor's always sent."""
    free = [c for c in courses if c.channel == "egress" and c.stream.subprocessor not in taken]
    free = [c for c in free if c.stream.rhythm in ("office", "consumer", "machine")]
    if not free:
        return []
    model = free[int(rng.integers(len(free)))]
    start = int(rng.integers(scale.quiet_days * MINUTES_A_DAY, scale.minutes - 24 * 60))
    start -= start % scale.step
    name = model.stream.subprocessor
    fresh = replace(model.stream, service=f"shadow-{name}", reads=False)
    arrivals = model.expected * 0.3
    arrivals[:start] = 0
    courses.append(Course(fresh, arrivals))
    first = start + int(np.argmax(np.cumsum(arrivals[start:]) >= 3))
    return [
        Incident(
            kind="new-service",
            size=1,
            subprocessor=name,
            service=fresh.service,
            category="",
            start=moment(start),
            end=moment(scale.minutes),
            deadline=moment(first + 120),
            hourly=0.0,
        )
    ]


def _draw(rng: np.random.Generator, courses: list[Course], scale: Scale) -> list[Drawn]:
    """Services of one vendor wander together; the whole fleet does a little."""
    fleet = wander(rng, 0.04, scale)
    slow: dict[str, Series] = {}
    sent: dict[int, Counts] = {}
    keys: list[Drawn] = []
    for course in courses:
        own = wander(rng, course.stream.wander, scale)
        shared = slow.setdefault(course.stream.subprocessor, own)
        if course.echo is None:
            events = events_of(course, fleet * np.sqrt(own * shared), rng)
            sent[id(course)], lead = events, 0
        else:
            lead = int(rng.integers(0, 3))
            events = _reads(course, sent[id(course.echo)], lead, rng)
        keys += drawn_of(course, events, rng, lead)
    return keys


def _reads(course: Course, sent: Counts, lead: int, rng: np.random.Generator) -> Counts:
    """One read serves many requests, and comes a minute or two before them."""
    reads = -(-np.roll(sent, -lead) // REQUESTS_A_READ)
    for effect in course.effects:
        if isinstance(effect.factor, float) and effect.factor == 0.0:
            reads[effect.span] = 0
        if effect.extra:
            reads[effect.span] += rng.poisson(effect.extra, effect.end - effect.start)
    return reads
