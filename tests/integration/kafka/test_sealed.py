"""Payloads of dead letters: sealed in the topic, shown and replayed with the private key."""

import msgspec
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from tests.integration.kafka.conftest import finish
from tests.integration.kafka.test_no_leak import written
from tests.support.events import event
from tests.support.kafka_space import KafkaSpace
from tests.support.moments import MONDAY

BROKEN = b'{"ts": 1772445600, "method": "GET", "url": "https://api.stripe.com/jane@example.com"}'


def forget_events(space: KafkaSpace) -> None:
    """What retention does in time: the topic no longer has what was in it."""
    admin = AdminClient({"bootstrap.servers": space.address})
    places = [TopicPartition(space.egress, number, -1) for number in range(2)]
    for answer in admin.delete_records(places).values():
        answer.result()


def test_a_payload_is_sealed_and_comes_back_with_the_private_key(space: KafkaSpace) -> None:
    space.prepare()
    made = space.run("dead-letters", "new-key", "dead.key")
    assert (space.folder / "dead.key").stat().st_mode & 0o777 == 0o600
    worker = {"dead_letter_key": made.stdout.strip()}
    settings = msgspec.json.decode(space.config.read_bytes()) | {"worker": worker}
    space.config.write_bytes(msgspec.json.encode(settings))
    space.produce([(0, event(MONDAY)), (1, BROKEN)])
    finish(space)
    (letter,) = [one.key().decode() for one in space.records(space.topics.dead_letters.name)]
    raw = b"".join(written(space, space.topics.dead_letters.name))
    assert b"egresswatch-sealed" in raw
    assert b"jane" not in raw

    shown = space.run("dead-letters", "show", letter, "--private-key", "dead.key")
    assert (shown.returncode, shown.stdout.encode()) == (0, BROKEN), shown.stderr

    forget_events(space)
    settings["kafka"]["topics"]["inputs"] = [{"topic": space.egress, "format": "traffic"}]
    space.config.write_bytes(msgspec.json.encode(settings))
    replayed = space.run("dead-letters", "replay", "--private-key", "dead.key")
    assert replayed.stdout.startswith("1 written again, 0 no longer"), replayed.stderr
    found = finish(space)
    assert len(found["flows"]) == 2
    assert len(found["dead-letters"]) == 1
