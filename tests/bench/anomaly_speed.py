"""The baseline stage with many keys, by hand: `python -m tests.bench.anomaly_speed [--keys N]`.

Milliseconds of CPU to fold a minute and to close one and an hour, bytes of state a key, and the
peak of memory. Every key has traffic in one minute of each hour; one in a hundred in the next.
"""

import argparse
import resource
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from detectors.anomaly import Baseline, BaselineSettings
from detectors.anomaly.persist import dump_changes
from detectors.distinct import sketch
from detectors.records import PartialSum
from detectors.records.sums import ANY_CATEGORY
from detectors.windows import HOUR, MINUTE
from tests.support.fleet.scale import START
from tests.support.fleet.vendors import CATEGORIES
from tests.support.naming import PlainNames

_NAMES = (ANY_CATEGORY, *CATEGORIES[:4])
_SERVICES = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--keys", type=int, default=100_000)
    parser.add_argument("--hours", type=int, default=4)
    chosen = parser.parse_args()
    before = _memory()
    baseline = Baseline(BaselineSettings(max_keys=max(chosen.keys, 1)), PlainNames())
    people = [sketch(range(n, n + 20)) for n in range(50)]
    print(f"{chosen.keys:,} keys; milliseconds of CPU, {before:.0f} MB before")
    for hour in range(chosen.hours):
        start = START + timedelta(hours=hour)
        _hour(baseline, start, chosen.keys, people)
    print(f"peak {_memory() - before:,.0f} MB more than before")


def _hour(baseline: Baseline, start: datetime, keys: int, people: Sequence[bytes]) -> None:
    rng = np.random.default_rng(start.hour)
    full = _sums(range(keys), start + 10 * MINUTE, rng, people)
    few = _sums(range(0, keys, 100), start + 11 * MINUTE, rng, people)
    cost = {
        "all keys wait": _timed(baseline, full, start + 10 * MINUTE),
        "their minute closes": _timed(baseline, [], start + 11 * MINUTE),
        "a minute of 1 % closes": _timed(baseline, few, start + 12 * MINUTE),
        "an empty minute closes": _timed(baseline, [], start + 13 * MINUTE),
        "the hour closes": _timed(baseline, [], start + HOUR),
    }
    began = time.process_time()
    pairs = [(name, value) for name, value in dump_changes(baseline) if value is not None]
    cost["state is dumped"] = time.process_time() - began
    size = sum(len(name) + len(value) for name, value in pairs)
    told = ", ".join(f"{what} {1000 * seconds:,.1f}" for what, seconds in cost.items())
    print(
        f"{start:%H:%M} {told}; {size / keys:,.0f} bytes a key in {len(pairs):,} pairs", flush=True
    )


def _sums(
    numbers: Sequence[int], window: datetime, rng: np.random.Generator, people: Sequence[bytes]
) -> list[PartialSum]:
    counts = rng.poisson(20, len(numbers)).tolist()
    return [
        PartialSum(
            window=window,
            channel="egress",
            subprocessor=f"vendor-{number // (_SERVICES * len(_NAMES))}",
            registered=True,
            service=f"service-{number // len(_NAMES) % _SERVICES}",
            category=_NAMES[number % len(_NAMES)],
            events=count,
            size=count * 700,
            values=count if number % len(_NAMES) else 0,
            subjects=people[number % len(people)] if number % len(_NAMES) else b"",
            destinations=("api.vendor.test",),
            fields=("$.user.email",) if number % len(_NAMES) else (),
        )
        for number, count in zip(numbers, counts, strict=True)
    ]


def _timed(baseline: Baseline, sums: Sequence[PartialSum], watermark: datetime) -> float:
    began = time.process_time()
    baseline.take(sums, watermark)
    return time.process_time() - began


def _memory() -> float:
    """The peak so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
