"""What is in force, for people to read: the bars, what the fleet has used of its budget, and what
is usual for each key. Nothing here changes anything."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from math import log, sqrt
from typing import Final

import msgspec

from detectors.anomaly.baseline import Baseline
from detectors.anomaly.calibration import LOOKS_A_WEEK
from detectors.anomaly.rows import Key
from detectors.anomaly.state import moment_of
from detectors.records import Feedback
from detectors.records.sums import ANY_CATEGORY
from detectors.rules import LEARNT_RULES

_LN10: Final = log(10.0)
NEEDED: Final = frozenset({"progress", "fleet", "row"})
"""Kinds of stored state that are read for it (see `persist`)."""


class FleetStanding(msgspec.Struct, frozen=True, kw_only=True):
    """What is in force for all keys of one baseline.

    `bars` is, by detector, log10 of how likely a score may be by chance to be told; `raised` how
    much of it the controller has added (0: nothing). `incidents` is the running mean of new
    incidents a day, `budget` how many there should be. The rest counts since the state began.
    """

    bars: dict[str, float]
    raised: float
    incidents: float
    budget: float
    keys: int
    refused_keys: int
    evicted_keys: int
    refused_sums: int
    late_events: int


class KeyStanding(msgspec.Struct, frozen=True, kw_only=True):
    """What is in force for one key in the hour under way.

    `usual` is what the hour should bring (`metric`: values, or events), `spread` its standard
    deviation, `visits` how many such hours have been seen. `bar` is as in `FleetStanding`, for a
    whole hour; `raised` what false positives have added to it. `told` is the last hour with an
    alarm that nobody has answered.
    """

    channel: str
    subprocessor: str
    service: str
    category: str
    metric: str
    usual: float
    spread: float
    visits: int
    bar: float
    raised: float
    since: datetime
    seen: datetime
    told: datetime | None

    @property
    def key(self) -> Key:
        return self.channel, self.subprocessor, self.service, self.category or ANY_CATEGORY


def fleet_standing(baseline: Baseline) -> FleetStanding:
    """Cheap: for after every batch."""
    settings, progress = baseline.settings, baseline.progress
    calibration = baseline.fleet.calibration
    return FleetStanding(
        bars={name: _bar(baseline, name) for name in LOOKS_A_WEEK},
        raised=round(-calibration.raised / _LN10 + 0.0, 3),
        incidents=round(calibration.incidents, 3),
        budget=settings.incidents_a_day,
        keys=len(baseline.rows.index),
        refused_keys=progress.refused_keys,
        evicted_keys=progress.evicted_keys,
        refused_sums=progress.refused_sums,
        late_events=progress.late_events,
    )


def together(standings: Sequence[FleetStanding]) -> FleetStanding:
    """Several baselines as one, such as those of a worker's partitions: numbers add up, and of bars
    the strictest speaks. ValueError for none."""
    if not standings:
        raise ValueError("there is no baseline to speak of")
    names = sorted({name for one in standings for name in one.bars})
    return FleetStanding(
        bars={name: min(one.bars[name] for one in standings if name in one.bars) for name in names},
        raised=min(one.raised for one in standings),
        incidents=sum(one.incidents for one in standings),
        budget=sum(one.budget for one in standings),
        keys=sum(one.keys for one in standings),
        refused_keys=sum(one.refused_keys for one in standings),
        evicted_keys=sum(one.evicted_keys for one in standings),
        refused_sums=sum(one.refused_sums for one in standings),
        late_events=sum(one.late_events for one in standings),
    )


def key_standings(baseline: Baseline) -> Iterator[KeyStanding]:
    """Every key, in order."""
    if not baseline.rows.index:
        return
    rows, usual = baseline.rows, baseline.usual
    bar = _bar(baseline, "windows")
    for key, row in sorted(rows.index.items()):
        mean, unit = float(usual.mean[row]), float(usual.unit[row])
        added = float(rows.of["bar"][row]) / _LN10
        hot = int(rows.of["hot"][row])
        yield KeyStanding(
            channel=key[0],
            subprocessor=key[1],
            service=key[2],
            category="" if key[3] == ANY_CATEGORY else key[3],
            metric=rows.metric(row),
            usual=round(mean, 1),
            spread=round(sqrt(mean * unit + float(usual.spread[row, -1]) * mean * mean), 1),
            visits=int(usual.visits[row]),
            bar=round(bar - added, 2),
            raised=round(-added + 0.0, 2),
            since=moment_of(int(rows.of["born"][row])),
            seen=moment_of(int(rows.of["came"][row]) // 60),
            told=moment_of(hot) if hot else None,
        )


def verdicts_on(key: KeyStanding, answers: Iterable[Feedback]) -> list[Feedback]:
    """The verdicts that concern a key, in their order."""
    return [
        one
        for one in answers
        if one.rule in LEARNT_RULES
        and one.verdict != "duplicate"
        and one.subprocessor == key.subprocessor
        and (not one.services or key.service in one.services)
        and (not one.categories or key.category in {*one.categories, ""})
    ]


def _bar(baseline: Baseline, detector: str) -> float:
    bar = baseline.fleet.calibration.bar(detector, baseline.settings.false_alarms_a_week)
    return round(-bar / _LN10, 3)
