"""Days off, by the clock of whose day it is, and of those who have nothing at night."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest

from detectors.anomaly import Baseline, BaselineSettings
from detectors.anomaly.persist import dump_changes, restore
from detectors.records import PartialSum
from detectors.windows import HOUR, MINUTE
from tests.support.moments import at
from tests.support.naming import PlainNames
from tests.support.partial_sums import requests_of

WEEKS = 4
TUESDAY = at(day=7 * WEEKS + 1)
"""Its midnight, by the clock of whose day it is."""


class Office(NamedTuple):
    behind: timedelta
    """Of UTC."""
    night: float
    """What it has at night and at weekends, of what it has by day."""


CALIFORNIA = Office(8 * HOUR, 0.05)
SHUT_AT_NIGHT = Office(0 * HOUR, 0.0)


def hours(
    office: Office, since: datetime, until: datetime, seed: int, level: float
) -> Iterator[PartialSum]:
    """Of the office, at some `level` by day, and of a vendor that never rests."""
    rng = np.random.default_rng(seed)
    for number in range(round((until - since) / (5 * MINUTE))):
        window = since + 5 * number * MINUTE
        local = window - office.behind
        works = local.weekday() < 5 and 8 <= local.hour < 18
        rates = {"busy": 200.0, "office": 90.0 * (level if works else office.night)}
        for vendor, rate in rates.items():
            if count := int(rng.poisson(rate / 12)):
                yield requests_of(vendor, window, count)


@cache
def _learnt(office: Office) -> list[tuple[str, bytes]]:
    stage = Baseline(BaselineSettings(), PlainNames())
    stage.take(hours(office, at(), at(day=7 * WEEKS), 1, 1.0), at(day=7 * WEEKS))
    return [(key, value) for key, value in dump_changes(stage) if value is not None]


def learnt(office: Office) -> Baseline:
    """At midnight of a Monday, UTC."""
    stage = Baseline(BaselineSettings(), PlainNames())
    restore(stage, _learnt(office))
    return stage


def told(stage: Baseline, office: Office, until: datetime, level: float = 1.0) -> list[datetime]:
    """When its silence was told, up to a moment of its own clock."""
    since, until = stage.progress.hour, until + office.behind
    found = stage.take(hours(office, since, until, 2, level), until)
    return [one.detected - office.behind for one in found if one.rule == "volume-low"]


def test_it_may_have_one_day_off_and_not_a_second() -> None:
    stage, office = learnt(CALIFORNIA), CALIFORNIA
    assert told(stage, office, TUESDAY) == []
    assert told(stage, office, TUESDAY + timedelta(days=1), office.night) == []
    assert told(stage, office, TUESDAY + timedelta(days=2), office.night) != []


@pytest.mark.parametrize("clock", [13, 16])
def test_who_has_worked_all_day_is_silent_though_utc_has_a_new_one(clock: int) -> None:
    stage, office, stop = learnt(CALIFORNIA), CALIFORNIA, TUESDAY + clock * HOUR
    assert told(stage, office, stop) == []
    first = min(told(stage, office, stop + 3 * HOUR, 0.0))
    assert first - stop <= timedelta(hours=2, minutes=5)


def test_who_is_gone_is_told_when_the_second_day_of_work_begins() -> None:
    stage, office = learnt(SHUT_AT_NIGHT), SHUT_AT_NIGHT
    assert told(stage, office, TUESDAY) == []
    first = min(told(stage, office, TUESDAY + timedelta(days=2), 0.0))
    assert 8 * HOUR < first - (TUESDAY + timedelta(days=1)) < 11 * HOUR
