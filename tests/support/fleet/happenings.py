"""What happens to a stream: effects, and the harmless reasons for them."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np

from tests.support.fleet.labels import Benign
from tests.support.fleet.rhythm import Series
from tests.support.fleet.scale import MINUTES_A_DAY, START, Scale
from tests.support.fleet.vendors import Share, Stream


@dataclass(frozen=True)
class Effect:
    """A change of one stream between two minutes.

    Requests are multiplied by `factor`, then `extra` a minute are added. `category` narrows
    `values`, `people` and `requests` (the share of requests with it) to one category; "" is all.
    `fields`, `destinations`, `regions` and `principals` are names seen besides the usual;
    `hosts_a_minute` new ones come
    each minute. `added` is a category that was not there. `other_people` draws strangers.
    """

    start: int
    end: int
    factor: float | Series = 1.0
    extra: float = 0.0
    category: str = ""
    requests: float = 1.0
    values: float | Series = 1.0
    people: float = 1.0
    other_people: bool = False
    fields: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    principals: tuple[str, ...] = ()
    hosts_a_minute: int = 0
    added: Share | None = None

    @property
    def span(self) -> slice:
        return slice(self.start, self.end)

    @property
    def names(self) -> bool:
        """Whether it shows in names or in who the people are, not in counts alone."""
        named = (self.fields, self.destinations, self.regions, self.principals)
        return any(named) or bool(self.hosts_a_minute or self.other_people)

    def touches(self, category: str) -> bool:
        return self.category in ("", category)


@dataclass
class Course:
    """A stream with what is expected of it and what happens to it. `channel` and `echo` make the
    access records of what another course sends."""

    stream: Stream
    expected: Series
    effects: list[Effect] = field(default_factory=list)
    channel: str = "egress"
    echo: "Course | None" = None


def moment(minute: float) -> datetime:
    return START + timedelta(minutes=round(minute))


def harmless(rng: np.random.Generator, courses: list[Course], scale: Scale) -> list[Benign]:
    """Campaigns, deploys, retry storms, short outages, and one outage of the feed. Reads follow
    what is sent: nothing of it befalls them alone."""
    told: list[Benign] = []
    for one in courses:
        # drawn for reads too and thrown away: the other courses keep what they had
        course = one if one.echo is None else replace(one, effects=[])
        happened = _campaign(rng, course, scale)
        happened += _deploy(rng, course, scale)
        _spikes(rng, course, scale)
        _dropouts(rng, course, scale)
        told += happened if one.echo is None else []
    return told + _feed_outage(rng, courses, scale)


def _campaign(rng: np.random.Generator, course: Course, scale: Scale) -> list[Benign]:
    """A day with three times the traffic, as marketing plans it."""
    if course.stream.rhythm not in ("consumer", "office") or rng.random() > 0.12:
        return []
    day = int(rng.integers(3, scale.days))
    start = day * MINUTES_A_DAY + int(rng.integers(7 * 60, 12 * 60))
    end = min(start + int(rng.integers(6 * 60, 16 * 60)), scale.minutes)
    fading = rng.uniform(1.5, 3.0) * np.exp(-np.arange(end - start) / (5 * 60)) + 1
    course.effects.append(Effect(start, end, factor=fading))
    return [Benign("campaign", course.stream.subprocessor, moment(start), moment(end))]


def _deploy(rng: np.random.Generator, course: Course, scale: Scale) -> list[Benign]:
    """A release: some minutes of nothing, then a little more or less than before, for good."""
    if rng.random() > 0.25:
        return []
    start = int(rng.integers(2, scale.days)) * MINUTES_A_DAY + int(rng.integers(8 * 60, 17 * 60))
    gone = start + int(rng.integers(1, 6))
    course.effects.append(Effect(start, gone, factor=0.0))
    course.effects.append(Effect(gone, scale.minutes, factor=float(rng.uniform(0.75, 1.3))))
    return [Benign("deploy", course.stream.subprocessor, moment(start), moment(gone + 24 * 60))]


def _spikes(rng: np.random.Generator, course: Course, scale: Scale) -> None:
    """A client that retries: one to three minutes with several times the requests."""
    for start in rng.integers(0, scale.minutes, rng.poisson(course.stream.spikes * scale.days)):
        length = int(rng.integers(1, 4))
        course.effects.append(Effect(int(start), int(start) + length, float(rng.uniform(2, 5))))


def _dropouts(rng: np.random.Generator, course: Course, scale: Scale) -> None:
    """The vendor is away for some minutes; what waited comes afterwards."""
    for start in rng.integers(0, scale.minutes, rng.poisson(0.04 * scale.days)):
        length = int(rng.integers(3, 20))
        back = int(start) + length
        course.effects.append(Effect(int(start), back, 0.0))
        course.effects.append(Effect(back, min(back + length, scale.minutes), 1.8))


def _feed_outage(rng: np.random.Generator, courses: list[Course], scale: Scale) -> list[Benign]:
    """The mirror itself is away: nothing from anybody, and it does not come later."""
    start = int(rng.integers(scale.quiet_days, scale.days)) * MINUTES_A_DAY
    start += int(rng.integers(0, 22 * 60))
    end = start + int(rng.integers(20, 90))
    for course in courses:
        course.effects.append(Effect(start, end, 0.0))
    return [Benign("feed-outage", "", moment(start), moment(end))]
