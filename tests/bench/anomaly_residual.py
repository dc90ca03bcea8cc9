"""Does an autoregressive residual earn its keep? Forecasts of hours, by hand:

    python -m tests.bench.anomaly_residual ARCHIVE...   # see tests.bench.anomaly_public

The seasonal mean alone, times the engine's pace, and times AR models, out of sample: how likely
what came was, and how many hours of two and three times what came are found at one false alarm a
series and week. Hours that usually bring less than `BUSY` are not multiplied.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tests.bench.anomaly_public import LOGS, MONDAYS
from tests.support.fleet import MEDIUM, Fleet
from tests.support.fleet.rhythm import Series
from tests.support.fleet.scale import START
from tests.support.public import hourly_series
from tests.support.public.fleets import SIZES
from tests.support.public.forecasts import FIRST_FIT, FORECASTS, judged, seasonal, surprises
from tests.support.public.rates import WEEK

BUSY = 5.0
TIMES = (2.0, 3.0)
SEEDS = (11, 12, 13)


class Counts(NamedTuple):
    """`values` from an hour since 1970 on."""

    start: int
    values: Series


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("archives", type=Path, nargs="+")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS, help="of the simulator")
    chosen = parser.parse_args()
    for name, found in sets(chosen.archives, chosen.seeds):
        if found:
            tell(name, found)


def sets(archives: list[Path], seeds: list[int]) -> Iterator[tuple[str, list[Counts]]]:
    """Series by hour: of rates three sizes, of logs and of the simulator's services requests."""
    rng = np.random.default_rng(5)
    for one in hourly_series(archives):
        stretches = list(one.weeks(12))
        for size in SIZES:
            scaled = [(start, hours * size * 60 / hours.mean()) for start, hours in stretches]
            drawn = [Counts(start, rng.poisson(hours).astype(float)) for start, hours in scaled]
            yield f"{one.name}, {size:g} a minute", drawn
    for name, read in LOGS.items():
        if log := read(archives):
            first = int(MONDAYS[name][0].timestamp()) // 3600
            yield name, list(_of_log(log, first))
    hour = int(START.timestamp()) // 3600
    yield (
        "simulated",
        [
            Counts(hour, key.events.reshape(-1, 60).sum(axis=1).astype(float))
            for seed in seeds
            for key in Fleet(seed, MEDIUM).keys
            if key.share is None
        ],
    )


def _of_log(log, first: int) -> Iterator[Counts]:
    """Stretches of twelve weeks of every service that has an event in two hours."""
    for stream in range(len(log.streams)):
        own = log.only(log.stream == stream)
        requests = own.only(np.unique(own.request, return_index=True)[1])
        hours = requests.minute // 60 - first
        values = np.bincount(hours[hours >= 0]).astype(float)
        for place in range(0, len(values) - 12 * WEEK, 12 * WEEK):
            part = values[place : place + 12 * WEEK]
            if part.mean() >= 0.5:
                yield Counts(first + place, part)


def tell(name: str, found: list[Counts]) -> None:
    """One line for each forecast."""
    means = [seasonal(one.values, one.start) for one in found]
    print(f"\n{name}: {len(found)} series")
    print(f"{'':26}{'log likelihood':>15}{'dispersion':>12}" + "".join(f"{t:8g}x" for t in TIMES))
    for title, forecast in FORECASTS.items():
        rows = [_row(one.values, mean, forecast) for one, mean in zip(found, means, strict=True)]
        likely, dispersion = (np.concatenate([r[n] for r in rows]).mean() for n in (0, 1))
        every = np.concatenate([r[2] for r in rows])
        most = max(1, round(len(every) / WEEK))
        bar = np.sort(every)[-most]
        recall = [np.mean(np.concatenate([r[3][n] for r in rows]) > bar) for n in range(len(TIMES))]
        told = "".join(f"{one:9.3f}" for one in recall)
        print(f"{title:26}{likely:15.4f}{dispersion:12.3f}{told}")


def _row(counts: Series, means: Series, forecast) -> tuple[Series, Series, Series, list[Series]]:
    """Of the hours after `FIRST_FIT` and another week: log likelihoods, dispersions, surprises, and
    surprises of multiples of the busy ones."""
    tried = slice(FIRST_FIT + WEEK if len(counts) > 4 * WEEK else FIRST_FIT, None)
    expected = forecast(counts, means)
    likely, dispersion = judged(counts, expected)
    busy = means[tried] >= BUSY
    came, due, stray = counts[tried], expected[tried], dispersion[tried]
    multiples = [surprises(times * came[busy], due[busy], stray[busy]) for times in TIMES]
    return likely[tried], stray, surprises(came, due, stray), multiples


if __name__ == "__main__":
    main()
