"""What is found in running text, by entity: recorded traffic, and templates by other authors.

python -m tests.bench.freetext TRAFFIC.jsonl [--wheel presidio_evaluator.whl] [--ner] [--misses N]
    [--half first|second|all]

In recorded traffic only leaves of running text (no tables) count, of the vendors of one half by
the alphabet: look at the misses of the first, report the second. In templates a value counts as
found where a hit of its entity overlaps it, and a hit as right where it overlaps a value; a street
must overlap by half.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from detectors.decode import Decoded, Leaf
from detectors.scan import Hit
from detectors.scan.base import RequestScanner
from detectors.scan.build import build_scanner
from detectors.scan.prose import ProseReader
from detectors.scan.prose.segments import is_prose
from detectors.taxonomy import default_taxonomy
from monitor.evaluation.reading import read_records, readable
from tests.support.freetext import Sample, samples, templates

common_name = default_taxonomy().common_name


class Tally:
    """Counts by entity or category."""

    def __init__(self) -> None:
        self.planted: Counter[str] = Counter()
        self.found: Counter[str] = Counter()
        self.right: Counter[str] = Counter()
        self.wrong: Counter[str] = Counter()
        self.misses: list[str] = []
        self.errors: list[str] = []

    def table(self, title: str) -> Iterator[str]:
        yield f"\n{title:52}{'planted':>8}{'recall':>8}{'precision':>10}{'F':>7}"
        for name in sorted(self.planted | self.wrong):
            yield self._row(
                name, self.planted[name], self.found[name], self.right[name], self.wrong[name]
            )
        totals = (c.total() for c in (self.planted, self.found, self.right, self.wrong))
        yield self._row("all", *totals)

    @staticmethod
    def _row(name: str, planted: int, found: int, right: int, wrong: int) -> str:
        recall = found / planted if planted else 0.0
        precision = right / (right + wrong) if right + wrong else 1.0
        score = 2 * recall * precision / (recall + precision) if recall + precision else 0.0
        return f"{name:52}{planted:8}{recall:8.3f}{precision:10.3f}{score:7.3f}"


class Recorded(NamedTuple):
    """A recorded request, decoded, with what is known of it."""

    vendor: str
    decoded: Decoded
    truth: list[dict[str, Any]]
    ambient: list[dict[str, Any]]


def recorded(file: Path) -> Iterator[Recorded]:
    with readable(str(file)) as stream:
        for record in read_records(stream, "traffic"):
            assert record.decoded is not None, record.problem
            line = json.loads(record.data)
            yield Recorded(line["vendor"], record.decoded, line["truth"], line["ambient"])


def traffic(records: list[Recorded], scanner: RequestScanner) -> Tally:
    """Of each request the leaves of running text alone, scanned with the whole request."""
    tally = Tally()
    for record in records:
        prose = {id(leaf): leaf for leaf in record.decoded.leaves if _counts(leaf)}
        hits = [hit for hit in scanner.scan(record.decoded) if id(hit.leaf) in prose]
        paths = {leaf.path for leaf in prose.values()}
        _recorded(tally, record, hits, paths)
    return tally


def _counts(leaf: Leaf) -> bool:
    return is_prose(leaf.text) and len(leaf.text) > 40 and not _is_table(leaf.text)


def _is_table(text: str) -> bool:
    """Rows with separators: decoded as a table or not at all, but no running text."""
    rows = text.strip().splitlines()[:3]
    return len(rows) > 1 and any(
        rows[0].count(sign) > 1 and len({row.count(sign) for row in rows}) == 1 for sign in ",;\t|"
    )


def _recorded(tally: Tally, record: Recorded, hits: Sequence[Hit], paths: set[str]) -> None:
    for planted in record.truth:
        if planted["where"] not in paths:
            continue
        name = common_name(planted["category"])
        tally.planted[name] += 1
        value = planted["value"].strip()
        here = (
            h for h in hits if h.leaf.path == planted["where"] and common_name(h.entity) == name
        )
        if any(value in hit.value for hit in here):
            tally.found[name] += 1
        else:
            tally.misses.append(f"{record.vendor} {planted['category']} {value!r}")
    known = [planted["value"] for planted in (*record.truth, *record.ambient)]
    for hit in hits:
        right = any(hit.value in value or value.strip() in hit.value for value in known)
        (tally.right if right else tally.wrong)[common_name(hit.entity)] += 1
        if not right:
            around = hit.leaf.text[max(0, hit.start - 30) : hit.end + 15]
            tally.errors.append(
                f"{record.vendor} {hit.entity} {hit.evidence} {hit.value!r} in {around!r}"
            )


def filled(texts: Iterable[Sample], scanner: RequestScanner) -> Tally:
    """The templates' texts, each a request of one leaf."""
    tally = Tally()
    for sample in texts:
        hits = scanner.scan(Decoded(leaves=[Leaf("text", (), sample.text)]))
        for span in sample.spans:
            tally.planted[span.entity] += 1
            if any(_same(hit, span.entity, span.start, span.end) for hit in hits):
                tally.found[span.entity] += 1
            else:
                around = sample.text[max(0, span.start - 40) : span.end + 15]
                tally.misses.append(f"{span.entity} {around!r}")
        for hit in hits:
            name = _coarse(hit.entity)
            if any(_same(hit, span.entity, span.start, span.end) for span in sample.spans):
                tally.right[name] += 1
            elif name != "POSTCODE" or not _within(hit, sample.towns):
                tally.wrong[name] += 1
                around = sample.text[max(0, hit.start - 40) : hit.end + 15]
                tally.errors.append(f"{hit.entity} {hit.evidence} {hit.value!r} in {around!r}")
    return tally


