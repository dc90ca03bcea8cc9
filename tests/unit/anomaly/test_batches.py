"""Batches: traffic that comes in few hours of the day or of the week, and what is unusual of it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np

from detectors.anomaly import Baseline, BaselineSettings
from detectors.anomaly.sliding import peak_spread
from detectors.records import Finding, PartialSum
from detectors.records.sums import ANY_CATEGORY
from tests.support.moments import MONDAY
from tests.support.naming import PlainNames

DAY = timedelta(days=1)
NIGHT = timedelta(hours=2, minutes=40)
WEEKS = 3


def part(window: datetime, events: int, subprocessor: str = "backup") -> PartialSum:
    return PartialSum(
        window=window,
        channel="egress",
        subprocessor=subprocessor,
        registered=True,
        service="crm",
        category=ANY_CATEGORY,
        events=events,
        size=events * 500,
        destinations=("in.backup.test",),
    )


def batch(start: datetime, rng: np.random.Generator, times: float = 1.0) -> list[PartialSum]:
    """Half an hour of a hundred requests a minute, more or less, some minutes early or late."""
    first = start + timedelta(minutes=int(rng.normal(0, 8)))
    size = times * 100 * rng.lognormal(0, 0.15)
    return [part(first + timedelta(minutes=n), int(rng.poisson(size))) for n in range(30)]


def others(days: int) -> list[PartialSum]:
    """Another vendor, so that the feed is there in each hour."""
    hours = range(days * 24)
    return [part(MONDAY + timedelta(hours=hour, minutes=30), 12, "other") for hour in hours]


def nightly(rng: np.random.Generator, days: int) -> Iterator[PartialSum]:
    for day in range(days):
        yield from batch(MONDAY + day * DAY + NIGHT, rng)


def run(stage: Baseline, sums: list[PartialSum], until: datetime) -> list[Finding]:
    return [one for one in stage.take(sums, until) if one.subprocessor == "backup"]


def learnt(rng: np.random.Generator, days: int = 7 * WEEKS) -> tuple[Baseline, list[Finding]]:
    stage = Baseline(BaselineSettings(), PlainNames())
    sums = [*nightly(rng, days), *others(days + 3)]
    return stage, run(stage, sums, MONDAY + days * DAY)


def test_a_nightly_batch_that_comes_early_or_late_by_minutes_is_usual() -> None:
    found = [one for seed in range(4) for one in learnt(np.random.default_rng(seed))[1]]
    assert found == []


def test_a_batch_around_midnight_leaves_no_day_without_it() -> None:
    """Some days have two, and the one after has none."""
    found: list[Finding] = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        stage = Baseline(BaselineSettings(), PlainNames())
        late = timedelta(hours=23, minutes=48)
        nights = [batch(MONDAY + day * DAY + late, rng)[:6] for day in range(26)]
        sums = [*(one for night in nights for one in night), *others(28)]
        found += run(stage, sums, MONDAY + 27 * DAY)
    assert "volume-low" not in {one.rule for one in found}


def test_a_batch_ten_times_as_busy_is_found_in_two_minutes() -> None:
    rng = np.random.default_rng(1)
    stage, _ = learnt(rng)
    grown = batch(MONDAY + 7 * WEEKS * DAY + NIGHT, rng, times=10)
    first, second = grown[0].window, grown[1].window + timedelta(minutes=1)

    found = run(stage, grown[:2], second)

    assert {one.rule for one in found} == {"volume-high"}
    assert min(one.detected for one in found) - first <= timedelta(minutes=2)


def test_a_burst_of_a_batch_is_compared_with_what_batches_have() -> None:
    """And not with its share of an hour, most of which is empty."""
    rng = np.random.default_rng(1)
    stage, _ = learnt(rng)
    grown = batch(MONDAY + 7 * WEEKS * DAY + NIGHT, rng, times=10)
    found = run(stage, grown, grown[-1].window + timedelta(minutes=1))
    loudest = max(found, key=lambda one: one.score)
    assert 5 < loudest.evidence.observed / loudest.evidence.expected < 25


def test_a_batch_at_another_hour_is_told_as_moved() -> None:
    rng = np.random.default_rng(2)
    stage, _ = learnt(rng)
    moved = batch(MONDAY + 7 * WEEKS * DAY + NIGHT + timedelta(hours=7), rng)
    found = run(stage, moved, moved[-1].window + timedelta(hours=1))
    assert "batch-moved" in {one.rule for one in found}


def test_a_batch_that_runs_again_is_not_told_as_moved() -> None:
    rng = np.random.default_rng(2)
    stage, _ = learnt(rng)
    night = MONDAY + 7 * WEEKS * DAY + NIGHT
    again = batch(night + timedelta(hours=2), rng)
    found = run(stage, [*batch(night, rng), *again], again[-1].window + timedelta(hours=1))
    assert {one.rule for one in found} <= {"volume-high", "off-hours"}
    assert found


def test_who_works_by_day_has_no_batch_that_could_come_at_night() -> None:
    """As much as in a busy hour, and stolen."""
    rng, stage = np.random.default_rng(5), Baseline(BaselineSettings(), PlainNames())
    days = [
        part(MONDAY + day * DAY + timedelta(minutes=minute), events)
        for day in range(14)
        for minute in range(8 * 60, 18 * 60)
        if (events := int(rng.poisson(5)))
    ]
    night = MONDAY + 14 * DAY + timedelta(hours=2)
    run(stage, [*days, *others(15)], night)
    stolen = [part(night + timedelta(minutes=number), 10) for number in range(30)]
    assert {one.rule for one in run(stage, stolen, night + DAY / 24)} == {"off-hours"}


def test_a_day_without_its_batch_is_told_once_when_it_is_over() -> None:
    stage, _ = learnt(np.random.default_rng(3))
    empty = MONDAY + 7 * WEEKS * DAY

    found = run(stage, [], empty + 2 * DAY)

    days = [one for one in found if one.last - one.timestamp == DAY + timedelta(hours=3)]
    assert [(one.rule, one.timestamp) for one in days] == [("volume-low", empty)]


def test_no_batch_on_a_day_on_which_the_feed_was_away_is_no_silence() -> None:
    rng = np.random.default_rng(4)
    stage = Baseline(BaselineSettings(), PlainNames())
    away = MONDAY + 7 * WEEKS * DAY
    feed = [one for one in others(7 * WEEKS + 2) if not away <= one.window < away + DAY / 2]
    run(stage, [*nightly(rng, 7 * WEEKS), *feed], away)
    assert run(stage, [], away + DAY + timedelta(hours=1)) == []


def test_a_weekly_batch_is_usual_from_its_third_time_on() -> None:
    """What its weekday brought a week ago may come again; silent days between say nothing."""
    rng = np.random.default_rng(5)
    weeks = [batch(MONDAY + week * 7 * DAY + DAY + NIGHT, rng) for week in range(5)]
    stage = Baseline(BaselineSettings(), PlainNames())
    run(stage, [*weeks[0], *weeks[1], *others(35)], MONDAY + 14 * DAY)
    late = [one for week in weeks[2:] for one in week]
    assert run(stage, late, MONDAY + 35 * DAY) == []


def test_an_attack_does_not_become_usual_for_its_weekday() -> None:
    """A day that had an alarm says nothing of what the next week's may bring."""
    rng = np.random.default_rng(6)
    stage, _ = learnt(rng, 14)
    run(stage, others(30), MONDAY + 14 * DAY)
    for week in (14 * DAY, 21 * DAY):
        noon = MONDAY + week + timedelta(hours=12)
        theft = [part(noon + timedelta(minutes=n), 2_500) for n in range(30)]
        nights = [batch(MONDAY + week + n * DAY + NIGHT, rng) for n in range(7)]
        sums = [*theft, *(one for night in nights for one in night)]
        found = run(stage, sums, MONDAY + week + 7 * DAY)
        assert any(noon <= one.timestamp < noon + timedelta(minutes=3) for one in found)


