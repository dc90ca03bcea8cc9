"""Every runner gives the same flows, sums, findings, alerts and dead letters for the same input,
however it is spread over files or partitions."""

from pathlib import Path
from random import Random
from threading import Event

import pytest

from monitor.configuration import load_configuration
from monitor.wiring import run
from tests.support.kafka_space import KafkaSpace, eventually
from tests.support.outcome import Outcome, outcome, require_same, without_fleet
from tests.support.scenario import closing, scenario
from tests.support.workspace import Workspace

CLOSINGS = 4
"""One for each partition at least: none of them holds event time back."""


def embedded(folder: Path, spread: list[list[bytes]]) -> Outcome:
    space = Workspace(folder)
    for number, lines in enumerate(spread):
        space.write(f"{number}.ndjson", lines)
    space.configure()
    run(load_configuration(space.config), Event())
    return outcome(folder / "data", places=False)


def over_kafka(
    space: KafkaSpace, spread: list[list[bytes]], keyed: int, records: int, topics: int
) -> Outcome:
    """The partitions of the spread go to the topics in turn; all have equally many."""
    names = [f"{space.egress}-{number}" for number in range(topics)]
    space.prepare(
        stream=len(spread) // topics,
        keyed=keyed,
        inputs=[{"topic": name} for name in names],
        worker={"records": records},
    )
    for number, lines in enumerate(spread):
        space.produce(((number // topics, line) for line in lines), topic=names[number % topics])
    with space.running():
        eventually("every stage has read everything", space.drained)
        eventually("the index has everything", space.indexed)
    return outcome(space.folder / "data", places=False)


def spread_over(partitions: int, seed: int) -> list[list[bytes]]:
    """The scenario over some partitions at random; each keeps the order of time."""
    random = Random(seed)
    spread: list[list[bytes]] = [[] for _ in range(partitions)]
    for line in scenario():
        spread[random.randrange(partitions)].append(line)
    for number in range(CLOSINGS):
        spread[number % partitions].append(closing(number))
    return spread


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    found = embedded(tmp_path_factory.mktemp("reference"), spread_over(1, 0))
    assert all(found.values()), "the comparison would be of nothing"
    assert {one["rule.id"] for one in found["findings"]} >= {
        "category-not-allowed",
        "new-category",
        "plaintext-http",
        "unregistered-subprocessor",
        "volume-high",
        "volume-low",
    }
    return found


def test_embedded_over_three_files(tmp_path: Path, reference: Outcome) -> None:
    require_same(reference, embedded(tmp_path, spread_over(3, 1)))


@pytest.mark.parametrize(
    ("partitions", "keyed", "records", "topics", "seed"),
    [(1, 1, 10_000, 1, 1), (3, 1, 7, 1, 2), (4, 5, 100, 2, 3)],
)
def test_kafka(
    tmp_path: Path,
    kafka: str,
    topic_prefix: str,
    reference: Outcome,
    partitions: int,
    keyed: int,
    records: int,
    topics: int,
    seed: int,
) -> None:
    space = KafkaSpace(tmp_path, kafka, topic_prefix)
    found = over_kafka(space, spread_over(partitions, seed), keyed, records, topics)
    if keyed > 1:
        reference, found = without_fleet(reference), without_fleet(found)
    require_same(reference, found)
