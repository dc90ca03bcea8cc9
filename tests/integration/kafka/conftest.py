"""What the tests of the Kafka runner share."""

from pathlib import Path

import pytest

from tests.support.kafka_space import KafkaSpace, eventually
from tests.support.outcome import Outcome, outcome


@pytest.fixture
def space(tmp_path: Path, kafka: str, topic_prefix: str) -> KafkaSpace:
    """An installation of its own on the shared broker."""
    return KafkaSpace(tmp_path / "space", kafka, topic_prefix)


def finish(space: KafkaSpace) -> Outcome:
    """Lets the program read everything there is; what the index then holds."""
    with space.running():
        eventually("every stage has read everything", space.drained)
        eventually("the index has everything", space.indexed)
    return outcome(space.folder / "data", places=False)
