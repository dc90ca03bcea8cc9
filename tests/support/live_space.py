"""A live view over topics of a test's own, and what it answers."""

import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from threading import Thread
from typing import Any

import httpx
import msgspec
from confluent_kafka import Producer

from monitor.kafka.topics import Topic
from monitor.runners.kafka.codec import partition_of, wire
from tests.support.kafka_space import PATIENCE, KafkaSpace, eventually


class LiveSpace(KafkaSpace):
    """An installation whose stages' topics the test writes itself."""

    def prepare_live(self, login: Mapping[str, str] | None = None, **live: Any) -> None:
        """Writes the configuration and makes the topics; `login` is how the program connects."""
        topics = {
            "prefix": self.prefix,
            "inputs": [{"topic": self.egress}],
            "replication": 1,
            "partitions": {"stream": 2, "keyed": 2},
        }
        kafka = {"bootstrap": self.address, **(login or {}), "topics": topics}
        telemetry = {"port": 0, "log": "json"}
        self.prepare(kafka=kafka, live={"port": 0, **live}, telemetry=telemetry)

    def write_records(self, topic: Topic, records: Iterable[Any], *, commit: bool = True) -> None:
        """Writes records as a stage does, in one transaction; aborts it where not to commit."""
        producer = Producer(
            {
                "bootstrap.servers": self.address,
                "transactional.id": f"{self.prefix}test",
                "linger.ms": 0,
                "log_level": 0,
            }
        )
        producer.init_transactions(PATIENCE)
        producer.begin_transaction()
        for record in records:
            key, value = wire(record)
            partition = partition_of(record.subprocessor, topic.partitions)
            producer.produce(topic.name, value, key, partition)
        producer.flush(PATIENCE)
        if commit:
            producer.commit_transaction(PATIENCE)
        else:
            producer.abort_transaction(PATIENCE)

    @contextmanager
    def live(self) -> Iterator["Live"]:
        """`egresswatch live` in a process of its own, once it listens."""
        live = Live(self)
        try:
            live.wait_until_it_listens()
            yield live
        finally:
            live.end()


class Live:
    """The process, and what it answers."""

    def __init__(self, space: KafkaSpace) -> None:
        self.process = subprocess.Popen(
            space.command("live", "--config", str(space.config)),
            cwd=space.folder,
            env=space.environment() | {"PYTHONWARNINGS": "error"},
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said: list[str] = []
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self.said.append(line)

    def wait_until_it_listens(self) -> None:
        eventually("it listens", lambda: len(self.addresses()) == 2 or self._ended())
        assert len(self.addresses()) == 2, self.said

    def addresses(self) -> dict[str, str]:
        """By event of the log, where it listens."""
        logged = [msgspec.json.decode(line) for line in list(self.said) if line.startswith("{")]
        return {line["event"]: line["address"] for line in logged if "address" in line}

    def _ended(self) -> bool:
        return self.process.poll() is not None

    def get(self, path: str, **headers: str) -> httpx.Response:
        """An answer of the view's server."""
        return self._get("live.listening", path, headers)

    def telemetry(self, path: str) -> httpx.Response:
        return self._get("telemetry.listening", path, {})

    def _get(self, server: str, path: str, headers: dict[str, str]) -> httpx.Response:
        return httpx.get(
            self.addresses()[server] + path, headers=headers, timeout=30, trust_env=False
        )

    def view(self) -> dict[str, Any]:
        answer = self.get("/live")
        assert answer.status_code == 200
        return answer.json()

    def events(self) -> dict[str, int]:
        """By sub-processor, the events of the hour."""
        return {one["subprocessor"]: one["events"] for one in self.view()["hour"]["subprocessors"]}

    def end(self) -> int:
        """An orderly end; the exit code."""
        self.process.terminate()
        try:
            return self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self._reader.join()
            assert self.process.stderr
            self.process.stderr.close()
