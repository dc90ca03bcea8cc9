"""The embedded index by the clock: `python -m tests.bench.index [FLOWS] [in-order]`.

By hand, not in CI. Inserts flows in batches as the runner does, then asks what a dashboard asks.
`in-order`: event ids that grow, as those do that are made of a position; random ones (UUIDs) touch
a page of the id's B-tree each.
"""

import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from alerts.index.base import Index
from alerts.index.compare import Period, compare, inventory
from alerts.index.sqlite import SqliteIndex
from detectors.ids import stable_id
from detectors.records import CategoryCount, Flow, PartialSum, Violation
from detectors.subprocessors import Registry
from detectors.taxonomy import default_taxonomy
from monitor.stages.aggregate import Aggregate
from monitor.stages.names import Names

Answer = TypeVar("Answer")

BATCH = 1_000
START = datetime(2026, 1, 1, tzinfo=UTC)
CATEGORIES = ("user.contact.email", "user.name", "user.contact.phone_number", "user.financial")

QUERIES = {
    "all": "",
    "a vendor": "subprocessor:vendor7",
    "a vendor's category": "subprocessor:vendor7 AND category:user.contact",
    "not registered": "NOT registered:true",
    "a word": "vendor7",
    "wildcards": "destination:*17.example.com OR field:*email.7",
    "big": "bytes:>=1990",
    "vendor and big": "subprocessor:vendor7 AND bytes:>=1990",
    "nobody": "subprocessor:nobody",
    "trace": "trace.id:t12345",
    "times": "@timestamp:[2026-01-02 TO 2026-01-03] AND service:service3",
}

DAY = timedelta(days=1)
DASHBOARD: dict[str, Callable[[Index], object]] = {
    "flows an hour": lambda index: index.timeline("flows", DAY / 24),
    "flows an hour by sub-processor": lambda index: index.timeline(
        "flows", DAY / 24, by="subprocessor"
    ),
    "a vendor's flows an hour by service": lambda index: index.timeline(
        "flows", DAY / 24, "subprocessor:vendor7", by="service"
    ),
    "flows an hour by category": lambda index: index.timeline("flows", DAY / 24, by="category"),
    "bytes by sub-processor": lambda index: index.top("flows", "subprocessor", measure="bytes"),
    "values by category, from the sums": lambda index: index.top(
        "sums", "category", measure="values"
    ),
    "field inventory of a vendor": lambda index: inventory(index, "subprocessor:vendor7"),
    "first and last seen of every service": lambda index: index.seen("flows", "service"),
    "first and last seen of a vendor": lambda index: index.span("flows", "subprocessor:vendor7"),
    "two periods compared by service": lambda index: compare(
        index,
        "flows",
        "service",
        before=Period(START, START + 3 * DAY),
        after=Period(START + 3 * DAY, None),
    ),
    "people by category": lambda index: index.subjects(),
    "people of a vendor in three days": lambda index: index.subjects(
        "subprocessor:vendor7", since=START + DAY, until=START + 4 * DAY
    ),
}


def shapes(rng: random.Random) -> list[dict[str, object]]:
    """Ways of sending: about as many as a company of 40 services has endpoints."""
    return [
        {
            "channel": "egress",
            "service": f"service{rng.randrange(40)}",
            "destination": f"api{n % 3}.vendor{n % 60}7.example.com",
            "port": 443,
            "scheme": "https",
            "method": "POST",
            "status": 200,
            "tls_version": "1.3",
            "region": "eu-west-1",
            "subprocessor": f"vendor{n % 60}",
            "registered": n % 9 != 0,
            "violations": (Violation(rule="category-not-allowed"),) if n % 5 == 0 else (),
        }
        for n in range(3_000)
    ]


def flows(count: int, *, in_order: bool = False) -> Iterator[list[Flow]]:
    rng = random.Random(7)
    ways = shapes(rng)
    prefix = stable_id("bench")[:16]
    for first in range(0, count, BATCH):
        batch: list[Flow] = []
        for n in range(first, first + BATCH):
            way = int(rng.paretovariate(0.5)) % len(ways)
            names = CATEGORIES[: way % 4]
            batch.append(
                Flow(
                    timestamp=START + timedelta(milliseconds=600 * n),
                    id=f"{prefix}{n:016x}" if in_order else stable_id("bench", n),
                    trace_id=f"t{n}",
                    user_hash=f"{n % 500:016x}",
                    size=rng.randrange(200, 2_000),
                    inspected=500,
                    categories=tuple(
                        CategoryCount(
                            name=name,
                            values=rng.randrange(1, 5),
                            entities=("EMAIL_ADDRESS",),
                            fields=(f"body>json:$.batch[*].traits.{name}.{way}",),
                        )
                        for name in names
                    ),
                    **ways[way],  # pyright: ignore[reportArgumentType] - a dict of keywords
                )
            )
        yield batch


def insert(connection: sqlite3.Connection, count: int, *, in_order: bool) -> tuple[float, float]:
    """Seconds of the clock and of the processor."""
    index = SqliteIndex.create(connection)
    wall = processor = 0.0
    for batch in flows(count, in_order=in_order):
        start = time.perf_counter(), time.process_time()
        connection.execute("BEGIN IMMEDIATE")
        index.add_flows(batch)
        connection.execute("COMMIT")
        wall += time.perf_counter() - start[0]
        processor += time.process_time() - start[1]
        index.add_sums(sums_of(batch))
    return wall, processor


def sums_of(batch: Sequence[Flow]) -> list[PartialSum]:
    """What the scan stage's combiner makes of a batch."""
    aggregate = Aggregate(Names(Registry([]), default_taxonomy()))
    rng = random.Random(batch[0].id)
    for flow in batch:
        people = {one.name: {rng.randrange(50_000) for _ in range(2)} for one in flow.categories}
        aggregate.add(flow, people)
    return aggregate.sums()


def ask_everything(index: Index) -> None:
    """What the pages of a dashboard ask, each by the clock."""
    for name, query in QUERIES.items():
        first, page = timed(partial(index.search, "flows", query))
        second, _ = timed(partial(index.top, "flows", "category", query))
        print(f"search {first}  top {second}  {page.total:>9,} found  {name}")
    for name, ask in DASHBOARD.items():
        took, _ = timed(partial(ask, index))
        print(f"{took}  {name}")


def timed(call: Callable[[], Answer]) -> tuple[str, Answer]:
    """Milliseconds of the clock, and of the processor where others use it as well."""
    start = time.perf_counter(), time.process_time()
    answer = call()
    wall, processor = time.perf_counter() - start[0], time.process_time() - start[1]
    return f"{wall * 1_000:5.0f} ms ({processor * 1_000:4.0f})", answer


def main(count: int, *, in_order: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "egresswatch.db"
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA cache_size = -65536")
        connection.execute("PRAGMA wal_autocheckpoint = 10000")
        wall, processor = insert(connection, count, in_order=in_order)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = path.stat().st_size
        print(
            f"insert: {count / wall:,.0f} flows/s ({count / processor:,.0f} a processor second), "
            f"{size / count:.0f} bytes a flow, ids {'in order' if in_order else 'at random'}"
        )
        ask_everything(SqliteIndex(connection))
        connection.close()


if __name__ == "__main__":
    words = sys.argv[1:]
    numbers = [int(word) for word in words if word.isdigit()]
    main(numbers[0] if numbers else 1_000_000, in_order="in-order" in words)
