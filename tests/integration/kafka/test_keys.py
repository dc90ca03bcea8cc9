"""Workers with different pseudonym keys never work on the same topics."""

import re
from itertools import count

import msgspec
import pytest
from confluent_kafka import Producer

from monitor.kafka.client import producer_config
from monitor.runners.kafka.assignment import Changelogs
from monitor.runners.kafka.clients import Clients
from monitor.runners.kafka.keys import require_known_key
from tests.integration.kafka.conftest import clients, finish
from tests.support.events import event, person
from tests.support.kafka_space import KafkaSpace
from tests.support.moments import MONDAY


def change_key(space: KafkaSpace) -> None:
    """A new key; the old one is kept beside it."""
    key = space.folder / "pseudonym.key"
    key.rename(space.folder / "old.key")
    key.write_text("6b" * 32)
    key.chmod(0o600)


def test_a_worker_with_another_key_is_refused_unless_the_change_is_meant(space: KafkaSpace) -> None:
    space.prepare()
    space.produce([(0, event(MONDAY, body={"contact": person(1)}))])
    assert len(finish(space)["flows"]) == 1

    change_key(space)
    space.produce([(0, event(MONDAY, body={"contact": person(2)}))])
    refused = space.run("run", "--config", str(space.config))
    assert refused.returncode == 2
    assert re.search(r"made with key [0-9a-f]{8}, .* another prefix", refused.stderr)

    settings = msgspec.json.decode(space.config.read_bytes())
    settings["retired_pseudonym_key_files"] = ["old.key"]
    space.config.write_bytes(msgspec.json.encode(settings))
    assert len(finish(space)["flows"]) == 2
    first, second = [one.value() for one in space.records(space.topics.installation.name)]
    assert first != second


def test_a_worker_that_is_overtaken_while_it_writes_its_key_looks_again(
    space: KafkaSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers that start at once: while this one is about to write, another one begins to."""
    space.prepare()
    own, looks = clients(space), count()

    def look(clients: Clients) -> Changelogs:
        if next(looks) in {1, 3}:  # within a transaction: it looks before it and within it
            Producer(producer_config(clients.kafka, "installation")).init_transactions(30)
        return Changelogs(clients.reader)

    monkeypatch.setattr(Clients, "changelogs", look)
    require_known_key(own, space.topics, ["5a" * 4])
    assert next(looks) == 7, "it was not overtaken"
    assert [one.value() for one in space.records(space.topics.installation.name)] == [b"5a" * 4]
