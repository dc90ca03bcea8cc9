"""How much of labelled traffic decoding reaches, and what it costs. By hand, never in the suite:

python -m tests.bench.decode TRAFFIC.jsonl [--half first|second|all] [--misses N]

A planted value is reached where it stands in a leaf at the very path that the truth names.
Vendors are split into two halves by a hash of their name, so that rules can be made looking at
the first and judged by the second.
"""

import argparse
import json
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import orjson

from detectors.decode import Budget, decode_request
from detectors.records import EgressEvent
from tests.bench.scan import event, generated

_REPEATS = 5


def half(vendor: str) -> str:
    return "second" if zlib.crc32(vendor.encode()) % 2 else "first"


def reach(records: list[dict[str, Any]], misses: int) -> None:
    """Prints the shares of values in any leaf, and in one at their own path."""
    planted = anywhere = at_path = 0
    missed: list[str] = []
    uninspected: Counter[str] = Counter()
    for record in records:
        result = decode_request(event(record), Budget())
        uninspected.update({entry.reason: entry.bytes for entry in result.uninspected})
        for truth in record["truth"]:
            value = truth["value"].strip()
            paths = [leaf.path for leaf in result.leaves if value in leaf.text]
            planted += 1
            anywhere += bool(paths)
            if truth["where"] in paths:
                at_path += 1
            else:
                missed.append(f"{record['vendor']} {truth['where']} {value[:40]!r} in {paths[:3]}")
    print(
        f"{planted} values: {anywhere / planted:.4f} in a leaf, {at_path / planted:.4f} at its path"
    )
    print("not inspected:", dict(uninspected))
    print("\n".join(missed[:misses]))


def timed(what: str, events: list[EgressEvent], run: Callable[[EgressEvent], object]) -> None:
    best = 1e9
    for _ in range(_REPEATS):
        started = perf_counter()
        for one in events:
            run(one)
        best = min(best, perf_counter() - started)
    print(f"{what:32}{best / len(events) * 1e6:8.1f} us/event")


def speed(name: str, events: list[EgressEvent]) -> None:
    budget = Budget()
    leaves = sum(len(decode_request(one, budget).leaves) for one in events) / len(events)
    size = sum(len(one.http.request.body.content) for one in events) / len(events)
    print(f"\n{name}: {len(events)} events of {size:.0f} characters, {leaves:.1f} leaves")
    timed("decode_request", events, lambda one: decode_request(one, budget))
    plain = [one for one in events if one.http.request.body.content[:1] == "{"]
    if plain:
        timed("orjson.loads", plain, lambda one: orjson.loads(one.http.request.body.content))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("traffic", type=Path)
    parser.add_argument("--half", choices=["first", "second", "all"], default="all")
    parser.add_argument("--misses", type=int, default=0)
    options = parser.parse_args()
    with options.traffic.open() as lines:
        records = [json.loads(line) for line in lines]
    chosen = [r for r in records if options.half in ("all", half(r["vendor"]))]
    reach(chosen, options.misses)
    speed("recorded", [event(record) for record in records])
    speed("generated", generated(2000))


if __name__ == "__main__":
    main()
