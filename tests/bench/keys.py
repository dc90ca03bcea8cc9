"""What key names, siblings and the linear model find in structured leaves. By hand, never in the
suite:

python -m tests.bench.keys TRAFFIC.jsonl [--half tuned|held-out|all] [--worst N]

A planted value counts where it stands alone in some decoded leaf (or nearly so): values in prose
are another reader's matter, and so are formats that are not decoded. Vendors are parted into two
halves by the parity of their place in the alphabet; whoever writes rules looks at the misses of
the `tuned` half only.
"""

import argparse
import json
from collections import Counter
from pathlib import Path
from time import perf_counter
from typing import Any

from detectors.decode import Budget, Decoded, Leaf, decode_request
from detectors.scan import default_scanner
from tests.bench.scan import Score, category, event

_ALONE = 0.7
"""The share of its leaf that a planted value takes at least, to be called structured."""


def structured(planted: dict[str, Any], leaves: list[Leaf]) -> bool:
    """Whether some leaf is the planted value, or little more."""
    value = planted["value"].strip()
    return any(
        value in leaf.text and len(value) >= _ALONE * len(leaf.text.strip()) for leaf in leaves
    )


def chosen(records: list[dict[str, Any]], half: str) -> list[dict[str, Any]]:
    """The records of one half of the vendors."""
    vendors = sorted({record["vendor"] for record in records})
    parity = {"tuned": (0,), "held-out": (1,), "all": (0, 1)}[half]
    wanted = {vendor for place, vendor in enumerate(vendors) if place % 2 in parity}
    return [record for record in records if record["vendor"] in wanted]


def measure(records: list[dict[str, Any]]) -> tuple[Score, Counter[str]]:
    """The scores, and what is left out by category."""
    scanner, score, left_out = default_scanner(), Score(), Counter[str]()
    for record in records:
        decoded: Decoded = decode_request(event(record), Budget())
        parted: dict[bool, list[dict[str, Any]]] = {True: [], False: []}
        for planted in record["truth"]:
            parted[structured(planted, decoded.leaves)].append(planted)
        left_out.update(category(planted["category"]) for planted in parted[False])
        # a hit on prose is no false finding, and no clean request has truth left out
        judged = {
            **record,
            "truth": parted[True],
            "ambient": [*record["ambient"], *parted[False]],
        }
        clean, flagged = score.clean, score.flagged
        score.add(judged, scanner.scan(decoded))
        if record["truth"]:
            score.clean, score.flagged = clean, flagged
    return score, left_out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("traffic", type=Path)
    parser.add_argument("--half", choices=["tuned", "held-out", "all"], default="held-out")
    parser.add_argument("--worst", type=int, default=10)
    options = parser.parse_args()
    with options.traffic.open() as lines:
        records = chosen([json.loads(line) for line in lines], options.half)
    started = perf_counter()
    score, left_out = measure(records)
    print("\n".join(score.table()))
    print(
        f"not structured or not decoded: {left_out.total()} planted;"
        f" {perf_counter() - started:.1f} s"
    )
    for title, lines in (("missed", score.misses), ("false", score.wrong)):
        print(f"{title}: {len(lines)}")
        for line, count in Counter(lines).most_common(options.worst):
            print(f"  {count:3} {line}")


if __name__ == "__main__":
    main()
