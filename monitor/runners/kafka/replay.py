"""Dead letters: the records they refer to, read again, and written again.

A record that its topic no longer has may be sealed beside its dead letter (see `sealing`).
"""

from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import NamedTuple

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Message, TopicPartition

from detectors.records import DeadLetter
from monitor.kafka.client import build, client_config
from monitor.kafka.settings import KafkaSettings
from monitor.kafka.topics import topics_of
from monitor.runners.errors import WorkerError
from monitor.runners.kafka.assignment import CALL_SECONDS, patiently
from monitor.runners.kafka.reading import FORMAT_HEADER
from monitor.runners.kafka.sealing import HEADER, Opener, Payload
from monitor.runners.kafka.sending import Writer

REPLAYED_HEADER = "egresswatch-replayed"
"""On a record that was a dead letter before: the letter's id."""
READ_SECONDS = 10.0


class Replayed(NamedTuple):
    """How many records were written again, and how many are no longer to be had."""

    written: int
    gone: int


class _Record(NamedTuple):
    """What is written again. It holds personal data: do not show it."""

    key: object
    value: object
    headers: list[object]


def replay(
    kafka: KafkaSettings, letters: Iterable[DeadLetter], opener: Opener | None = None
) -> Replayed:
    """Reads the records that dead letters refer to, and writes them to the ends of their
    partitions, marked. A letter of anything but an input topic is left alone. With `opener` sealed
    payloads take the place of records that are gone; ValueError where it does not open one."""
    inputs = {one.topic for one in kafka.topics.inputs}
    chosen = [one for one in letters if one.partition.rpartition("/")[0] in inputs]
    found = _in_their_topics(kafka, chosen)
    missing = [one for one in chosen if one.id not in found]
    if opener is not None and missing:
        opened = open_sealed(kafka, missing, opener)
        found |= {name: _of_payload(payload) for name, payload in opened.items()}
    with Writer(kafka) as writer:
        for letter in chosen:
            if record := found.get(letter.id):
                topic, _, number = letter.partition.rpartition("/")
                headers = [*record.headers, (REPLAYED_HEADER, letter.id.encode())]
                writer.write(topic, int(number), record.key, record.value, headers)
    return Replayed(len(found), len(chosen) - len(found))


def open_sealed(
    kafka: KafkaSettings, letters: Sequence[DeadLetter], opener: Opener
) -> dict[str, Payload]:
    """The sealed payloads of these dead letters by the letters' ids; those without one are not
    among them. ValueError where one does not open."""
    wanted = {letter.id: letter for letter in letters}
    opened: dict[str, Payload] = {}
    with closing(build(Consumer, _reading(kafka))) as reader:
        for message in _all_dead_letters(kafka, reader):
            key = message.key()
            letter = wanted.get(key.decode() if isinstance(key, bytes) else key or "")
            sealed = dict(message.headers() or []).get(HEADER)
            if letter is not None and isinstance(sealed, bytes):
                opened[letter.id] = opener.open(sealed.decode(), letter.partition, letter.offset)
    return opened


def _all_dead_letters(kafka: KafkaSettings, reader: Consumer) -> Iterable[Message]:
    topic = topics_of(kafka.topics).dead_letters.name
    known = patiently(lambda: reader.list_topics(topic, CALL_SECONDS), "reading topics")
    numbers = known.topics[topic].partitions
    waiting = set(numbers)
    starts = [TopicPartition(topic, number, OFFSET_BEGINNING) for number in numbers]
    reader.assign(starts)
    while waiting:
        messages = reader.consume(500, READ_SECONDS)
        if not messages:
            raise WorkerError(
                "the dead letters cannot be read to their end: are all brokers there?"
            )
        for message in messages:
            error = message.error()
            if error is None:
                yield message
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - its name
                waiting.discard(message.partition() or 0)


def _in_their_topics(kafka: KafkaSettings, letters: Iterable[DeadLetter]) -> dict[str, _Record]:
    found: dict[str, _Record] = {}
    with closing(build(Consumer, _reading(kafka))) as reader:
        for letter in letters:
            topic, _, number = letter.partition.rpartition("/")
            message = _record_at(reader, TopicPartition(topic, int(number), letter.offset))
            if message is not None:
                headers = [one for one in message.headers() or [] if one[0] != REPLAYED_HEADER]
                found[letter.id] = _Record(message.key(), message.value(), [*headers])
    return found


def _of_payload(payload: Payload) -> _Record:
    form = payload.form.encode()
    return _Record(payload.key, payload.value, [(FORMAT_HEADER, form)] if form else [])


def _reading(kafka: KafkaSettings) -> dict[str, str | int | float | bool]:
    return {
        **client_config(kafka),
        "group.id": f"{kafka.topics.prefix}replay",
        "enable.auto.commit": False,
        "isolation.level": "read_committed",
        "enable.partition.eof": True,
        "auto.offset.reset": "error",
    }


def _record_at(reader: Consumer, place: TopicPartition) -> Message | None:
    """The record at an offset; None where the topic no longer has it."""
    low, high = patiently(lambda: reader.get_watermark_offsets(place, CALL_SECONDS), "reading")
    if not low <= place.offset < high:
        return None
    reader.assign([place])
    for message in reader.consume(1, READ_SECONDS):
        error = message.error()
        if error is None and message.offset() == place.offset:
            return message
    return None
