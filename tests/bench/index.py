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
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alerts.index.sqlite import SqliteIndex
from detectors.ids import stable_id
from detectors.records import CategoryCount, Flow, Violation

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
    return wall, processor


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
        index = SqliteIndex(connection)
        for name, query in QUERIES.items():
            start = time.perf_counter()
            page = index.search("flows", query, limit=50)
            first = time.perf_counter() - start
            start = time.perf_counter()
            index.top("flows", "category", query)
            print(
                f"search {first * 1000:6.0f} ms  top {(time.perf_counter() - start) * 1000:6.0f} ms"
                f"  {page.total:>9,} found  {name}"
            )
        connection.close()


if __name__ == "__main__":
    words = sys.argv[1:]
    numbers = [int(word) for word in words if word.isdigit()]
    main(numbers[0] if numbers else 1_000_000, in_order="in-order" in words)
