"""Incidents for streams of a few requests an hour: the simulator's, longer and of fewer requests.

Each is large enough to be worth a word: some forty requests more, or a dozen less, than usual.
"""

import numpy as np

from tests.support.fleet.happenings import Course, Effect
from tests.support.fleet.incidents import (
    HOUR,
    Maker,
    burst_of,
    busy_start,
    label,
    leak,
    new_category,
    new_destination,
)
from tests.support.fleet.labels import Incident
from tests.support.fleet.scale import MINUTES_A_DAY, Scale


def burst(rng: np.random.Generator, course: Course, scale: Scale, size: float) -> Incident | None:
    """So many times the requests, or the values of the main category, for some hours."""
    length = int(rng.integers(1 * HOUR, 4 * HOUR))
    return burst_of(rng, course, scale, size, length, max(40 / size, 2))


def less(rng: np.random.Generator, course: Course, scale: Scale, size: float) -> Incident | None:
    """A silence (0) or a drop to a part of the usual, for a day or two: in time is what comes
    within two hours of its end."""
    length = int(rng.integers(8, 48)) * HOUR
    start = busy_start(rng, course, scale, 15 / (1 - size) ** 2, length)
    if start is None:
        return None
    kind = "drop" if size else "silence"
    course.effects.append(Effect(start, start + length, factor=size))
    return label(kind, size, course, start, start + length, late=2 * HOUR)


def off_hours(
    rng: np.random.Generator, course: Course, scale: Scale, size: float
) -> Incident | None:
    """Daytime's traffic by night."""
    usual, length = float(np.quantile(course.expected, 0.9)), int(rng.integers(1, 4)) * HOUR
    first, last = scale.quiet_days * MINUTES_A_DAY, scale.minutes - length - HOUR
    quiet = first + np.flatnonzero(course.expected[first:last] < 0.05 * usual)
    if usual * length * size < 10 or not len(quiet):
        return None
    start = int(rng.choice(quiet))
    course.effects.append(Effect(start, start + length, extra=size * usual))
    return label("off-hours", size, course, start, start + length, late=HOUR)


def mix_shift(
    rng: np.random.Generator, course: Course, scale: Scale, size: float
) -> Incident | None:
    """More requests with one category, fewer with the main one, for a day or two."""
    rare = [share for share in course.stream.shares[1:] if share.requests <= 0.9 / size]
    length = int(rng.integers(12, 48)) * HOUR
    start = busy_start(rng, course, scale, 60, length)
    if not rare or start is None:
        return None
    more, main = rare[0], course.stream.shares[0]
    course.effects.append(Effect(start, start + length, category=more.name, requests=size))
    course.effects.append(Effect(start, start + length, category=main.name, requests=1 / size))
    return label("mix-shift", size, course, start, start + length, more.name, late=2 * HOUR)


SPARSE: tuple[tuple[Maker, float], ...] = (
    (burst, 3),
    (burst, 10),
    (burst, 100),
    (new_category, 10),
    (new_destination, 1),
    (less, 0),
    (less, 0.1),
    (leak, 1.03),
    (off_hours, 1),
    (mix_shift, 4),
)


def strike(rng: np.random.Generator, courses: list[Course], scale: Scale) -> list[Incident]:
    """One incident in each of two thirds of the sub-processors, of all kinds in turn, where a
    service is busy enough for it."""
    vendors = sorted({one.stream.subprocessor for one in courses})
    struck: list[Incident] = []
    turn = rng.permutation(len(SPARSE)).tolist()
    for vendor in rng.choice(vendors, len(vendors) * 2 // 3, replace=False):
        own = [one for one in courses if one.stream.subprocessor == vendor]
        own.sort(key=lambda one: -one.expected.sum())
        for number in list(turn):
            maker, size = SPARSE[number]
            made = next((i for one in own if (i := maker(rng, one, scale, size))), None)
            if made:
                struck.append(made)
                turn.remove(number)
                turn.append(number)
                break
    return struck
