"""How fast decode and scan are, against what one could use instead. By hand, never in the suite:

    make bench            (or: python -m tests.bench.scan [TRAFFIC.jsonl] [--events N] [--slow N])

Everything runs in one process, on one core; CPU time, best of a few rounds, as a rate and as a
multiple of the floor (parsing and a walk to the leaves). Two sets: 1 KB events of which 60 % are
clean, and recorded traffic where it is given. Findings in short texts are remembered, so generated
events are new in each round, as in a stream: their templates come again, their values do not. The
recorded ones are the same in each round, and their first round, with empty caches, stands beside.
What is found is measured by `egresswatch evaluate`.
"""

import argparse
import base64
import cProfile
import gc
import json
import pstats
import resource
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import process_time
from typing import Any

import orjson

from detectors.decode import Budget, Decoded, decode_request
from detectors.records import EgressEvent
from detectors.records.events import Body, Http, Request, Url
from detectors.scan.base import RequestScanner
from detectors.scan.build import Contract, build_scanner
from monitor.formats import FORMATS
from tests.bench.competitors import COMPETITORS, Work, document_of

ROUNDS = 4
CONTRACTS: tuple[tuple[str, Contract, bool], ...] = (
    ("egress", "egress", False),
    ("egress with NER", "egress", True),
    ("presidio", "presidio", False),
)
BUDGET = Budget()
FLOOR = "floor: orjson.loads and a walk to the leaves"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "traffic", type=Path, nargs="?", help="recorded traffic, one request a line"
    )
    parser.add_argument("--events", type=int, default=2000, help="how many to generate a round")
    parser.add_argument("--slow", type=int, default=40, help="events for slow competitors; 0: none")
    options = parser.parse_args()
    events = generated(options.events * (ROUNDS + 1))
    size = options.events
    rounds = [events[at : at + size] for at in range(0, len(events), size)]
    speed("generated, 60 % clean", rounds, options.slow)
    if options.traffic:
        speed("recorded", [recorded(options.traffic)] * (ROUNDS + 1), options.slow)


def speed(name: str, rounds: list[list[EgressEvent]], slow: int) -> None:
    """Prints events a second of everything on one set of events."""
    *rounds, unseen = rounds
    last = rounds[-1]
    bodies = [_body(event) for event in last]
    size = sum(map(len, bodies)) / len(bodies)
    print(f"\n{name}: {len(last)} events a round, bodies of {size:.0f} bytes")
    decoded = [decode_all(events) for events in rounds]
    leaves = sum(len(d.leaves) for d in decoded[-1]) / len(last)
    print(f"{'':56}{leaves:10.1f} leaves an event")
    gc.collect()
    gc.freeze()  # what is held here for the bench alone is not looked through again and again
    clock = Clock()
    if documents := [body for body in bodies if document_of(body) is not None]:
        clock.timed(FLOOR, [documents] * ROUNDS, walk_all)
        clock.floor = clock.last
    clock.timed("decode", rounds, decode_all)
    profiled: RequestScanner | None = None
    for title, contract, ner in CONTRACTS:
        scanner = build_scanner(contract, ner=ner)
        profiled = profiled or scanner
        most = max(slow, 1) * 10 if ner else len(last)
        clock.timed(
            f"decode and scan, {title}",
            [events[:most] for events in rounds],
            lambda some, s=scanner: scan_all(s, decode_all(some)),
        )
    works = [_work(body, one) for body, one in zip(bodies, decoded[-1], strict=True)]
    competitors(clock, works, slow)
    if profiled is not None:
        where_time_goes(unseen, profiled)
    most_memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'most memory so far':56}{most_memory:10.0f} MB")


def competitors(clock: "Clock", works: Sequence[Work], slow: int) -> None:
    for name, make, is_slow, of_documents in COMPETITORS:
        part = [work for work in works if work.document is not None] if of_documents else works
        part = part[:slow] if is_slow else part
        if not part:
            continue
        try:
            clock.timed(name, [part] * ROUNDS, make())
        except (ImportError, OSError) as absent:
            print(f"{name:56}   skipped: not installed ({absent})")


class Clock:
    """Prints CPU time an item, of the best round but the first, which stands beside: it fills the
    caches."""

    def __init__(self) -> None:
        self.floor = 0.0
        self.last = 0.0

    def timed(
        self, what: str, rounds: Sequence[Sequence[Any]], run: Callable[[Any], object]
    ) -> None:
        first, *others = [_once(items, run) / len(items) for items in rounds]
        self.last = best = min(others)
        against = f"{best / self.floor:8.1f} x the floor" if self.floor else ""
        print(
            f"{what:56}{1 / best:10,.0f} events/s (first round {1 / first:8,.0f}) "
            f"{best * 1e6:8,.0f} us {against}",
            flush=True,
        )


def _once(items: Sequence[Any], run: Callable[[Any], object]) -> float:
    started = process_time()
    run(items)
    return max(process_time() - started, 1e-9)


def decode_all(events: Sequence[EgressEvent]) -> list[Decoded]:
    return [decode_request(event, BUDGET) for event in events]


def scan_all(scanner: RequestScanner, decoded: Sequence[Decoded]) -> int:
    return sum(len(scanner.scan(one)) for one in decoded)


def walk_all(bodies: Sequence[bytes]) -> int:
    return sum(_walk(orjson.loads(body)) for body in bodies)


def _walk(root: Any) -> int:
    leaves = 0
    stack = [root]
    while stack:
        match stack.pop():
            case dict() as members:
                stack.extend(members.values())
            case list() as items:
                stack.extend(items)
            case _:
                leaves += 1
    return leaves


def where_time_goes(events: Sequence[EgressEvent], scanner: RequestScanner) -> None:
    """The shares of functions and modules in their own time, those of libraries included. Under
    a profiler calls cost more than they do: read it as a ranking."""
    profile = cProfile.Profile()
    profile.enable()
    scan_all(scanner, decode_all(events))
    profile.disable()
    stats: dict[tuple[str, int, str], Any] = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    modules: dict[str, float] = defaultdict(float)
    functions: dict[str, float] = defaultdict(float)
    for (file, _, function), (_, _, own, _, _) in stats.items():
        module = _module(file)
        modules[module] += own
        functions[f"{module} {function}"[:70]] += own
    total = sum(modules.values())
    print("where the time goes:")
    for title, shares in (("modules", modules), ("functions", functions)):
        print(f"  {title}")
        for name, own in sorted(shares.items(), key=lambda item: -item[1])[:12]:
            print(f"    {own / total:6.1%}  {name}")


def _module(file: str) -> str:
    if file.startswith(("~", "<")):
        return "(built in)"
    return "/".join(Path(file).parts[-2:])


def _work(body: bytes, decoded: Decoded) -> Work:
    texts = [leaf.text for leaf in decoded.leaves]
    return Work(texts, "\n".join(texts), document_of(body))


def _body(event: EgressEvent) -> bytes:
    body = event.http.request.body
    return base64.b64decode(body.content) if body.encoding == "base64" else body.content.encode()


def recorded(traffic: Path) -> list[EgressEvent]:
    events = [FORMATS["traffic"].decode(line) for line in traffic.read_bytes().splitlines()]
    return [event for event in events if isinstance(event, EgressEvent)]


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


if __name__ == "__main__":
    main()
