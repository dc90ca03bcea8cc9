"""Public series as fleets of the simulator's kind, so that its incidents and its judge fit."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property

import numpy as np

from detectors.distinct import sketch
from detectors.records import PartialSum
from detectors.records.sums import ANY_CATEGORY
from tests.support.fleet import Fleet, Scale
from tests.support.fleet.draw import Counts, Drawn, drawn_of, events_of
from tests.support.fleet.happenings import Course, moment
from tests.support.fleet.incidents import strike
from tests.support.fleet.labels import Incident
from tests.support.fleet.rhythm import Series
from tests.support.fleet.scale import MINUTES_A_DAY, START
from tests.support.fleet.vendors import CATEGORIES, Share, Stream
from tests.support.public import sparse
from tests.support.public.happened import befallen
from tests.support.public.logs import NOBODY, Log
from tests.support.public.rates import Hourly, by_minutes

KINDS = (
    "burst",
    "new-category",
    "new-destination",
    "silence",
    "drop",
    "leak",
    "off-hours",
    "mix-shift",
)
"""Of incidents: those that need no reads, and no rhythm that these series do not have."""
SIZES = (0.5, 5.0, 50.0)
"""Requests a minute, on average."""
_POISSON = 1e9
"""A minute's gamma so narrow that counts are Poisson: what strays more is the series' own."""


class PublicFleet(Fleet):
    """`began` says when in truth the fleet's clock, which starts with the simulator's, began."""

    began: dict[str, datetime]

    def __init__(
        self,
        name: str,
        seed: int,
        scale: Scale,
        courses: list[Course],
        strike: Callable[[np.random.Generator, list[Course], Scale], list[Incident]] = strike,
    ) -> None:
        self.name, self.seed, self.scale, self.benign = name, seed, scale, []
        self._rng, self._courses = np.random.default_rng([seed, 20_261_130]), courses
        self.incidents = strike(self._rng, courses, scale)

    def when(self, subprocessor: str, shown: datetime) -> datetime:
        """The true time of what a sub-processor did at the fleet's time."""
        return self.began[subprocessor] + (shown - START)


class RateFleet(PublicFleet):
    """Each stretch of a series is a sub-processor: so many of each series, in three sizes."""

    def __init__(self, series: Sequence[Hourly], seed: int, each: int = 10, weeks: int = 6) -> None:
        rng = np.random.default_rng([seed, 7])
        self.began, courses = {}, []
        for one in series:
            stretches = list(one.weeks(weeks))
            chosen = rng.choice(len(stretches), min(each, len(stretches)), replace=False)
            for number, place in enumerate(chosen.tolist()):
                start, hours = stretches[place]
                vendor, size = f"{one.name}-{place}", SIZES[number % len(SIZES)]
                rate = by_minutes(hours) * 60
                courses.append(_course(vendor, size, rate * size / rate.mean(), rng))
                self.began[vendor] = datetime.fromtimestamp(start * 3600, UTC)
        super().__init__("rates", seed, _scale(weeks * 7, 14), courses)

    @cached_property
    def keys(self) -> list[Drawn]:
        ones = np.ones(self.scale.minutes)
        return [
            key
            for course in self._courses
            for key in drawn_of(course, events_of(course, ones, self._rng), self._rng)
        ]


class TweetFleet(RateFleet):
    """Nine days, four of them to learn: the same minutes in three sizes."""

    def __init__(self, start: datetime, minutes: Series, seed: int) -> None:
        rng = np.random.default_rng([seed, 8])
        skipped = -(start.hour * 60 + start.minute) % MINUTES_A_DAY
        whole = minutes[skipped:][: 9 * MINUTES_A_DAY]
        self.began, courses = {}, []
        for size in SIZES:
            vendor = f"tweets-{size:g}"
            courses.append(_course(vendor, size, whole * size / whole.mean(), rng))
            self.began[vendor] = start + timedelta(minutes=skipped)
        scale = replace(_scale(9, 4), kinds=("burst", "silence", "mix-shift", "new-category"))
        PublicFleet.__init__(self, "tweets", seed, scale, courses)


