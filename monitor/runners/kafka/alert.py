"""The alert stage over Kafka: findings and analysts' commands into alerts and messages.

The topic of alerts is both what others read and the state: compacted, the whole alert under its
id. All that concerns one sub-processor is in the same partition of every keyed topic.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from alerts.incidents import GroupKey, apply_command
from alerts.sinks.base import Message
from alerts.sinks.payload import slim
from detectors.ids import stable_id
from detectors.records import Alert, Command, DeadLetter, Finding, decode
from detectors.rules import OURSELVES
from monitor.kafka.topics import Topics
from monitor.runners.kafka.assignment import Changelogs, Place, Start
from monitor.runners.kafka.base import Out, Taken, Transact
from monitor.runners.kafka.codec import Wire, partition_of, wire
from monitor.runners.kafka.revival import is_revival
from monitor.runners.kafka.tally import Tally
from monitor.stages.alert import AlertStage


class AlertShell:
    """See the module."""

    name = "alert"

    def __init__(
        self,
        stage: AlertStage,
        topics: Topics,
        changelogs: Changelogs,
        tally: Tally,
        route: Callable[[Iterable[Message]], list[Message]] = list,
    ) -> None:
        """`route` gives messages their receivers."""
        self.topics = [topics.findings.name, topics.commands.name]
        self._stage = stage
        self._out_topics = topics
        self._changelogs = changelogs
        self._route = route
        self._tally = tally
        self._newest: dict[GroupKey, Alert] = {}
        self._by_id: dict[str, GroupKey] = {}

    def assign(self, starts: Mapping[Place, Start]) -> None:
        self._newest, self._by_id = {}, {}
        numbers = sorted({partition for _, partition in starts})
        for entry in self._changelogs.restore(self._out_topics.alerts, numbers):
            if entry.value is not None:
                self._keep(decode(Alert, entry.value))

    def _keep(self, alert: Alert) -> None:
        group = alert.subprocessor, alert.rule
        known = self._newest.get(group)
        if known is None or known.generation <= alert.generation:
            self._newest[group] = alert
            self._by_id[alert.id] = group

    def take(self, records: Sequence[Taken], out: Out) -> None:
        """Runs of findings as they come, so that a command finds what was there before it."""
        waiting: list[Finding] = []
        for record in records:
            if record.topic == self._out_topics.findings.name:
                waiting.append(decode(Finding, record.value or b""))
            else:
                self._find(waiting, out)
                waiting = []
                if not is_revival(record.key):
                    self._answer(record, out)
        self._find(waiting, out)

    def _find(self, findings: Sequence[Finding], out: Out) -> None:
        told = self._stage(findings, self._newest.get)
        self._tally.alerts += sum(one.why == "first" for one in told.messages)
        self._send(told.alerts, told.messages, out)

    def _answer(self, record: Taken, out: Out) -> None:
        """A command that does not fit the alert as it is now changes nothing, and is a dead
        letter."""
        command = decode(Command, record.value or b"")
        if command.rule:
            own = self._newest.get((OURSELVES, command.rule))
            if own is None or own.status == "closed":
                return  # said again, or of something that nobody was told
            command = msgspec.structs.replace(command, alert=own.id)
        try:
            answered = apply_command(self._alert(command.alert), command)
        except ValueError as error:
            self._refuse(record, command, str(error), out)
            return
        messages = self._stage.answered([command], {answered.id: answered}.get)
        self._send([answered], messages, out)
        sums = self._out_topics.sums
        for feedback in self._stage.feedback([command], {answered.id: answered}.get):
            out.send(sums, partition_of(feedback.subprocessor, sums.partitions), wire(feedback))

    def _alert(self, alert_id: str) -> Alert:
        group = self._by_id.get(alert_id)
        alert = group and self._newest[group]
        if not alert or alert.id != alert_id:
            raise ValueError("it is about an alert that there is not, or is no longer the newest")
        return alert

    def _refuse(self, record: Taken, command: Command, why: str, out: Out) -> None:
        place = f"{record.topic}/{record.partition}"
        letter = DeadLetter(
            timestamp=command.at,
            id=stable_id("command", place, record.offset),
            partition=place,
            offset=record.offset,
            size=len(record.value or b""),
            reason="command-refused",
            problem=why,
        )
        topic = self._out_topics.dead_letters
        out.send(topic, partition_of(letter.id, topic.partitions), wire(letter))
        self._tally.dead_letters[letter.reason] += 1

    def _send(self, alerts: Sequence[Alert], messages: Sequence[Message], out: Out) -> None:
        for alert in alerts:
            self._keep(alert)
            out.send(self._out_topics.alerts, self._home(alert), wire(alert))
        for message in self._route(messages):
            value = msgspec.json.encode(slim(message))
            home = self._home(message.alert)
            out.send(self._out_topics.deliveries, home, Wire(message.id.encode(), value))

    def _home(self, alert: Alert) -> int:
        return partition_of(alert.subprocessor, self._out_topics.alerts.partitions)

    def note(self, place: Place) -> str:
        del place
        return ""

    def turn(self, transact: Transact) -> None:
        """Nothing comes about by itself."""
