"""The quickstart over Kafka: its traffic goes into a topic, and every stage of the program reads
it, as `egresswatch run` with `runtime: kafka` does."""

import gzip
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from threading import Event, Thread
from uuid import uuid4

from confluent_kafka import Producer
from ruamel.yaml import YAML

from alerts.index.sqlite import SqliteIndex
from deploy.quickstart.progress import Report
from monitor.configuration import Configuration
from monitor.kafka.admin import TopicAdmin
from monitor.kafka.client import client_config
from monitor.kafka.settings import KafkaSettings
from monitor.runners.store import EmbeddedStore
from monitor.state.database import FILE_NAME, connect, open_database
from monitor.state.store import StateStore
from monitor.wiring import run_kafka

QUIET = 10.0
"""Seconds without anything new in the index after which everything has been read."""
_BETWEEN = 0.5
_BATCH = 1_000


def use_kafka(config: Path, bootstrap: str) -> None:
    """Turns the configuration into one for Kafka, with topics that no earlier run has used."""
    yaml = YAML()
    document = yaml.load(config)
    del document["inputs"]
    prefix = f"quickstart-{uuid4().hex[:6]}."
    topics = {
        "prefix": prefix,
        "inputs": [{"topic": f"egress-{prefix.rstrip('.')}"}],
        "replication": 1,
        "partitions": {"stream": 2, "keyed": 2},
    }
    document["runtime"] = "kafka"
    document["kafka"] = {"bootstrap": bootstrap, "topics": topics}
    yaml.dump(document, config)


def feed(kafka: KafkaSettings, files: Sequence[Path], done: Report) -> None:
    """Makes the topics and writes every line of the files into the input."""
    admin = TopicAdmin(kafka)
    admin.apply(admin.plan())
    topic = kafka.topics.inputs[0].topic
    producer = Producer({**client_config(kafka), "linger.ms": 20, "enable.idempotence": True})
    for number, line in enumerate(_lines(files), start=1):
        while True:
            try:
                producer.produce(topic, line)
                break
            except BufferError:  # its queue is full: let it send
                producer.poll(1)
        if number % _BATCH == 0:
            producer.poll(0)
            done(number)
    if left := producer.flush(60):
        raise RuntimeError(f"Kafka did not take {left} records: is the broker still up?")


def watch(configuration: Configuration, events: int, done: Report) -> None:
    """Runs every stage until the index has all events, and nothing new has come for a while."""
    stop, failed = Event(), list[BaseException]()

    def run() -> None:
        try:
            run_kafka(configuration, stop)
        except BaseException as error:  # noqa: BLE001 - told in the main thread
            failed.append(error)

    data = configuration.settings.data
    with closing(open_database(data)) as connection:
        EmbeddedStore(connection)  # makes the tables, so that they can be asked at once
    stages = Thread(target=run, name="stages")
    stages.start()
    try:
        _wait(data / FILE_NAME, events, stages, done)
    finally:
        stop.set()
        stages.join()
    if failed:
        raise failed[0]


def _wait(database: Path, events: int, stages: Thread, done: Report) -> None:
    quiet, before, pause = 0.0, "", Event()
    while stages.is_alive() and quiet < QUIET:
        pause.wait(_BETWEEN)
        with closing(connect(database)) as connection:
            index, now = SqliteIndex.open(connection), str(StateStore(connection).progress())
            known = sum(index.search(what, limit=1).total for what in ("flows", "dead-letters"))
        done(known)
        quiet = quiet + _BETWEEN if known >= events and now == before else 0.0
        before = now


def _lines(files: Sequence[Path]) -> Iterator[bytes]:
    for file in files:
        with gzip.open(file, "rb") as lines:
            yield from (line.rstrip(b"\n") for line in lines)