class LogFleet(PublicFleet):
    """Some weeks of a log as they were, from a Monday on; nothing is thinned or scaled."""

    def __init__(self, name: str, log: Log, monday: datetime, seed: int, days: int = 56) -> None:
        first = int(monday.timestamp()) // 60
        log = log.between(first, first + days * MINUTES_A_DAY)
        self._log = replace(log, minute=log.minute - first)
        self.began = {vendor: monday for vendor, _ in log.streams}
        scale = _scale(days, 14)
        courses = [_of_log(self._log, n, scale) for n in range(len(log.streams))]
        super().__init__(name, seed, scale, [one for one in courses if one], sparse.strike)

    @cached_property
    def log(self) -> Log:
        """After the incidents, by minute."""
        log = self._log
        for course in self._courses:
            stream = course.stream
            number = log.streams.index((stream.subprocessor, stream.service))
            log = befallen(log, number, course, self._rng)
        return log.only(np.argsort(log.minute, kind="stable"))

    @cached_property
    def keys(self) -> list[Drawn]:
        return [key for course in self._courses for key in self._keys_of(course)]

    def _keys_of(self, course: Course) -> Iterator[Drawn]:
        stream = course.stream.subprocessor, course.stream.service
        own = self.log.only(self.log.stream == self.log.streams.index(stream))
        yield self._drawn(course, None, own)
        for number, name in enumerate(self.log.categories):
            part = own.only(own.category == number)
            if len(part.minute):
                yield self._drawn(course, Share(name, 1.0, 1.0, 1.0, ()), part)

    def _drawn(self, course: Course, share: Share | None, log: Log) -> Drawn:
        once = log.only(np.unique(log.request, return_index=True)[1])

        def counted(of: Log, weights: Counts) -> Counts:
            return np.bincount(of.minute, weights, self.scale.minutes).astype(np.int64)

        events = counted(once, np.ones(len(once.minute)))
        return Drawn(
            course, share, events, counted(log, log.size), counted(log, log.values), events
        )

    def sums(self) -> Iterator[tuple[datetime, list[PartialSum]]]:
        log = self.log
        bounds = np.searchsorted(log.minute, np.arange(self.scale.minutes + 1))
        for minute in range(self.scale.minutes):
            rows = range(int(bounds[minute]), int(bounds[minute + 1]))
            yield moment(minute), self._sums(minute, rows) if rows else []

    def _sums(self, minute: int, rows: range) -> list[PartialSum]:
        groups: dict[tuple[int, str], list[int]] = {}
        for row in rows:
            stream = int(self.log.stream[row])
            groups.setdefault((stream, ANY_CATEGORY), []).append(row)
            category = self.log.categories[self.log.category[row]]
            groups.setdefault((stream, category), []).append(row)
        return [self._sum(minute, *key, rows) for key, rows in sorted(groups.items())]

    def _sum(self, minute: int, stream: int, category: str, rows: list[int]) -> PartialSum:
        vendor, service = self.log.streams[stream]
        part, whole = self.log.only(np.array(rows)), category == ANY_CATEGORY
        people = set(part.subject.tolist()) - {NOBODY}
        return PartialSum(
            window=moment(minute),
            channel="egress",
            subprocessor=vendor,
            registered=True,
            service=service,
            category=category,
            events=len(set(part.request.tolist())),
            size=int(part.size.sum()),
            values=0 if whole else int(part.values.sum()),
            subjects=b"" if whole else sketch(people),
            destinations=self._hosts(minute, vendor, service),
        )

    def _hosts(self, minute: int, vendor: str, service: str) -> tuple[str, ...]:
        more = {
            host
            for effect in self._effects[vendor, service]
            if effect.start <= minute < effect.end
            for host in effect.destinations
        }
        return tuple(sorted({f"api.{vendor}.test", *more}))

    @cached_property
    def _effects(self):
        return {(one.stream.subprocessor, one.stream.service): one.effects for one in self._courses}


@dataclass(frozen=True)
class _Shape:
    """What a stream's requests hold, as the incidents' makers ask for it."""

    shares: tuple[Share, ...]
    population: int


def _scale(days: int, quiet_days: int) -> Scale:
    return Scale(days=days, quiet_days=quiet_days, kinds=KINDS, traces=False)


def _course(vendor: str, size: float, expected: Series, rng: np.random.Generator) -> Course:
    """Requests with two or three categories of fixed shares, values and people."""
    names = rng.choice(CATEGORIES, int(rng.integers(2, 4)), replace=False)
    requests = np.sort(rng.uniform(0.2, 0.95, len(names)))[::-1]
    shares = tuple(
        Share(
            str(name), float(share), float(rng.uniform(1, 4)), float(rng.uniform(0.3, 1)), ("$.a",)
        )
        for name, share in zip(names, requests, strict=True)
    )
    return Course(_stream(vendor, "main", size, _Shape(shares, int(size * 6_000))), expected)


def _stream(vendor: str, service: str, rate: float, shape: _Shape) -> Stream:
    return Stream(
        subprocessor=vendor,
        service=service,
        rhythm="office",  # for incidents only: rests at night, as far as it does
        zone="UTC",
        rate=rate,
        dispersion=_POISSON,
        wander=0.0,
        growth=0.0,
        spikes=0.0,
        start_day=0,
        batch_minute=0,
        batch_length=0,
        bytes_each=2_000.0,
        population=shape.population,
        destinations=(f"api.{vendor}.test",),
        shares=shape.shares,
    )


def _of_log(log: Log, number: int, scale: Scale) -> Course | None:
    """A stream of a log with what is expected of it: its own hours, smoothed over three."""
    own = log.only(log.stream == number)
    if not len(own.minute):
        return None
    requests = own.only(np.unique(own.request, return_index=True)[1])
    hours = np.bincount(requests.minute // 60, minlength=scale.days * 24).astype(float)
    expected = by_minutes(np.convolve(hours, np.ones(3) / 3, "same"))
    rate = float(np.quantile(expected, 0.9))
    shape = _Shape(_shares(own, len(requests.minute)), len(np.unique(own.subject)))
    return Course(_stream(*log.streams[number], rate, shape), expected)


def _shares(own: Log, requests: int) -> tuple[Share, ...]:
    """The categories by how many requests have them, most first."""
    found = []
    for number, name in enumerate(own.categories):
        part = own.only(own.category == number)
        if having := len(np.unique(part.request)):
            share = having / requests
            found.append(Share(name, share, float(part.values.sum() / having), 1.0, ()))
    return tuple(sorted(found, key=lambda one: -one.requests))
