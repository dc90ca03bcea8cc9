"""One pseudonym key for all workers, by a record in the topic of the installation.

Pseudonyms of two keys never match: with two workers that have different ones, a person counts
twice. So the first worker writes which key it has, and all others must have the same.
"""

from collections.abc import Sequence
from functools import partial
from random import SystemRandom
from threading import Event

from confluent_kafka import Producer

from monitor.kafka.client import build, producer_config
from monitor.kafka.topics import Topics
from monitor.keys import require_known
from monitor.runners.kafka.clients import Clients
from monitor.runners.kafka.codec import Wire
from monitor.runners.kafka.errors import FencedError, Rewind
from monitor.runners.kafka.transaction import Transactions

FACT = "pseudonym-key-id"
OUTSIDE = "take topics with another prefix"
ATTEMPTS = 10
"""So often a worker tries to write its key while others do."""
APART_SECONDS = 1.0
"""Between its tries at most, by chance, so that they come apart."""


def require_known_key(clients: Clients, topics: Topics, key_ids: Sequence[str]) -> None:
    """`key_ids`: the one in force, then the retired ones. ConfigError where the topics were made
    with another key; a key that is meant to follow one of the retired ones is written down."""
    clients.check(topics)
    left = ATTEMPTS
    while require_known(_stored(clients, topics), key_ids, OUTSIDE):
        left -= 1
        try:
            _write(clients, topics, key_ids)
        except (FencedError, Rewind):  # another worker came here at once: look what it has written
            if not left:
                raise
            Event().wait(SystemRandom().uniform(0, APART_SECONDS))


def _write(clients: Clients, topics: Topics, key_ids: Sequence[str]) -> None:
    """Of two workers that come here at once the first can no longer commit: FencedError."""
    make = partial(Producer, logger=clients.logger)
    producer = build(make, producer_config(clients.kafka, "installation"))
    transactions = Transactions(producer, lambda: None)
    transactions.open()

    def write() -> None:
        if require_known(_stored(clients, topics), key_ids, OUTSIDE):
            transactions.send(topics.installation, 0, Wire(FACT.encode(), key_ids[0].encode()))

    transactions.run(write, list)
    producer.close()


def _stored(clients: Clients, topics: Topics) -> str:
    """The id of the key that was written last; empty where none was."""
    found = ""
    for entry in clients.changelogs().restore(topics.installation, [0]):
        if entry.key == FACT and entry.value is not None:
            found = entry.value.decode()
    return found