def _same(hit: Hit, entity: str, start: int, end: int) -> bool:
    if _coarse(hit.entity) != entity:
        return False
    shared = min(hit.end, end) - max(hit.start, start)
    return shared * 2 >= end - start if entity == "STREET_ADDRESS" else shared > 0


def _within(hit: Hit, spans: Iterable[tuple[int, int]]) -> bool:
    return any(start <= hit.start and hit.end <= end for start, end in spans)


def _coarse(entity: str) -> str:
    return "NATIONAL_ID" if common_name(entity) == "NATIONAL_ID" else entity


def cost() -> Iterator[str]:
    """Microseconds of the reader alone."""
    reader = ProseReader()
    text = (
        "Hello, this is a note about the order that was placed last week. Please call me back on "
        "+44 20 7946 0700 or write to me. My name is Jane Roe and I live at 12 Elm Street, "
        "Springfield. The parcel was damaged when it arrived and I would like to have it replaced "
        "soon. Kind regards,\nJane Roe"
    )
    bare = Decoded(leaves=[Leaf(f"$.k{n}", (f"k{n}",), f"value-{n}") for n in range(20)])
    for title, decoded in (
        ("20 leaves without prose", bare),
        (f"a leaf of {len(text)} characters", Decoded(leaves=[Leaf("$.note", ("note",), text)])),
    ):
        rounds = 2_000
        started = perf_counter()
        for _ in range(rounds):
            list(reader.read(decoded, ()))
        yield f"{title:52}{(perf_counter() - started) / rounds * 1e6:8.1f} us"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("traffic", type=Path)
    parser.add_argument("--wheel", type=Path)
    parser.add_argument("--ner", action="store_true")
    parser.add_argument("--half", choices=["first", "second", "all"], default="second")
    parser.add_argument("--misses", type=int, default=0)
    options = parser.parse_args()
    records = list(recorded(options.traffic))
    vendors = sorted({record.vendor for record in records})
    chosen = {"first": vendors[::2], "second": vendors[1::2], "all": vendors}[options.half]
    scanner = build_scanner(ner=options.ner)
    first = traffic([r for r in records if r.vendor in chosen], scanner)
    second = filled(samples(templates(options.wheel)), scanner)
    for tally, title in ((first, f"recorded traffic, {options.half} half"), (second, "templates")):
        print("\n".join(tally.table(title)))
        for line in (*tally.misses[: options.misses], "--", *tally.errors[: options.misses]):
            print("  ", line)
    print("\n" + "\n".join(cost()))


if __name__ == "__main__":
    sys.exit(main())
