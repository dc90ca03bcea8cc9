"""What decode and scan find on labelled traffic, and how fast. By hand, never in the suite:

python -m tests.bench.scan TRAFFIC.jsonl [--misses N] [--presidio N]

TRAFFIC has the recorded-traffic format (one request a line with its planted `truth`). A planted
value counts as found where a hit covers it with the right category: "value" anywhere in the
request, "where" at the very path the truth names. False hits are those that touch no planted and
no ambient value.
"""

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from detectors.decode import Budget, Decoded, decode_request
from detectors.records import EgressEvent
from detectors.records.events import Body, Http, Request, Url
from detectors.scan import Hit, Scanner, default_scanner
from detectors.taxonomy import default_taxonomy

CATEGORY = default_taxonomy().category
_SAME = {"user.government_id.immigration": "user.government_id.national_identification_number"}


def category(entity: str) -> str:
    """The taxonomy's category, with the kinds of identity number that the truth does not part."""
    name = CATEGORY(entity)
    if name.startswith("user.health_and_medical."):
        return _SAME["user.government_id.immigration"]
    return _SAME.get(name, name)


def event(record: dict[str, Any]) -> EgressEvent:
    headers: dict[str, str | list[str]] = {}
    for name, value in record["headers"]:
        headers[name] = value
    body = Body(content=record["body_b64"], encoding="base64")
    return EgressEvent(
        timestamp=datetime.fromtimestamp(record["ts"], UTC),
        url=Url(full=record["url"]),
        http=Http(request=Request(method=record["method"], headers=headers, body=body)),
    )


class Score:
    """Counts by category."""

    def __init__(self) -> None:
        self.truth: Counter[str] = Counter()
        self.value: Counter[str] = Counter()
        self.where: Counter[str] = Counter()
        self.true_hits: Counter[str] = Counter()
        self.false_hits: Counter[str] = Counter()
        self.misses: list[str] = []
        self.wrong: list[str] = []
        self.clean = self.flagged = 0

    def add(self, record: dict[str, Any], hits: list[Hit]) -> None:
        by_category: dict[str, list[Hit]] = defaultdict(list)
        for hit in hits:
            by_category[category(hit.entity)].append(hit)
        for planted in record["truth"]:
            self._planted(planted, by_category[category(planted["category"])])
        known = [planted["value"] for planted in (*record["truth"], *record["ambient"])]
        false = [hit for hit in hits if not _known(hit.value, known)]
        for hit in hits:
            (self.false_hits if hit in false else self.true_hits)[category(hit.entity)] += 1
        self.wrong += [f"{h.entity} {h.leaf.path} {h.value[:60]!r} {h.evidence}" for h in false]
        if not record["truth"]:
            self.clean += 1
            self.flagged += bool(false)

    def _planted(self, planted: dict[str, Any], hits: list[Hit]) -> None:
        name = category(planted["category"])
        self.truth[name] += 1
        covering = [hit for hit in hits if planted["value"].strip() in hit.value]
        self.value[name] += bool(covering)
        self.where[name] += any(hit.leaf.path == planted["where"] for hit in covering)
        if not covering:
            self.misses.append(
                f"{planted['category']} {planted['where']} {planted['value'][:60]!r}"
            )

    def table(self) -> Iterator[str]:
        yield f"{'category':55}{'planted':>8}{'value':>8}{'where':>8}{'precision':>10}"
        for name in sorted(self.truth | self.false_hits):
            true, false = self.true_hits[name], self.false_hits[name]
            planted = self.truth[name]
            yield (
                f"{name:55}{planted:8}{_share(self.value[name], planted)}"
                f"{_share(self.where[name], planted)}  {_share(true, true + false)}"
            )
        planted, true = self.truth.total(), self.true_hits.total()
        yield (
            f"{'all':55}{planted:8}{_share(self.value.total(), planted)}"
            f"{_share(self.where.total(), planted)}"
            f"  {_share(true, true + self.false_hits.total())}"
        )
        yield f"clean requests flagged: {self.flagged} of {self.clean}"


def _known(value: str, known: list[str]) -> bool:
    return any(value in k or k.strip() in value for k in known)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:8.3f}" if whole else f"{'-':>8}"


def generated(count: int) -> list[EgressEvent]:
    """Events of some 1 KB, 60 % of them clean, in the style of analytics and payment calls."""
    from faker import Faker

    fake = Faker(["en_US", "de_DE", "fr_FR"])
    fake.seed_instance(7)
    return [_generated(fake, personal=number % 5 < 2) for number in range(count)]


