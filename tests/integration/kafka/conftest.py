"""What the tests of the Kafka runner share."""

from logging import getLogger
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from monitor.runners.kafka.clients import Clients
from tests.support.kafka_space import KafkaSpace, eventually
from tests.support.outcome import Outcome, outcome, require_same
from tests.support.scenario import closing, scenario


@pytest.fixture
def space(tmp_path: Path, kafka: str, topic_prefix: str) -> KafkaSpace:
    """An installation of its own on the shared broker."""
    return KafkaSpace(tmp_path / "space", kafka, topic_prefix)


def clients(space: KafkaSpace) -> Clients:
    """Those of its worker in slot 0."""
    settings = space.configuration.settings
    assert settings.kafka is not None
    return Clients(settings.kafka, settings.worker, 0, getLogger("tests"))


def finish(space: KafkaSpace) -> Outcome:
    """Lets the program read everything there is; what the index then holds."""
    with space.running():
        eventually("every stage has read everything", space.drained)
        eventually("the index has everything", space.indexed)
    return outcome(space.folder / "data", places=False)


def filled(space: KafkaSpace, **worker: Any) -> KafkaSpace:
    """Topics and events; transactions so small that there are many."""
    space.prepare(
        worker={"records": 8, "slot": 0, **worker},
    )
    space.produce(events())
    return space


def events() -> list[tuple[int, bytes | None]]:
    """The scenario over two partitions."""
    lines = [(number % 2, line) for number, line in enumerate(scenario())]
    return [*lines, *((number, closing(number)) for number in range(2))]


Told = list[tuple[str, str]]


def told(space: KafkaSpace) -> Told:
    """What the sink has been told: the key of each message, and why it was sent."""
    lines = (space.folder / "alerts.ndjson").read_bytes().splitlines()
    return sorted((line["id"], line["why"]) for line in map(msgspec.json.decode, lines))


def require_exact(space: KafkaSpace, found: Outcome, untouched: tuple[Outcome, Told]) -> None:
    """No event lost, none counted twice, no message more or less; no record twice in a topic."""
    expected, messages = untouched
    require_same(expected, found)
    assert found["members"], "no set to look persons up in"
    assert told(space) == messages
    for topic in (space.topics.flows, space.topics.dead_letters, space.topics.deliveries):
        keys = [record.key() for record in space.records(topic.name)]
        assert len(keys) == len(set(keys)), f"a record twice in {topic.name}"
    assert len(space.records(space.topics.flows.name)) == len(expected["flows"])


@pytest.fixture(scope="session")
def untouched(tmp_path_factory: pytest.TempPathFactory, kafka: str) -> tuple[Outcome, Told]:
    """What a run of `filled` finds to which nothing happens."""
    space = KafkaSpace(tmp_path_factory.mktemp("u") / "space", kafka, f"test-{uuid4().hex}.")
    found = finish(filled(space))
    assert all(found.values()), "the comparison would be of nothing"
    return found, told(space)


def is_told(space: KafkaSpace, what: tuple[str, str]) -> bool:
    """Whether the file was told of an alert of this rule, for this reason."""
    file = space.folder / "alerts.ndjson"
    lines = file.read_bytes().splitlines() if file.exists() else []
    return what in [
        (one["alert"]["rule.id"], one["why"]) for one in map(msgspec.json.decode, lines)
    ]
