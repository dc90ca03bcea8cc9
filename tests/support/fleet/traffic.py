"""Drawn counts into the partial sums that the scan stage would have written for them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np

from detectors.distinct import sketch
from detectors.records import PartialSum
from detectors.records.sums import ANY_CATEGORY
from detectors.traces import pack, print_of
from detectors.windows import NAMES_KEPT
from tests.support.fleet.draw import REQUESTS_A_READ, ROWS_A_READ, Counts, Drawn
from tests.support.fleet.happenings import Effect
from tests.support.fleet.scale import MINUTES_A_DAY, START, Scale

_STRANGERS = 1 << 40


@lru_cache(maxsize=200_000)
def people(population: int, count: int, variant: int) -> bytes:
    """The sketch of so many people of a population; `variant` chooses who, `population` 0 are
    strangers. Fewer variants for many people: making a sketch takes a microsecond a person."""
    rng = np.random.default_rng([population, count, variant])
    if population == 0:
        return sketch(int(one) + _STRANGERS for one in rng.integers(0, _STRANGERS, count))
    if count >= population:
        return sketch(range(population))
    # a little more than `count` draws, since some repeat
    draws = int(-population * np.log1p(-count / population)) + 1
    return sketch(int(one) for one in rng.integers(0, population, draws))


def _variants(count: int) -> int:
    return 64 if count <= 256 else 16 if count <= 4096 else 4


def sums_of_day(
    keys: list[Drawn], day: int, scale: Scale
) -> Iterator[tuple[datetime, list[PartialSum]]]:
    """(window, its sums) for each window of the day, empty ones too."""
    times = [
        START + timedelta(days=day, minutes=minute)
        for minute in range(0, MINUTES_A_DAY, scale.step)
    ]
    windows: list[list[PartialSum]] = [[] for _ in times]
    for number, key in enumerate(keys):
        _sums_of_key(key, number, day, scale.step, times, windows)
    yield from zip(times, windows, strict=True)


def _sums_of_key(
    key: Drawn,
    number: int,
    day: int,
    step: int,
    times: list[datetime],
    windows: list[list[PartialSum]],
) -> None:
    stream, first = key.course.stream, day * MINUTES_A_DAY
    columns = [_coarse(one[first : first + MINUTES_A_DAY], step) for one in key.numbers]
    found = np.flatnonzero(columns[0])
    columns[3] = _levels(columns[3])
    category = key.share.name if key.share else ANY_CATEGORY
    fields = key.share.fields if key.share else ()
    effects = [e for e in key.course.effects if e.start < first + MINUTES_A_DAY and first < e.end]
    naming = [effect for effect in effects if effect.names]
    rows = zip(*(column[found].tolist() for column in columns), strict=True)
    for index, (events, size, values, count) in zip(found.tolist(), rows, strict=True):
        minute = first + index * step
        now = [effect for effect in naming if effect.start <= minute < effect.end]
        windows[index].append(
            PartialSum(
                window=times[index],
                channel="access" if key.course.channel == "access" else "egress",
                subprocessor=stream.subprocessor,
                registered=True,
                service=stream.service,
                category=category,
                events=events,
                size=size,
                values=values,
                subjects=_sketch(key, count, minute, number, now) if count else b"",
                destinations=_destinations(key, minute, events, now),
                fields=_fields(key, now) if now else fields,
                **_traces(key, minute, events),
                **_origin(key, now),
            )
        )


def _origin(key: Drawn, now: list[Effect]) -> dict[str, tuple[str, ...]]:
    """One region and one account of each service; who reads has the same account."""
    if key.share is not None:
        return {}
    stream = key.course.stream
    account = f"user:{print_of(stream.service):016x}"
    regions = {} if key.course.channel == "access" else {stream.zone.lower()}
    return {
        "regions": tuple(sorted({*regions, *(one for e in now for one in e.regions)})),
        "principals": tuple(
            sorted({account, "role:service", *(one for e in now for one in e.principals)})
        ),
    }


def _traces(key: Drawn, minute: int, events: int) -> dict[str, Any]:
    """A read and the requests it serves have one trace id; some requests lose theirs."""
    stream = key.course.stream
    if key.share is not None or not stream.traced:
        return {}
    if key.course.channel == "access":
        ids = {_trace(stream.service, minute + key.lead, n): ROWS_A_READ for n in range(events)}
        return {"traced": events, "traces": pack(ids)}
    reads = -(-events // REQUESTS_A_READ)
    ids = {_trace(stream.service, minute, n): REQUESTS_A_READ for n in range(reads)}
    kept = {trace: weight for trace, weight in ids.items() if trace % 32}
    return {"traced": events * len(kept) // len(ids), "traces": pack(kept)}


def _trace(service: str, minute: int, number: int) -> int:
    return print_of(f"{service} {minute} {number}")


def _coarse(minutes: Counts, step: int) -> Counts:
    return minutes if step == 1 else minutes.reshape(-1, step).sum(axis=1)


def _levels(counts: Counts) -> Counts:
    """Counts beyond 32 in steps of 4 %, so that sketches can be shared."""
    steps = np.round(np.log(np.maximum(counts, 1)) / np.log(1.04))
    return np.where(counts <= 32, counts, np.round(1.04**steps)).astype(np.int64)


def _sketch(key: Drawn, count: int, minute: int, number: int, now: list[Effect]) -> bytes:
    strangers = any(e.other_people and key.share and e.touches(key.share.name) for e in now)
    population = 0 if strangers else key.course.stream.population
    return people(population, count, (minute * 7919 + number) % _variants(count))


def _destinations(key: Drawn, minute: int, events: int, now: list[Effect]) -> tuple[str, ...]:
    """The main host always, the others in some of the minutes."""
    if key.course.channel == "access":
        return ()
    stream = key.course.stream
    usual = stream.destinations
    if len(usual) > 1:
        rare = (
            host for n, host in enumerate(usual) if n and (minute * 31 + n * 17) % 97 < 3 * events
        )
        usual = tuple(sorted((usual[0], *rare)))
    if not now:
        return usual
    hosts = {host for effect in now for host in effect.destinations}
    hosts |= {
        f"h{minute}-{number}.{stream.subprocessor}.test"
        for effect in now
        for number in range(min(events, effect.hosts_a_minute))
    }
    return tuple(sorted({*usual, *hosts})[:NAMES_KEPT])


def _fields(key: Drawn, now: list[Effect]) -> tuple[str, ...]:
    if key.share is None:
        return ()
    name = key.share.name
    extra = {path for effect in now if effect.touches(name) for path in effect.fields}
    return tuple(sorted({*key.share.fields, *extra}))
