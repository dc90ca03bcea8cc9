"""Baselines against labelled fleets, by hand: `python -m tests.bench.anomaly [--report] ...`.

Recall and delay by kind of incident, ours and others' at the same rate of false alarms. Without
`--report` on the development seeds.
"""

import argparse
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from statistics import median

from detectors.anomaly import Baseline, BaselineSettings
from tests.bench.anomaly_rivals import RIVALS, at_rate, scored
from tests.support.fleet import (
    COARSE,
    DEVELOPMENT_SEEDS,
    FULL,
    KINDS,
    MEDIUM,
    REPORT_SEEDS,
    Benign,
    Fleet,
    Incident,
)
from tests.support.fleet.happenings import moment
from tests.support.fleet.judge import Alarm, Found, Verdict, alarm_of, judge
from tests.support.fleet.scale import MINUTES_A_DAY
from tests.support.naming import PlainNames

SCALES = {"full": FULL, "medium": MEDIUM, "coarse": COARSE}
EXACT = ("new-",)
"""Rules that have no bar: what they say is so, or not."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--report", action="store_true", help="the seeds kept for reports")
    parser.add_argument("--seeds", type=int, nargs="+", default=DEVELOPMENT_SEEDS[:2])
    parser.add_argument("--scale", choices=list(SCALES), default="full")
    parser.add_argument(
        "--rates", type=float, nargs="+", default=[0.01, 0.1], help="false alarms a key and week"
    )
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=(), help="of incidents")
    parser.add_argument("--list", action="store_true", help="every false alarm, in words")
    parser.add_argument("--no-rivals", action="store_true")
    parser.add_argument("--no-traces", action="store_true", help="nothing brings a trace id")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=NUMBER")
    chosen = parser.parse_args()
    seeds = REPORT_SEEDS if chosen.report else tuple(chosen.seeds)
    scale = replace(SCALES[chosen.scale], kinds=tuple(chosen.kinds), traces=not chosen.no_traces)
    fleets = [Fleet(seed, scale) for seed in seeds]
    print(f"seeds {seeds}: {sum(len(fleet.keys) for fleet in fleets)} keys")
    settings = BaselineSettings(**{k: float(v) for k, v in (one.split("=") for one in chosen.set)})
    ours = [alarms_of(fleet, settings) for fleet in fleets]
    pairs = list(zip(fleets, ours, strict=True))
    tell("ours, as configured", [judge(fleet, alarms) for fleet, alarms in pairs])
    _tell_false(pairs)
    if chosen.list:
        for fleet, alarms in pairs:
            for one in judge(fleet, alarms).false:
                print(f"  false: {one.known:%m-%d %H:%M} {one.rule} {one.message}")
    ranked = {"ours": [certain(alarms) for alarms in ours]}
    if not chosen.no_rivals:
        ranked |= {name: [scored(one, new) for one in fleets] for name, new in RIVALS.items()}
    for rate in chosen.rates:
        table({name: at_rate(fleets, alarms, rate) for name, alarms in ranked.items()}, rate)


def alarms_of(fleet: Fleet, settings: BaselineSettings) -> list[Alarm]:
    baseline = Baseline(settings, PlainNames())
    step = timedelta(minutes=fleet.scale.step)
    alarms: list[Alarm] = []
    taken, began = 0, time.process_time()
    for window, sums in fleet.sums():
        taken += len(sums)
        alarms += map(alarm_of, baseline.take(sums, window + step))
    spent = time.process_time() - began
    print(f"seed {fleet.seed}: {taken:,} sums, {spent:.0f} s of CPU with the making of them")
    return alarms


def certain(alarms: list[Alarm]) -> list[Alarm]:
    """For a higher bar where there are too many false alarms; exact rules stay as they are."""
    return [
        one._replace(score=float("inf")) if one.rule.startswith(EXACT) else one for one in alarms
    ]


def tell(title: str, verdicts: Sequence[Verdict]) -> None:
    print(f"\n{title}: {_rates(verdicts)}")
    print(f"{'kind':24} {'n':>3} {'recall':>6} {'2 min':>6} {'median delay':>14}  first rules")
    for (kind, size), found in sorted(_by_kind(verdicts).items()):
        rules = Counter(one.rules[0] for one in found if one.rules)
        told = ", ".join(f"{rule} {count}" for rule, count in rules.most_common(3))
        numbers = f"{len(found):3} {_recall(found):6.2f} {_soon(found):6.2f} {_delay(found):>14}"
        print(f"{f'{kind} {size:g}':24} {numbers}  {told}")
    for found in (one for verdict in verdicts for one in verdict.found):
        if not found.in_time:
            _tell_missed(found.incident)


def _tell_missed(one: Incident) -> None:
    where = f"{one.service} {one.category or '*'}, {one.hourly:.0f} an hour usual"
    when = f"{one.start:%m-%d %H:%M} to {one.end:%m-%d %H:%M}"
    print(f"  missed: {one.kind} {one.size:g} {when} {where}")


def _tell_false(pairs: Iterable[tuple[Fleet, list[Alarm]]]) -> None:
    """False alarms by rule, in the days without incidents and after; and what they were about."""
    early, late, about = Counter[str](), Counter[str](), Counter[str]()
    for fleet, alarms in pairs:
        streams = {key.course.stream.service: key.course.stream for key in fleet.keys}
        for alarm in judge(fleet, alarms, first_day=0).false:
            learning = alarm.known < moment(fleet.scale.quiet_days * MINUTES_A_DAY)
            (early if learning else late)[alarm.rule] += 1
            if not learning:
                stream = streams.get(alarm.service)
                about[f"{alarm.channel} {stream.rhythm if stream else 'whole vendor'}"] += 1
                about.update(one.kind for one in fleet.benign if _is_near(alarm, one))
    print(f"false alarms, first weeks: {dict(early)}; then: {dict(late)}; about {dict(about)}")


def _is_near(alarm: Alarm, event: Benign) -> bool:
    return event.subprocessor in (
        "",
        alarm.subprocessor,
    ) and event.start <= alarm.known <= event.end + timedelta(hours=2)


def table(rows: dict[str, list[Verdict]], rate: float) -> None:
    print(f"\nrecall (median delay) where false alarms are at most {rate:g} a key and week")
    kinds = sorted({kind for verdicts in rows.values() for kind in _by_kind(verdicts)})
    for name, verdicts in rows.items():
        print(f"\n{name}: {_rates(verdicts)}")
        by_kind = _by_kind(verdicts)
        cells = [
            f"{k} {s:g}: {_recall(by_kind[k, s]):.2f} ({_delay(by_kind[k, s])})" for k, s in kinds
        ]
        for first in range(0, len(cells), 4):
            print("  " + " | ".join(cells[first : first + 4]))


def _rates(verdicts: Sequence[Verdict]) -> str:
    false = sum(len(one.false) for one in verdicts)
    weeks = sum(one.key_weeks for one in verdicts)
    months = sum(one.false_incidents_a_month for one in verdicts) / len(verdicts)
    found = [one for verdict in verdicts for one in verdict.found]
    return (
        f"recall {_recall(found):.2f} of {len(found)}, {false / weeks:.4f} false a key-week, "
        f"{months:.2f} false incidents a sub-processor and month"
    )


def _by_kind(verdicts: Iterable[Verdict]) -> dict[tuple[str, float], list[Found]]:
    kinds: dict[tuple[str, float], list[Found]] = {}
    for one in (found for verdict in verdicts for found in verdict.found):
        kinds.setdefault((one.incident.kind, one.incident.size), []).append(one)
    return kinds


def _recall(found: Sequence[Found]) -> float:
    return sum(one.in_time for one in found) / max(1, len(found))


def _soon(found: Sequence[Found]) -> float:
    """Within two minutes of the first request of it."""
    soon = [one.seen_for is not None and one.seen_for <= timedelta(minutes=2) for one in found]
    return sum(soon) / max(1, len(soon))


def _delay(found: Sequence[Found]) -> str:
    delays = sorted(one.delay for one in found if one.delay is not None and one.in_time)
    return (
        str(timedelta(seconds=round(median(d.total_seconds() for d in delays)))) if delays else "-"
    )


if __name__ == "__main__":
    main()
