"""Counts from expectations. Numpy only: one array of minutes a number."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tests.support.fleet.happenings import Course, Effect
from tests.support.fleet.rhythm import Series
from tests.support.fleet.scale import MINUTES_A_DAY, Scale
from tests.support.fleet.vendors import Share

Counts = npt.NDArray[np.int64]

REQUESTS_A_READ = 20
"""Requests that one read of a store serves."""
ROWS_A_READ = 25
"""Rows of a read for each value of a request: more is read than sent."""


@dataclass(frozen=True)
class Drawn:
    """One key's minutes: requests, and of a category values and distinct people."""

    course: Course
    share: Share | None
    """None: all requests, whatever they hold."""
    events: Counts
    size: Counts
    values: Counts
    people: Counts
    lead: int = 0
    """Minutes from these reads to the requests that they serve."""

    @property
    def numbers(self) -> tuple[Counts, Counts, Counts, Counts]:
        return self.events, self.size, self.values, self.people


def wander(rng: np.random.Generator, deviation: float, scale: Scale) -> Series:
    """Slow noise around 1: every half hour its own, half of it kept, and every day its own."""
    steps = scale.minutes // 30
    noise = rng.normal(0, deviation, steps)
    for index in range(1, steps):
        noise[index] = 0.5 * noise[index - 1] + 0.87 * noise[index]
    of_day = np.repeat(rng.normal(0, deviation / 2, scale.days), MINUTES_A_DAY)
    return np.exp(np.repeat(noise, 30) + of_day - deviation**2 * 0.6)


def events_of(course: Course, slow: Series, rng: np.random.Generator) -> Counts:
    """Requests a minute: negative binomial around what is expected after all effects."""
    mean = course.expected * slow
    for effect in course.effects:
        mean[effect.span] *= effect.factor
    for effect in course.effects:
        mean[effect.span] += effect.extra
    for effect in course.effects:
        if isinstance(effect.factor, float) and effect.factor == 0.0:
            mean[effect.span] = 0
    shape = course.stream.dispersion
    return rng.poisson(mean * rng.gamma(shape, 1 / shape, len(mean)))


def drawn_of(
    course: Course, events: Counts, rng: np.random.Generator, lead: int = 0
) -> list[Drawn]:
    """All keys of one course."""
    each = rng.lognormal(0, 0.15, len(events)) * course.stream.bytes_each
    size = (events * each).astype(np.int64) if course.channel == "egress" else events * 0
    added = [effect for effect in course.effects if effect.added]
    keys = [Drawn(course, None, events, size, events * 0, events * 0, lead)]
    for share in course.stream.shares:
        keys.append(_category(course, share, events, size, rng, course.effects))
    for effect in added:
        only = events * 0
        only[effect.span] = events[effect.span]
        if effect.added:
            keys.append(_category(course, effect.added, only, size, rng, []))
    return keys


def _category(
    course: Course,
    share: Share,
    events: Counts,
    size: Counts,
    rng: np.random.Generator,
    effects: list[Effect],
) -> Drawn:
    requests, values, people = (
        np.ones(len(events)) * one for one in (share.requests, share.values, share.people)
    )
    for effect in effects:
        if effect.touches(share.name):
            requests[effect.span] *= effect.requests
            values[effect.span] *= effect.values
            people[effect.span] *= effect.people
    carrying = rng.binomial(events, requests.clip(0, 1))
    extra = rng.poisson(carrying * (values - 1).clip(0))
    held = carrying + extra
    distinct = np.ceil(held * people.clip(0, 1)).astype(np.int64)
    share_of_size = np.divide(size * carrying, events, out=np.zeros(len(events)), where=events > 0)
    if course.channel == "access":  # rows of a table: nobody says whose
        held, distinct = held * ROWS_A_READ, distinct * 0
    return Drawn(course, share, carrying, share_of_size.astype(np.int64), held, distinct)
