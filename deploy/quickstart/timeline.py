"""Two weeks of requests: ordinary traffic as Poisson processes, and incidents inside.

Deterministic by seed: every link and every incident draws from a random stream of its own, so
that a change of one leaves the others as they were.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from random import Random

from deploy.quickstart.incidents import Incident, Truth, truth_of
from deploy.quickstart.links import RHYTHMS, Link
from deploy.quickstart.people import Person
from deploy.quickstart.templates import Catalogue, Template

BATCH = timedelta(minutes=20)
"""A nightly batch sends within this time."""


@dataclass(frozen=True, slots=True, repr=False)
class Planned:
    """One request to be made, not yet rendered. `tls` empty: as recorded."""

    at: datetime
    service: str
    template: Template
    people: tuple[Person, ...]
    incident: str = ""
    plaintext: bool = False
    tls: str = ""


@dataclass(frozen=True)
class Plan:
    """All that the generator needs to know. About `events` requests in `days` up to `until`."""

    links: list[Link]
    incidents: list[Incident]
    catalogue: Catalogue
    people: list[Person]
    until: datetime
    days: int = 14
    events: int = 25_000
    seed: int = 1

    @property
    def start(self) -> datetime:
        return self.until - timedelta(days=self.days)

    @cached_property
    def scale(self) -> float:
        """What a link's `daily` is multiplied with, to come to about `events`."""
        return self.events / self.days / sum(link.daily for link in self.links)

    @cached_property
    def included(self) -> list[Incident]:
        """The incidents that lie within the days."""
        return [one for one in self.incidents if one.window(self.until)[0] >= self.start]

    def timeline(self) -> tuple[list[Planned], list[Truth]]:
        """Every request in the order of time, and the truth about the incidents."""
        planned = [one for link in self.links for one in self._ordinary(link)]
        planned += [one for incident in self.included for one in self._extra(incident)]
        planned.sort(key=lambda one: (one.at, one.service, one.template.call))
        counts = Counter(one.incident for one in planned)
        return planned, [truth_of(one, self.until, counts[one.id]) for one in self.included]

    def _ordinary(self, link: Link) -> Iterator[Planned]:
        rng = Random(f"{self.seed}:{link.service}:{link.to}")
        templates, weights = zip(*link.templates(self.catalogue), strict=True)
        for at in self._moments(link, rng):
            template = rng.choices(templates, weights)[0]
            people = tuple(rng.sample(self.people, template.people))
            touching = self._touching(link, at)
            if not any(incident.silent for incident in touching):
                growing = next((one.id for one in touching if one.growth), "")
                yield Planned(at, link.service, template, people, growing)

    def _touching(self, link: Link, at: datetime) -> list[Incident]:
        """Incidents that change a link's own traffic; silence strikes all of a sub-processor."""
        return [
            one
            for one in self.included
            if one.to == link.to
            and (one.silent or (one.growth and one.service == link.service))
            and one.window(self.until)[0] <= at < one.window(self.until)[1]
        ]

    def _moments(self, link: Link, rng: Random) -> Iterator[datetime]:
        """A Poisson process whose rate follows the link's rhythm, and grows with a slow leak."""
        rhythm = RHYTHMS[link.rhythm]
        width = BATCH if link.rhythm == "nightly" else timedelta(hours=1)
        for number in range(self.days * 24):
            hour = self.start + timedelta(hours=number)
            rate = link.daily * self.scale * rhythm.share(hour.weekday(), hour.hour)
            yield from _poisson(hour, width, rate * self._growth(link, hour), rng)

    def _growth(self, link: Link, hour: datetime) -> float:
        for incident in self._touching(link, hour):
            if incident.growth:
                return incident.growth ** ((hour - incident.window(self.until)[0]).days + 1)
        return 1.0

    def _extra(self, incident: Incident) -> Iterator[Planned]:
        """The requests that an incident adds, each about other people where they suffice."""
        rng = Random(f"{self.seed}:{incident.id}")
        start, end = incident.window(self.until)
        templates = self._calls(incident)
        crowd = iter(rng.sample(self.people, len(self.people)))
        for number in range(self._count(incident)):
            template = templates[number % len(templates)]
            people = tuple(next(crowd, self.people[0]) for _ in range(template.people))
            yield Planned(
                at=start + rng.random() * (end - start),
                service=incident.service,
                template=template,
                people=people,
                incident=incident.id,
                plaintext=incident.plaintext,
                tls=incident.tls,
            )

    def _count(self, incident: Incident) -> int:
        """How many requests it adds; `times` compares with the link's average rate."""
        if not incident.times:
            return incident.add
        daily = sum(
            link.daily
            for link in self.links
            if (link.service, link.to) == (incident.service, incident.to)
        )
        return round(incident.times * daily * self.scale * incident.hours / 24)

    def _calls(self, incident: Incident) -> list[Template]:
        if not incident.calls:
            return []
        return [
            one
            for one in self.catalogue.select(incident.to, *incident.calls)
            if one.categories >= set(incident.needs)
            and (one.pii_in_url or incident.kind != "pii-in-url")
        ]


def _poisson(start: datetime, width: timedelta, count: float, rng: Random) -> Iterator[datetime]:
    """Moments of a Poisson process that has `count` of them in `width` on average."""
    if count <= 0:
        return
    at = rng.expovariate(count)
    while at < 1:
        yield start + at * width
        at += rng.expovariate(count)
