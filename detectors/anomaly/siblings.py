"""What stands beside an anomaly: siblings that did not move, and the hour a batch usually has."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Final

import numpy as np

from detectors.anomaly.alarm import Alarm
from detectors.anomaly.rows import Key, Rows
from detectors.anomaly.season import Season, Usual

SHOWN: Final = 3
MORE: Final = 2.0
"""What exceeds its usual so many times more than the rest of its service is told by itself."""
BATCH: Final = 4.0
"""A bin is a batch's own if it brings so many times an average hour."""
LOWEST: Final = 0.1
"""What falls to less counts as no more than that."""


def unmoved(
    rows: Rows, usual: Usual, row: int, moved: AbstractSet[int], minutes: int
) -> tuple[Key, ...]:
    """Keys of the same sub-processor that have had something in the first `minutes` of the hour,
    and no more than is usual: first those of the same service, then the same category of others,
    the busiest first."""
    _, _, service, category = rows.key(row)
    same = np.nonzero(
        rows.live[: rows.used]
        & (rows.group["subprocessor"][: rows.used] == rows.group["subprocessor"][row])
    )[0]
    count = rows.running.of["count"]
    found: list[tuple[bool, float, Key]] = []
    for other in same.tolist():
        key, brought = rows.key(other), float(count[other])
        alike = key[2] == service or key[3] == category
        usual_now = float(usual.high[other]) * minutes / 60
        if other in moved or not alike or brought <= 0 or brought > 1.5 * max(usual_now, 2.0):
            continue
        found.append((key[2] != service, -brought, key))
    return tuple(key for _, _, key in sorted(found)[:SHOWN])


def ratio_of(alarm: Alarm) -> float:
    """How many times the usual an alarm is about; of what fell, how many times less."""
    if falls(alarm):
        return alarm.expected / max(alarm.observed, LOWEST * alarm.expected)
    return alarm.observed / max(alarm.expected, 1e-9)


def falls(alarm: Alarm) -> bool:
    """Whether there is less than usual of what an alarm is about."""
    return alarm.observed < alarm.expected


def surest(alarms: Iterable[Alarm]) -> list[Alarm]:
    """Of each row the alarm that passes its bar by most; the first of equals."""
    best: dict[int, Alarm] = {}
    for alarm in alarms:
        known = best.get(alarm.row)
        if known is None or alarm.likelihood - alarm.bar > known.likelihood - known.bar:
            best[alarm.row] = alarm
    return list(best.values())


def leading(
    rows: Rows,
    alarms: Iterable[Alarm],
    leaders: Mapping[int, float],
    speaking: AbstractSet[int] = frozenset(),
) -> list[Alarm]:
    """The alarms that speak for their services: of each the most unlikely one, categories before
    the whole and growth before falls, since where one part grows another shrinks; and what exceeds
    its usual by much more than that. `leaders` are those of services that have spoken before, by
    their ratio, and `speaking` the rows that did: they go on, and what they have come to now is
    what others must exceed."""
    spoken = dict(leaders)
    chosen: list[Alarm] = []
    ranked = sorted(
        alarms,
        key=lambda one: (
            one.row not in speaking,
            falls(one),
            bool(rows.whole[one.row]),
            -one.likelihood,
            one.row,
        ),
    )
    for alarm in ranked:
        service, ratio = int(rows.group["service"][alarm.row]), ratio_of(alarm)
        more = not falls(alarm) and ratio > MORE * spoken.get(service, 0.0)
        if service not in spoken or more or alarm.row in speaking:
            spoken[service] = max(ratio, spoken.get(service, 0.0))
            chosen.append(alarm)
    return chosen


def batch_hour(
    season: Season, usual: Usual, row: int, hour: int, count: float, came: float
) -> int | None:
    """The hour of the day whose batch this looks like, if it is not about this hour, and has not
    been had by one before, which `came`; no batch comes twice as large, and who works for hours on
    end has none."""
    here, level = season.bins.bin_of(hour, row), usual.level[row]
    if usual.high[row] > level or not (usual.clumped[row] or usual.batches[row]):
        return None
    offset = here - here % 24
    best: tuple[float, int] | None = None
    for clock in range(24):
        mean = season.bins.mean_of(row, offset + clock, float(level))
        is_elsewhere = min((clock - here) % 24, (here - clock) % 24) > 1
        if is_elsewhere and mean >= max(BATCH * level, count / 1.6, 2 * came):
            best = max(best or (0.0, 0), (mean, clock))
    return best[1] if best else None
