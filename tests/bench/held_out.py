"""What is found in payloads that no recorded request looks like: a check against overfitting.

python -m tests.bench.held_out [--people N] [--misses N]

Faker's people of nine locales, under keys in their languages and in the styles of many formats;
beside them payloads without anybody. Look at classes of misses here, never at single names: some
of them are in no list on purpose.
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from faker import Faker

from detectors.decode import Budget, decode_request
from detectors.records import EgressEvent
from detectors.records.events import Body, Http, Request
from detectors.scan import default_scanner
from detectors.taxonomy import default_taxonomy
from monitor.evaluation.scoring import Value, Verdict, score_record
from tests.support.held_out import HARD_NEGATIVES, KEYS, STYLES, Person

THRESHOLD = 0.5


class Counts(NamedTuple):
    """By category or style."""

    planted: Counter[str]
    found: Counter[str]
    findings: Counter[str]
    right: Counter[str]

    @classmethod
    def none(cls) -> "Counts":
        return cls(Counter(), Counter(), Counter(), Counter())

    def rows(self) -> Iterator[str]:
        for name in [*sorted(self.planted | self.findings), "all"]:
            planted, found, findings, right = (
                counter.total() if name == "all" else counter[name] for counter in self
            )
            recall = found / planted if planted else 1.0
            precision = right / findings if findings else 1.0
            yield f"{name:20}{planted:8}{recall:9.3f}{findings:10}{precision:11.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--people", type=int, default=20, help="of each locale")
    parser.add_argument("--misses", type=int, default=0, help="misses and false findings to show")
    options = parser.parse_args()
    by_category, by_style, examples = Counts.none(), Counts.none(), Counter[str]()
    for style, payload, person in payloads(options.people):
        truth = [Value(category, value) for category, value in person.values()]
        _score(payload, truth, by_category, (by_style, style), examples)
    clean = sum(not scan(payload) for payload in HARD_NEGATIVES)
    heading = f"{'':20}{'planted':>8}{'recall':>9}{'findings':>10}{'precision':>11}"
    print("\n".join([heading, *by_category.rows(), "", heading, *by_style.rows()]))
    print(f"\nhard negatives: {clean} of {len(HARD_NEGATIVES)} clean")
    for payload in HARD_NEGATIVES:
        for value in scan(payload):
            print(f"  {value.category} at {value.where}")
    for example, times in examples.most_common(options.misses):
        print(f"{times:4} {example}")


def payloads(people: int) -> Iterator[tuple[str, object, Person]]:
    """Every person in every style, under the keys of the own language."""
    for locale, keys in KEYS.items():
        fake = Faker(locale)
        fake.seed_instance(sum(map(ord, locale)))
        for number in range(people):
            person = Person.made(fake, number)
            for style, write in STYLES.items():
                yield style, write(keys, person), person


def scan(payload: object) -> list[Value]:
    """The findings at the threshold in one payload, as JSON or (a string) as it is."""
    content = payload if isinstance(payload, str) else json.dumps(payload)
    event = EgressEvent(
        timestamp=datetime(2026, 3, 1, tzinfo=UTC),
        http=Http(request=Request(method="POST", body=Body(content=content))),
    )
    name: Callable[[str], str] = default_taxonomy().common_name
    return [
        Value(name(hit.entity), hit.value, hit.leaf.path, hit.start)
        for hit in default_scanner().scan(decode_request(event, Budget()))
        if hit.score >= THRESHOLD
    ]


def _score(
    payload: Any,
    truth: list[Value],
    by_category: Counts,
    in_style: tuple[Counts, str],
    examples: Counter[str],
) -> None:
    findings = scan(payload)
    score = score_record(truth, [], findings)
    by_style, style = in_style
    for value, found in zip(truth, score.anywhere, strict=True):
        for counts, name in ((by_category, value.category), (by_style, style)):
            counts.planted[name] += 1
            counts.found[name] += found
        if not found:
            examples[f"missed {style} {value.category}"] += 1
    for value, verdict in zip(findings, score.verdicts, strict=True):
        for counts, name in ((by_category, value.category), (by_style, style)):
            counts.findings[name] += 1
            counts.right[name] += verdict is Verdict.RIGHT
        if verdict is not Verdict.RIGHT:
            examples[f"false {style} {value.category} at {value.where}"] += 1


if __name__ == "__main__":
    main()
