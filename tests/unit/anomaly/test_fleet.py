"""The made-up fleet is what its labels say, and the same for the same seed."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from functools import cache

import numpy as np
import pytest

from detectors.distinct import estimate, merge
from detectors.records import PartialSum
from detectors.records.sums import ANY_CATEGORY
from tests.support.fleet import COARSE, DEVELOPMENT_SEEDS, FULL, KINDS, REPORT_SEEDS, Fleet
from tests.support.fleet.judge import Alarm, judge
from tests.support.fleet.labels import Incident
from tests.support.fleet.scale import START

SEEDS = DEVELOPMENT_SEEDS[:2]

STEP = timedelta(minutes=COARSE.step)


@cache
def fleet(seed: int) -> Fleet:
    return Fleet(seed, COARSE)


@cache
def sums(seed: int) -> list[PartialSum]:
    return [part for _, found in fleet(seed).sums() for part in found]


def incidents(*kinds: str) -> list[tuple[int, Incident]]:
    return [(seed, one) for seed in SEEDS for one in fleet(seed).incidents if one.kind in kinds]


def of(
    seed: int,
    incident: Incident,
    category: str = ANY_CATEGORY,
    *,
    during: bool = True,
    channel: str = "egress",
) -> list[PartialSum]:
    """The sums of its service's category in the time of an incident, or in the week before."""
    week = timedelta(days=7)
    start, end = (
        (incident.start, incident.end) if during else (incident.start - week, incident.end - week)
    )
    return [
        part
        for part in sums(seed)
        if (part.subprocessor, part.service) == (incident.subprocessor, incident.service)
        and (part.category, part.channel) == (category, channel)
        and start <= part.window < end
    ]


def total(parts: Iterable[PartialSum], number: Callable[[PartialSum], int]) -> int:
    return sum(number(part) for part in parts)


def test_a_seed_makes_one_fleet() -> None:
    again = Fleet(SEEDS[0], COARSE)
    assert [part for _, found in again.sums() for part in found] == sums(SEEDS[0])
    assert again.incidents == fleet(SEEDS[0]).incidents
    assert sums(SEEDS[0]) != sums(SEEDS[1])


def test_seeds_to_report_on_are_not_for_development() -> None:
    assert not set(DEVELOPMENT_SEEDS) & set(REPORT_SEEDS)


def test_the_full_scale_is_the_one_asked_for() -> None:
    assert FULL.subprocessors >= 40
    assert FULL.categories >= 5
    assert FULL.days >= 28
    assert FULL.step == 1


def test_minutes_come_in_order_and_hold_their_own_sums() -> None:
    windows = list(fleet(SEEDS[0]).sums())
    times = [window for window, _ in windows]
    assert times == sorted(set(times))
    assert times[0] == START
    assert all(part.window == window for window, found in windows for part in found)
    assert all(part.events > 0 and part.values >= 0 for _, found in windows for part in found)


def test_every_kind_of_incident_can_befall_a_fleet() -> None:
    """A small one has not room for all; over some seeds each comes."""
    named = replace(COARSE, kinds=("new-region", "new-principal"))
    labels = [one for seed in range(1, 25) for one in Fleet(seed, COARSE).incidents]
    labels += Fleet(1, named).incidents
    assert {one.kind for one in labels} == set(KINDS)


def test_most_of_a_day_most_traffic_is_over_dispersed_and_has_a_rhythm() -> None:
    busiest = max(fleet(SEEDS[0]).keys, key=lambda key: key.events.sum())
    hours = busiest.events.reshape(-1, 60).sum(axis=1)
    assert hours.var() > 2 * hours.mean()
    week, next_week = hours[: 24 * 7], hours[24 * 7 : 24 * 14]
    assert np.corrcoef(week, next_week)[0, 1] > 0.5


def test_a_burst_is_many_times_the_week_before() -> None:
    for seed, one in incidents("burst"):
        category = one.category or ANY_CATEGORY
        number = (lambda part: part.values) if one.category else (lambda part: part.events)
        usual = total(of(seed, one, category, during=False), number)
        now = total(of(seed, one, category), number)
        assert now > 1.5 * usual or one.size < 10


def test_new_names_are_seen_in_the_incident_alone() -> None:
    names: dict[str, Callable[[PartialSum], tuple[str, ...]]] = {
        "new-category": lambda part: (part.category,),
        "new-field": lambda part: part.fields,
        "new-destination": lambda part: part.destinations,
        "many-destinations": lambda part: part.destinations,
        "new-service": lambda part: (part.service,),
    }
    for seed, one in incidents(*names):
        name = names[one.kind]
        vendors = [part for part in sums(seed) if part.subprocessor == one.subprocessor]
        before = {
            seen for part in vendors if part.window <= one.start - STEP for seen in name(part)
        }
        during = {
            seen
            for part in vendors
            if one.start - STEP <= part.window < one.end
            for seen in name(part)
        }
        assert during - before, one


def test_silence_is_silent() -> None:
    for seed, one in incidents("silence"):
        inside = [
            part
            for part in of(seed, one)
            if one.start + STEP <= part.window and part.window + STEP <= one.end
        ]
        assert not inside
        assert of(seed, one, during=False)


def test_more_people_for_the_same_values() -> None:
    for seed, one in incidents("many-subjects"):
        now, before = of(seed, one, one.category), of(seed, one, one.category, during=False)
        values = total(now, lambda part: part.values)
        people = estimate(merge(*(part.subjects for part in now))).value
        usual = estimate(merge(*(part.subjects for part in before))).value
        assert people > 1.5 * usual * values / total(before, lambda part: part.values)


@pytest.mark.parametrize("channel", ["access", "egress"])
def test_one_channel_without_the_other(channel: str) -> None:
    for seed, one in incidents(
        f"{channel}-without-{'egress' if channel == 'access' else 'access'}"
    ):
        own = of(seed, one, channel=channel)
        assert own
        if channel == "egress":
            inner = [
                part
                for part in of(seed, one, channel="access")
                if one.start + STEP <= part.window <= one.end - STEP
            ]
            assert not inner


def test_the_judge_counts_an_alarm_as_found_late_or_false() -> None:
    made = fleet(SEEDS[0])
    one = next(incident for incident in made.incidents if incident.kind != "leak")
    alarm = Alarm(
        one.subprocessor,
        one.service,
        "",
        "egress",
        "volume-high",
        one.start,
        one.start + timedelta(minutes=1),
        5.0,
    )
    elsewhere = alarm._replace(subprocessor="nobody")
    late = alarm._replace(known=one.deadline + timedelta(minutes=1))

    in_time = next(f for f in judge(made, [alarm]).found if f.incident == one)
    too_late = next(f for f in judge(made, [late]).found if f.incident == one)
    false = judge(made, [elsewhere, elsewhere._replace(known=alarm.known + timedelta(hours=1))])

    assert in_time.in_time
    assert in_time.delay == timedelta(minutes=1)
    assert one.start <= in_time.shown
    seen = alarm._replace(known=in_time.shown + timedelta(minutes=1))
    (at_once,) = (f for f in judge(made, [seen]).found if f.incident == one)
    assert at_once.seen_for == timedelta(minutes=1)
    assert not too_late.in_time
    assert false.false == [elsewhere]
    assert not judge(made, [alarm]).false
