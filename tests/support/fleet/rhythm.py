"""How much a stream is expected to send in each minute, before anything happens to it."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from tests.support.fleet.scale import MINUTES_A_DAY, START, Scale
from tests.support.fleet.vendors import Stream

Series = npt.NDArray[np.float64]
"""One number a minute."""


def expected(stream: Stream, scale: Scale, holidays: set[int], rng: np.random.Generator) -> Series:
    """Events a minute. `holidays` are local days on which offices are closed."""
    local = _local_minutes(stream.zone, scale) + stream.offset
    of_day, day = local % MINUTES_A_DAY, (local // MINUTES_A_DAY).astype(int)
    free = (day % 7 >= 5) | np.isin(day, list(holidays))
    shape = _SHAPES[stream.rhythm](stream, of_day, day, free, rng)
    grown = shape * stream.rate * np.exp(stream.growth * np.arange(scale.minutes) / MINUTES_A_DAY)
    grown[: stream.start_day * MINUTES_A_DAY + int(stream.start_day and 9 * 60)] = 0
    return grown


def _local_minutes(zone: str, scale: Scale) -> Series:
    """Minutes since the first local midnight; the clocks change when they do."""
    where = ZoneInfo(zone)
    offsets = np.zeros(scale.minutes)
    for hour in range(scale.days * 24):
        shift = (START + timedelta(hours=hour)).astimezone(where).utcoffset()
        offsets[hour * 60 : hour * 60 + 60] = shift.total_seconds() / 60 if shift else 0
    return np.arange(scale.minutes) + offsets


def _hill(of_day: Series, start: float, end: float, edge: float) -> Series:
    """1 between two hours of the day with soft edges, in hours."""
    hours = of_day / 60
    return 1 / (1 + np.exp((start - hours) / edge)) / (1 + np.exp((hours - end) / edge))


def _office(stream, of_day, day, free, rng) -> Series:
    busy = _hill(of_day, 8, 17.5, 0.4) - 0.25 * _hill(of_day, 12, 13, 0.15)
    weekday = np.array([1.05, 1.1, 1.0, 1.0, 0.85, 1, 1])[day % 7]
    return (0.02 + busy * weekday) * np.where(free, rng.uniform(0.03, 0.25), 1)


def _consumer(stream, of_day, day, free, rng) -> Series:
    wave = 0.5 - 0.5 * np.cos((of_day / 60 - 4) / 24 * 2 * np.pi)
    evening = _hill(of_day, 18, 22.5, 0.5)
    return (0.1 + 0.6 * wave + 0.5 * evening) * np.where(free, rng.uniform(0.9, 1.4), 1)


def _machine(stream, of_day, day, free, rng) -> Series:
    return 1 + rng.uniform(0, 0.2) * np.sin(of_day / MINUTES_A_DAY * 2 * np.pi)


def _cron(stream, of_day, day, free, rng) -> Series:
    every = int(rng.choice([15, 30, 60, 240]))
    return np.where(of_day.astype(int) % every < min(3, every), 1.0, 0.0)


def _nightly(stream, of_day, day, free, rng) -> Series:
    return _batches(stream, of_day, day, np.unique(day), rng) + 0.0005


def _weekly(stream, of_day, day, free, rng) -> Series:
    days = [one for one in np.unique(day) if one % 7 == 1 or one == 0]
    return _batches(stream, of_day, day, days, rng)


def _sparse(stream, of_day, day, free, rng) -> Series:
    return (0.15 + _hill(of_day, 8, 20, 1)) * np.where(free, 0.4, 1)


def _batches(stream, of_day, day, days, rng) -> Series:
    """One run a day: mostly on time, at times an hour or more late, at times again at noon."""
    out, now = np.zeros(len(of_day)), day * MINUTES_A_DAY + of_day
    for one in days:
        slip = rng.normal(0, 6) + (rng.exponential(45) if rng.random() < 0.1 else 0)
        slip += 10 * 60 if rng.random() < 0.004 else 0
        start = one * MINUTES_A_DAY + max(0, stream.batch_minute + slip)
        length = stream.batch_length * rng.lognormal(0, 0.1)
        out[(now >= start) & (now < start + length)] = 1
    return out


_SHAPES = {
    "office": _office,
    "consumer": _consumer,
    "machine": _machine,
    "cron": _cron,
    "nightly": _nightly,
    "weekly": _weekly,
    "sparse": _sparse,
}