def test_attacks_hardly_teach_how_much_batches_stray() -> None:
    rng = np.random.default_rng(1)
    stage, _ = learnt(rng, 14)
    (row,) = (row for key, row in stage.rows.index.items() if key[1] == "backup")
    before = peak_spread(stage.rows, np.array([row]))[0]
    for day in range(14, 17):
        run(stage, batch(MONDAY + day * DAY + NIGHT, rng, times=10), MONDAY + (day + 1) * DAY)
    assert peak_spread(stage.rows, np.array([row]))[0] < before + 0.4


def every_quarter(rng: np.random.Generator, hours: range, times: float = 1.0) -> list[PartialSum]:
    """A job that runs every fifteen minutes for two, forty requests a run."""
    return [
        part(MONDAY + timedelta(hours=hour, minutes=minute + second), int(rng.poisson(size)), "job")
        for hour in hours
        for minute in range(4, 60, 15)
        for size in [times * 20 * rng.gamma(8, 1 / 8)]
        for second in (0, 1)
    ]


def test_what_runs_every_few_minutes_is_held_against_its_hour() -> None:
    rng, days = np.random.default_rng(4), 10
    stage = Baseline(BaselineSettings(), PlainNames())
    calm = [*every_quarter(rng, range(days * 24)), *others(days)]
    assert stage.take(calm, MONDAY + days * DAY) == []
    row = stage.rows.index["egress", "job", "crm", ANY_CATEGORY]
    assert stage.usual.lumpy[:, row].tolist() == [True, False]
    assert not stage.usual.clumped[row]

    runs = every_quarter(rng, range(days * 24 + 9, days * 24 + 10), times=5.0)[:4]
    found = stage.take(runs, runs[-1].window + timedelta(minutes=1))

    assert {one.rule for one in found} == {"volume-high"}
    assert max(one.evidence.minutes or 0 for one in found) >= 10
