"""The baselines of all partitions as their changelog has them, for those who look from outside."""

from collections.abc import Sequence

from confluent_kafka import Consumer

from monitor.kafka.client import Config, build, client_config
from monitor.kafka.settings import KafkaSettings
from monitor.kafka.topics import topics_of
from monitor.runners.kafka.assignment import Changelogs
from monitor.runners.kafka.codec import MARK_PREFIX

State = Sequence[tuple[str, bytes]]


def stored_states(kafka: KafkaSettings) -> list[State]:
    """By partition, what was committed until now; WorkerError where brokers do not answer."""

    def connect(more: Config) -> Consumer:
        own: Config = {
            "group.id": f"{kafka.topics.prefix}reader",
            "enable.auto.commit": False,
            "allow.auto.create.topics": False,
        }
        return build(Consumer, {**client_config(kafka), **own, **more})

    topic = topics_of(kafka.topics).baseline_changelog
    stored: list[dict[str, bytes]] = [{} for _ in range(topic.partitions)]
    for entry in Changelogs(connect).restore(topic, range(topic.partitions)):
        if entry.value is None:
            stored[entry.partition].pop(entry.key, None)
        elif not entry.key.startswith(MARK_PREFIX.decode()):
            stored[entry.partition][entry.key] = entry.value
    return [list(one.items()) for one in stored]