def _generated(fake: Any, *, personal: bool) -> EgressEvent:
    properties = {f"prop_{n}": fake.random_element([fake.word(), 17, 3.5, True]) for n in range(16)}
    document: dict[str, Any] = {
        "messageId": fake.uuid4(),
        "timestamp": "2026-03-01T12:30:11.482Z",
        "sentAt": 1795529235206,
        "type": "track",
        "event": "Order Completed",
        "properties": {
            **properties,
            "order_id": "ORD-88172",
            "total": 129.95,
            "sku": "4006381333931",
        },
        "context": {
            "library": {"name": "analytics", "version": "4.1.2"},
            "userAgent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0.0.0 Safari/537.36",
            "page": {"url": "https://shop.example.com/checkout", "title": fake.sentence()},
        },
        "products": [
            {"id": n, "name": fake.word(), "price": 9.99, "quantity": 2} for n in range(3)
        ],
    }
    if personal:
        document["traits"] = {
            "email": fake.email(),
            "firstName": fake.first_name(),
            "lastName": fake.last_name(),
            "phone": "+4930" + str(fake.random_number(8, fix_len=True)),
            "address": {"street": fake.street_address(), "postalCode": fake.postcode()},
            "ip": fake.ipv4_public(),
        }
    body = Body(content=json.dumps(document))
    headers: dict[str, str | list[str]] = {"Content-Type": "application/json"}
    return EgressEvent(
        timestamp=datetime(2026, 3, 1, tzinfo=UTC),
        url=Url(full="https://api.vendor.example/v1/batch?write=1"),
        http=Http(request=Request(method="POST", headers=headers, body=body)),
    )


def timed(what: str, count: int, run: Callable[[], object]) -> None:
    started = perf_counter()
    run()
    elapsed = perf_counter() - started
    print(f"{what:44}{count / elapsed:10,.0f} events/s {elapsed / count * 1e6:10,.0f} us/event")


def speed(name: str, events: list[EgressEvent], scanner: Scanner, presidio: int) -> None:
    size = sum(len(e.http.request.body.content) for e in events) / len(events)
    print(f"\n{name}: {len(events)} events of {size:.0f} characters")
    decoded: list[Decoded] = []
    budget = Budget()
    timed("decode", len(events), lambda: decoded.extend(decode_request(e, budget) for e in events))
    print(f"{'':44}{sum(len(d.leaves) for d in decoded) / len(events):10.1f} leaves/event")
    timed("scan", len(events), lambda: [scanner.scan(d) for d in decoded])
    timed("scan, warm", len(events), lambda: [scanner.scan(d) for d in decoded])
    if presidio:
        texts = ["\n".join(leaf.text for leaf in d.leaves) for d in decoded[:presidio]]
        analyse = _presidio()
        timed(
            "presidio, NoOp NLP, leaves as one text", len(texts), lambda: list(map(analyse, texts))
        )


def _presidio() -> Callable[[str], object]:
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NoOpNlpEngine
    from tldextract import TLDExtract, tldextract

    # Presidio would fetch the public suffix list; the bundled one is what we use as well
    tldextract.TLD_EXTRACTOR = TLDExtract(suffix_list_urls=(), cache_dir=None)
    engine = AnalyzerEngine(
        nlp_engine=NoOpNlpEngine([{"lang_code": "en", "model_name": "none"}]),
        supported_languages=["en"],
    )
    return lambda text: engine.analyze(text, language="en")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("traffic", type=Path)
    parser.add_argument("--misses", type=int, default=0)
    parser.add_argument("--presidio", type=int, default=100, help="events for Presidio; 0: skip it")
    options = parser.parse_args()
    with options.traffic.open() as lines:
        records = [json.loads(line) for line in lines]
    events = [event(record) for record in records]
    scanner, score = default_scanner(), Score()
    for record, request in zip(records, events, strict=True):
        score.add(record, scanner.scan(decode_request(request, Budget())))
    print("\n".join(score.table()))
    for line in (*score.misses[: options.misses], "", *score.wrong[: options.misses]):
        print("  ", line)
    speed("recorded", events, scanner, options.presidio)
    speed("generated", generated(3000), scanner, options.presidio)


if __name__ == "__main__":
    sys.exit(main())
