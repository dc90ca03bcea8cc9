"""Lone reads and second opinions come out of the baseline stage, and outlive its process."""

from collections.abc import Iterable
from datetime import datetime

from detectors.anomaly import Baseline, BaselineSettings
from detectors.anomaly.opinion import DriftSettings, OpinionSettings
from detectors.anomaly.persist import dump_changes, restore
from detectors.records import Finding, PartialSum
from tests.support.moments import at
from tests.support.naming import PlainNames
from tests.unit.anomaly.test_counterpart import learnt, parts
from tests.unit.anomaly.test_opinion import hour, part, usual

BESIDE = {"access-without-egress", "egress-without-access", "second-opinion", "level-changed"}
SETTINGS = BaselineSettings(
    second_opinion=OpinionSettings(model="StandardAbsoluteDeviation"), drift=DriftSettings()
)


def take(baseline: Baseline, sums: Iterable[PartialSum], until: datetime) -> list[Finding]:
    return [one for one in baseline.take(sums, until) if one.rule in BESIDE]


def twin(baseline: Baseline) -> Baseline:
    """Another process with what the first has stored."""
    pairs = [(name, value) for name, value in dump_changes(baseline) if value is not None]
    other = Baseline(SETTINGS, PlainNames())
    restore(other, pairs)
    return other


def test_a_lone_read_is_found_also_by_who_takes_over() -> None:
    first = Baseline(SETTINGS, PlainNames())
    take(first, [*learnt(), *parts(at(12, day=6), "access", 4000)], at(12, 30, day=6))
    second = twin(first)

    [finding] = [one for one in take(second, [], at(13, day=6)) if "without" in one.rule]

    assert finding.rule == "access-without-egress"
    assert finding in take(first, [], at(13, day=6))


def test_a_strange_hour_is_found_also_by_who_takes_over() -> None:
    first = Baseline(SETTINGS, PlainNames())
    weeks = [part(number, values) for number, values in enumerate(usual(24 * 14))]
    take(first, weeks, hour(24 * 14))
    second = twin(first)

    found = take(second, [part(24 * 14, 900)], hour(24 * 14 + 1))

    assert "second-opinion" in {one.rule for one in found}
    assert found == take(first, [part(24 * 14, 900)], hour(24 * 14 + 1))


def test_without_settings_there_is_no_second_opinion() -> None:
    alone = Baseline(BaselineSettings(), PlainNames())
    weeks = [part(number, values) for number, values in enumerate([*usual(24 * 14), 900])]
    assert not take(alone, weeks, hour(24 * 14 + 1))
    assert not [name for name, _ in dump_changes(alone) if "opinion" in name]
