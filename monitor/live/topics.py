"""Our topics as Faust's typed ones: agents get the records of `detectors.records`, and those that
are no such record are left out and counted, so that one of them does not stop a job."""

# faust is typed in part:
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false

from typing import Any, cast

import faust
from faust.exceptions import ValueDecodeError
from faust.types.tuples import Message

from detectors.records import (
    Alert,
    Finding,
    Flow,
    PartialSum,
    Record,
    RecordError,
    decode,
)
from monitor.kafka.topics import Topic, Topics
from monitor.live.driver import CommittedApp
from monitor.runners.kafka.codec import MARK_PREFIX


class NotARecordError(ValueDecodeError):
    """A mark of the stages in between, or a tombstone: nothing that a job reads."""


class RecordSchema(faust.Schema[bytes, Record]):
    """One kind of record. Keys stay bytes: what they hold is in the record."""

    def __init__(self, kind: type[Record]) -> None:
        super().__init__(key_serializer="raw")
        self._kind = kind

    def loads_value(self, app: Any, message: Message, **_: Any) -> Record:
        """The record, or ValueDecodeError with a text that quotes nothing of it."""
        if message.value is None or (message.key or b"").startswith(MARK_PREFIX):
            raise NotARecordError("not a record")
        try:
            return decode(self._kind, message.value)
        except RecordError as error:
            raise ValueDecodeError(str(error)) from None


class RecordTopic(faust.Topic):
    """A topic that leaves out what it cannot read, where Faust's own ends the agent."""

    async def on_value_decode_error(self, exc: Exception, message: Message) -> None:
        if not isinstance(exc, NotARecordError):
            # a stream has a copy of the topic: the app is there once
            cast("CommittedApp", self.app).unreadable += 1


class RecordTopics:
    """The topics that jobs can read; alerts come whole, at each change."""

    def __init__(self, app: CommittedApp, topics: Topics) -> None:
        """The app's setting `Topic` must be RecordTopic, as `build_app` sets it."""
        self._app = app
        self.flows = self._typed(topics.flows, Flow)
        self.sums = self._typed(topics.sums, PartialSum)
        self.findings = self._typed(topics.findings, Finding)
        self.alerts = self._typed(topics.alerts, Alert)

    def _typed(self, topic: Topic, kind: type[Record]) -> Any:
        return self._app.topic(topic.name, schema=RecordSchema(kind), partitions=topic.partitions)
