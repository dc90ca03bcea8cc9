"""The numbers a worker shows are those of what is in the topics."""

import json
import re
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from prometheus_client.parser import text_string_to_metric_families

from detectors.records import DeadLetter, decode
from tests.integration.kafka.conftest import events
from tests.support.events import event
from tests.support.kafka_space import GROUPS, KafkaSpace, eventually
from tests.support.moments import MONDAY

Numbers = dict[tuple[str, ...], float]
"""By the sample's name and the values of its labels, in the order of the labels' names."""


@contextmanager
def watched(space: KafkaSpace) -> Iterator[httpx.Client]:
    """A worker of all stages in a process of its own; its telemetry's client."""
    worker = space.start_worker(0, *GROUPS, "index")
    log = space.folder / "worker-0.log"
    listening = re.compile(r"telemetry\.listening.* address=(\S+)")
    try:
        eventually("it listens", lambda: listening.search(log.read_text()))
        (address,) = listening.findall(log.read_text())
        with httpx.Client(base_url=address, timeout=30, trust_env=False) as client:
            yield client
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait(60)
    assert worker.returncode == 0, log.read_text()


def numbers(client: httpx.Client) -> Numbers:
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def read_to_the_end(client: httpx.Client) -> bool:
    left = [count for (name, *_), count in numbers(client).items() if name.endswith("_lag_records")]
    return bool(left) and not any(left)


def test_every_number_is_that_of_the_topics(space: KafkaSpace) -> None:
    space.prepare(worker={"records": 50}, telemetry={"port": 0, "log": "text"})
    read = [*events(), (0, event(MONDAY, event={"id": "late"}))]
    space.produce(read)
    with watched(space) as client:
        eventually("every stage has read everything", space.drained)
        eventually("the index has everything", space.indexed)
        assert client.get("/readyz").text == "ok\n"
        assert client.get("/livez").text == "ok\n"
        eventually("no records are left to read", lambda: read_to_the_end(client))
        found = numbers(client)

    topics = space.topics
    written = {topic.name: space.records(topic.name) for topic in topics}
    counts = {name: len(records) for name, records in written.items()}
    reasons = Counter(
        decode(DeadLetter, one.value() or b"").reason for one in written[topics.dead_letters.name]
    )
    indexed = (
        topics.flows,
        topics.sums,
        topics.findings,
        topics.alerts,
        topics.dead_letters,
        topics.members,
        topics.delivery_state,
        topics.alert_state,
    )
    opened = {one.key() for one in written[topics.alerts.name]}
    assert min(counts[topics.findings.name], len(opened), len(reasons)) > 0

    assert of(found, "records_total") == {
        ("scan",): len(read),
        ("baseline",): counts[topics.sums.name],
        ("alert",): counts[topics.findings.name],
        ("deliver",): counts[topics.deliveries.name],
        ("index",): sum(counts[one.name] for one in indexed),
    }
    flows = counts[topics.flows.name]
    assert of(found, "events_total") == {("fresh",): flows - 1, ("late",): 1}
    assert of(found, "findings_total") == {(): counts[topics.findings.name]}
    assert of(found, "alerts_total") == {(): len(opened)}
    assert of(found, "dead_letters_total") == {
        (reason,): count for reason, count in reasons.items()
    }
    assert of(found, "outbox_messages") == {
        ("alerts", state): 0 for state in ("pending", "sending", "dead")
    }
    assert set(of(found, "transactions_total")) == {
        ("committed", stage) for stage in (*GROUPS, "index")
    }
    assert set(of(found, "restore_seconds")) == {(stage,) for stage in GROUPS}
    assert set(of(found, "stage_seconds_count")) == {(one,) for one in (*GROUPS, "index", "commit")}
    assert set(of(found, "watermark_delay_seconds")) == {("scan",), ("baseline",)}
    assert min(of(found, "cache_entries").values()) > 0
    assert of(found, "baseline_keys")[()] > 0
    assert set(of(found, "baseline_incidents_a_day")) == {("mean",), ("budget",)}
    shown = space.run("baselines", "show", "--output", "json", "--limit", "100")
    assert shown.returncode == 0, shown.stderr
    assert len(json.loads(shown.stdout)) == of(found, "baseline_keys")[()]
    log = (space.folder / "worker-0.log").read_text()
    assert "event=partitions.assigned" in log
    assert "%3|" not in log


def of(found: Numbers, name: str) -> dict[tuple[str, ...], float]:
    """The values of one metric, by its labels."""
    full = f"egresswatch_{name}"
    return {key[1:]: value for key, value in found.items() if key[0] == full}
