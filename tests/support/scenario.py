"""Eight days of traffic with something for every stage to find, in order of time, few enough to run
often: contacts that are allowed and not, a burst, a new category, a silence, broken records."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

import msgspec

from tests.support.events import event, person
from tests.support.moments import MONDAY

DAYS = 8

_Record = bytes | dict[str, Any]
"""A broken record, or what is particular to an event."""


def scenario(seed: int = 1, days: int = DAYS) -> list[bytes]:
    """The records; every event has an id of its own."""
    random = Random(seed)
    timed = sorted(_traffic(random, days), key=lambda one: one[0])
    return [
        record if isinstance(record, bytes) else event(moment, event={"id": f"e-{n}"}, **record)
        for n, (moment, record) in enumerate(timed)
    ]


def closing(partition: int, days: int = DAYS) -> bytes:
    """A clean event after everything else, so that all of it is decided."""
    moment = MONDAY + timedelta(days=days, minutes=6)
    return event(moment, body={"plan": "basic"}, event={"id": f"closing-{partition}"})


def disordered(lines: list[bytes], within: timedelta, random: Random) -> list[bytes]:
    """The records in another order, in which no event is further behind than `within`."""
    moment, placed = MONDAY, list[tuple[datetime, bytes]]()
    for line in lines:
        moment = _moment(line) or moment
        placed.append((moment + within * random.random(), line))
    return [line for _, line in sorted(placed)]


def _moment(line: bytes) -> datetime | None:
    """When an event was; None for a broken record."""
    try:
        return msgspec.json.decode(line, type=_Timed).timestamp
    except msgspec.DecodeError:
        return None


class _Timed(msgspec.Struct):
    timestamp: datetime = msgspec.field(name="@timestamp")


def _traffic(random: Random, days: int) -> Iterator[tuple[datetime, _Record]]:
    for hour in (9, 10, 15):
        for day in range(days):
            start = MONDAY + timedelta(days=day, hours=hour)
            yield from _hour(random, start, last=day == days - 1)


def _hour(random: Random, start: datetime, *, last: bool) -> Iterator[tuple[datetime, _Record]]:
    def moment() -> datetime:
        return start + timedelta(seconds=random.randrange(3000))

    for service in ("crm-sync", "checkout"):
        people = [person(random.randrange(300)) for _ in range(3)]
        yield (
            moment(),
            {
                "host": "api.hubapi.com",
                "service": service,
                "body": {"contacts": [{"email": one["email"]} for one in people]},
            },
        )
    if not last:
        yield moment(), {"body": {"rows": [person(random.randrange(300)) for _ in range(9)]}}
        for number in range(40):
            yield moment(), {"body": {"plan": number}}
    elif start.hour == 10:
        burst = [{"email": person(number)["email"]} for number in range(200)]
        yield moment(), {"host": "api.hubapi.com", "body": {"contacts": burst}}
        yield moment(), {"host": "api.hubapi.com", "body": {"contact": person(7)}}
        yield moment(), {"host": "tracker.example.net", "body": {"user": person(8)}}
        yield moment(), {"host": "api.hubapi.com", "body": person(9), "scheme": "http"}
    if random.random() < 0.2:
        yield moment(), random.choice((b"{broken", b'{"@timestamp": "yesterday"}', b"[]"))
