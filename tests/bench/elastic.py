"""The Elasticsearch index by the clock: `python -m tests.bench.elastic URL [FLOWS] [PART ...]`.

By hand, not in CI. Its parts, all of them where none is named: `compare`, the writer against
elasticsearch-py's own `parallel_bulk` with the same documents on the same node, in turns; `fill`,
writes FLOWS flows and their sums; `ask`, what a dashboard asks of them; `wipe`. So what was filled
once can be asked again: `fill`, then `ask` as often as you like.
"""

import random
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import orjson
from elasticsearch import Elasticsearch, helpers

from alerts.index.elastic.config import ElasticConfig
from alerts.index.elastic.documents import document
from alerts.index.elastic.index import ElasticIndex
from alerts.index.elastic.layout import Layout
from alerts.index.elastic.schema import Schema
from alerts.index.elastic.write import ElasticWriter
from alerts.index.writer import Entry
from detectors.records import Flow
from tests.bench.index import DASHBOARD, QUERIES, flows, sums_of

ROUNDS = 3
COMPARED = 20_000
BATCH = 5_000


def kept(url: str, name: str) -> ElasticIndex:
    return ElasticIndex.open(
        ElasticConfig(urls=[url], prefix=f"bench{name}", replicas=0, threads=2)
    )


def fresh(url: str, name: str) -> ElasticIndex:
    index = kept(url, name)
    wipe(index)
    Schema(index.client, index.layout).apply()
    return index


def wipe(index: ElasticIndex) -> None:
    prefix = index.layout.config.prefix
    names = index.client.indices.get(index=f"{prefix}-*", features="aliases").body
    for name in names:
        index.client.indices.delete(index=name)
    index.client.options(ignore_status=404).indices.delete_index_template(name=f"{prefix}-*")


def batches(records: Iterable[Flow]) -> Iterator[list[Entry]]:
    numbered = (Entry(one, "bench/0", n) for n, one in enumerate(records))
    while batch := list(islice(numbered, BATCH)):
        yield batch


def ours(index: ElasticIndex, records: list[Flow]) -> float:
    """Flows a second, from the records: documents are made within the time."""
    writer = ElasticWriter(index.client, index.layout)
    start = time.perf_counter()
    for batch in batches(records):
        assert writer.write(batch) == []
    return len(records) / (time.perf_counter() - start)


def ceiling(client: Elasticsearch, layout: Layout, records: list[Flow], threads: int) -> float:
    """Documents a second, from documents that were made before."""
    documents = [
        {
            "_op_type": "create",
            "_index": layout.index("flows", one.timestamp),
            "_id": one.id,
            "_source": orjson.loads(document("flows", one).source),
        }
        for one in records
    ]
    start = time.perf_counter()
    done = helpers.parallel_bulk(client, documents, thread_count=threads, chunk_size=1_000)
    assert all(ok for ok, _ in done)
    return len(records) / (time.perf_counter() - start)


def compare(url: str) -> None:
    records = [one for batch in flows(COMPARED) for one in batch]
    rates: dict[str, list[float]] = {}
    for turn in range(ROUNDS):
        runs: list[tuple[str, Callable[[ElasticIndex], float]]] = [
            ("ours", lambda index: ours(index, records)),
            ("parallel_bulk, 2 threads", lambda i: ceiling(i.client, i.layout, records, 2)),
            ("parallel_bulk, 4 threads", lambda i: ceiling(i.client, i.layout, records, 4)),
        ]
        for number, (name, run) in enumerate(random.Random(turn).sample(runs, len(runs))):
            index = fresh(url, f"x{turn}{number}")
            for day in {one.timestamp.date(): one.timestamp for one in records}.values():
                index.writer._homes.ensure("flows", day)
            rates.setdefault(name, []).append(run(index))
            wipe(index)
            index.close()
    medians = {name: statistics.median(some) for name, some in rates.items()}
    best = max(rate for name, rate in medians.items() if name != "ours")
    for name, rate in medians.items():
        print(f"{rate:9,.0f} flows/s  {name}")
    print(f"     {medians['ours'] / best:.2f} of parallel_bulk's best, medians of {ROUNDS} turns")


def fill(url: str, count: int) -> None:
    index = fresh(url, "all")
    writer = ElasticWriter(index.client, index.layout)
    spent, sums = 0.0, 0
    for batch in flows(count):
        start = time.perf_counter()
        writer.write([Entry(one, "", 0) for one in batch])
        spent += time.perf_counter() - start
    print(f"{count / spent:,.0f} flows/s in batches of 1,000")
    spent = 0.0
    for batch in flows(count):
        some = sums_of(batch)
        start = time.perf_counter()
        writer.write([Entry(one, "", 0) for one in some])
        spent += time.perf_counter() - start
        sums += len(some)
    print(f"{sums / spent:,.0f} partial sums/s, folded into minutes and days")
    patient = index.client.options(request_timeout=1_800)
    patient.indices.forcemerge(index="benchall-*", max_num_segments=1)
    index.client.indices.refresh(index="benchall-*")
    stats = index.client.indices.stats(index="benchall-flows-*").body["_all"]["primaries"]
    print(f"{stats['store']['size_in_bytes'] / count:,.0f} bytes a flow, merged, codec default")


def ask(url: str) -> None:
    index = kept(url, "all")
    index.client.indices.clear_cache(index="benchall-*")
    for name, query in QUERIES.items():
        first, again, page = timed(lambda q=query: index.search("flows", q))
        top, top_again, _ = timed(lambda q=query: index.top("flows", "category", q))
        print(
            f"search {first:5.0f} ms, again {again:4.0f}  top {top:5.0f} ms, again {top_again:4.0f}"
            f"  {page.total:>9,} found  {name}"
        )
    for name, query in DASHBOARD.items():
        first, again, _ = timed(lambda query=query: query(index))
        print(f"{first:5.0f} ms, again {again:4.0f}  {name}")


def timed(call: Callable[[], Any]) -> tuple[float, float, Any]:
    """Milliseconds of the first call (nothing cached for it), the median of three more, and the
    answer."""
    took: list[float] = []
    answer = None
    for _ in range(4):
        start = time.perf_counter()
        answer = call()
        took.append((time.perf_counter() - start) * 1_000)
    return took[0], statistics.median(took[1:]), answer


def main(url: str, words: list[str]) -> None:
    numbers = [int(word) for word in words if word.isdigit()]
    parts = [word for word in words if not word.isdigit()] or ["compare", "fill", "ask", "wipe"]
    if "compare" in parts:
        compare(url)
    if "fill" in parts:
        fill(url, numbers[0] if numbers else 1_000_000)
    if "ask" in parts:
        ask(url)
    if "wipe" in parts:
        wipe(kept(url, "all"))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
