"""The baseline stage: what it finds, when, in which words, and that batching changes nothing."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

import msgspec
import pytest

from detectors.anomaly import Baseline, BaselineSettings
from detectors.anomaly.persist import dump_changes, restore
from detectors.anomaly.state import hours_since_1970
from detectors.distinct import sketch
from detectors.findings import merge as merge_findings
from detectors.records import Finding, PartialSum
from detectors.records.sums import ANY_CATEGORY
from detectors.windows import MINUTE
from tests.support.moments import MONDAY, at
from tests.support.naming import PlainNames

EMAIL = "user.contact.email"


def baseline(**settings: float) -> Baseline:
    return Baseline(BaselineSettings.model_validate(settings), PlainNames())


def part(
    window: datetime,
    values: int,
    *,
    category: str = EMAIL,
    service: str = "crm",
    subprocessor: str = "hubspot",
    late: bool = False,
) -> PartialSum:
    return PartialSum(
        window=window,
        channel="egress",
        subprocessor=subprocessor,
        registered=True,
        service=service,
        category=category,
        events=values,
        values=values if category != ANY_CATEGORY else 0,
        subjects=sketch(range(values)) if category != ANY_CATEGORY else b"",
        destinations=("api.hubspot.com",),
        fields=("body>json:$.email",) if category != ANY_CATEGORY else (),
        late=late,
    )


def quiet_weeks(days: int, per_hour: int = 30, **key: str) -> Iterator[PartialSum]:
    """`per_hour` e-mail addresses at twenty past each hour, with a little noise."""
    random = Random(7)
    for hour in range(days * 24):
        window = MONDAY + timedelta(hours=hour, minutes=20)
        amount = per_hour + random.randint(-3, 3)
        yield part(window, amount, **key)
        yield part(window, amount, category=ANY_CATEGORY, **key)


def run(stage: Baseline, sums: list[PartialSum], until: datetime) -> list[Finding]:
    return stage.take(sums, until)


def usual(stage: Baseline, hour: datetime, row: int) -> float:
    return float(stage.season.usual(hours_since_1970(hour)).mean[row])


def test_usual_traffic_is_not_a_finding() -> None:
    assert run(baseline(), list(quiet_weeks(21)), at(0, day=21)) == []


def test_a_burst_is_found_in_its_minute_and_explains_itself() -> None:
    stage = baseline()
    run(stage, list(quiet_weeks(14)), at(3, day=14))

    found = run(stage, [part(at(3, 5, day=14), 1200)], at(3, 6, day=14))

    values = next(one for one in found if one.evidence.metric == "values")
    assert {one.rule for one in found} == {"volume-high"}
    assert (values.timestamp, values.last) == (at(3, 5, day=14), at(3, 6, day=14))
    assert values.values == 1200
    assert values.evidence.observed == 1200
    assert values.evidence.visits == 10
    assert values.message == (
        "user.contact.email to Hubspot from crm: 1,200 in 56 minutes, "
        "43 times the usual for weekdays 03:00 (14-43, 10 visits)"
    )


def test_a_growing_burst_adds_to_the_same_finding() -> None:
    stage = baseline()
    run(stage, list(quiet_weeks(14)), at(3, day=14))

    first = run(stage, [part(at(3, 5, day=14), 500)], at(3, 6, day=14))
    second = run(stage, [part(at(3, 6, day=14), 700)], at(3, 7, day=14))

    a, b = (next(f for f in some if f.evidence.metric == "values") for some in (first, second))
    assert a.id == b.id
    both = merge_findings(a, b)
    assert (both.values, both.evidence.observed) == (1200, 1200)


def test_a_burst_that_lasts_is_told_whole() -> None:
    """Its rate may well fall meanwhile: what it brought is what people are told."""
    stage = baseline()
    run(stage, list(quiet_weeks(14)), at(3, day=14))
    burst = [part(at(3, minute, day=14), 400 - 10 * minute) for minute in range(2, 32)]

    (whole,) = merged(run(stage, burst, at(3, 33, day=14))).values()

    assert whole.values == sum(one.values for one in burst)
    assert whole.last == at(3, 32, day=14)


def test_a_burst_does_not_become_usual_by_lasting() -> None:
    stage = baseline()
    run(stage, list(quiet_weeks(14)), at(0, day=14))
    days = 0
    for hour in range(48):
        moment = at(0, 20, day=14) + timedelta(hours=hour)
        days += bool(run(stage, [part(moment, 3000)], moment + MINUTE))
    assert days == 48


def test_silence_is_found_when_its_hours_add_up_and_stays_one_finding() -> None:
    stage = baseline()
    other = quiet_weeks(15, subprocessor="stripe")
    weeks = [*quiet_weeks(14, per_hour=9), *other]
    assert run(stage, weeks, at(1, day=14)) == [], "one quiet hour proves little"

    found = run(stage, [], at(6, day=14))

    first, last = found[0], found[-1]
    assert {one.id for one in found} == {first.id}
    assert (first.rule, first.subprocessor, first.timestamp, first.last) == (
        "volume-low",
        "hubspot",
        at(23, 21, day=13),
        at(2, day=14),
    )
    assert first.message == (
        "requests to Hubspot from crm: none since Sunday 23:21 UTC, for 2:39 hours, "
        "where 17 are usual"
    )
    assert merge_findings(first, last).message == last.message
    assert "for 6:39 hours" in last.message


def test_silence_ends_with_the_first_usual_hour_and_teaches_nothing() -> None:
    stage = baseline()
    stripe = list(quiet_weeks(16, subprocessor="stripe"))
    run(stage, [*quiet_weeks(14), *stripe], at(12, day=14))
    row = stage.rows.index["egress", "hubspot", "crm", ANY_CATEGORY]
    assert stage.rows.of["quiet_hours"][row] == 12
    learnt = usual(stage, at(11, day=15), row)

    found = run(stage, [part(at(12, 20, day=14), 30, category=ANY_CATEGORY)], at(13, day=14))

    assert [one.rule for one in found] == []
    assert stage.rows.of["quiet_hours"][row] == 0
    assert usual(stage, at(11, day=15), row) == pytest.approx(learnt, rel=0.01)


def test_an_hour_without_any_event_at_all_says_nothing_of_a_vendor() -> None:
    stage = baseline()
    run(stage, list(quiet_weeks(14)), at(0, day=14))
    row = stage.rows.index["egress", "hubspot", "crm", ANY_CATEGORY]
    before = [usual(stage, at(hour, day=14), row) for hour in range(24)]

    assert run(stage, [], at(12, day=20)) == []
    assert [usual(stage, at(hour, day=14), row) for hour in range(24)] == before


def test_a_new_category_is_found_once_after_the_learning_period() -> None:
    stage = baseline(learning_days=3)
    early = run(
        stage,
        [part(at(1, category_day), 1, category="user.name") for category_day in (0, 1)],
        at(2),
    )
    run(stage, list(quiet_weeks(5)), at(0, day=5))
    new = [part(at(1, minute, day=5), 2, category="user.health_and_medical") for minute in (1, 2)]

    found = run(stage, new, at(2, day=5))

    assert early == []
    assert [one.rule for one in found] == ["new-category"]
    assert found[0].message == (
        "user.health_and_medical to Hubspot from crm: never seen there before, in traffic watched "
        "since 2026-03-02 (2 other categories known)"
    )


def test_late_sums_are_counted_and_not_learnt() -> None:
    stage = baseline()
    run(stage, [part(at(1), 5, category=ANY_CATEGORY)], at(2))

    run(
        stage,
        [part(at(1), 7, category=ANY_CATEGORY), part(at(5), 9, category=ANY_CATEGORY, late=True)],
        at(3),
    )

    assert stage.progress.late_events == 16
    assert not stage.pending


def test_keys_beyond_the_bound_are_counted_without_a_baseline() -> None:
    stage = baseline(max_keys=2)
    run(stage, [part(at(1), 1, service=f"s{n}") for n in range(5)], at(2))
    assert (len(stage.rows.index), stage.progress.refused_keys) == (2, 3)


@pytest.mark.parametrize("seed", range(5))
def test_findings_do_not_depend_on_batches_nor_on_a_restart_between_them(seed: int) -> None:
    random = Random(seed)
    sums = [*quiet_weeks(9), *quiet_weeks(9, per_hour=8, service="web")]
    sums += [part(at(3, minute, day=8), 400) for minute in range(10)]
    sums += [part(at(4, 1, day=8), 3, category="user.health_and_medical")]
    sums.sort(key=lambda one: one.window)
    whole = baseline()
    expected = merged(run(whole, sums, at(0, day=9)))

    stage, stored, found = baseline(), dict[str, bytes](), list[Finding]()
    rest = list(sums)
    while rest:
        size = random.randint(1, 120)
        batch, rest = rest[:size], rest[size:]
        random.shuffle(batch)
        watermark = min((one.window for one in rest), default=at(0, day=9))
        found += run(stage, batch, watermark)
        for key, value in dump_changes(stage):
            if value is None:
                stored.pop(key, None)
            else:
                stored[key] = value
        if random.random() < 0.2:
            stage = baseline()
            restore(stage, stored.items())

    assert merged(found) == expected
    assert {one.rule for one in expected.values()} >= {"volume-high", "new-category"}


def merged(findings: list[Finding]) -> dict[str, Finding]:
    found: dict[str, Finding] = {}
    for one in findings:
        found[one.id] = merge_findings(found[one.id], one) if one.id in found else one
    return found


def test_a_state_of_another_version_is_refused() -> None:
    stage = baseline()
    pairs = dict(dump_changes(stage))
    later = msgspec.msgpack.encode({"version": 99})
    with pytest.raises(ValueError, match="version 99"):
        restore(baseline(), [(next(iter(pairs)), later)])
    with pytest.raises(ValueError, match="unknown kind"):
        restore(baseline(), [('["other"]', b"")])


def test_the_first_personal_data_to_a_vendor_that_was_long_clean_is_new() -> None:
    stage = baseline(learning_days=3)
    run(stage, [part(at(1, day=day), 9, category=ANY_CATEGORY) for day in range(5)], at(2, day=5))
    found = run(stage, [part(at(3, day=5), 1)], at(4, day=5))
    assert [(one.rule, one.category) for one in found] == [("new-category", EMAIL)]
