"""The alert stage over Kafka: findings and analysts' commands into alerts and messages.

The topic of alerts is both what others read and the state: compacted, the whole alert under its
id. What is told when (groups, silences, a storm) is in a compacted topic of its own. All that
concerns one sub-processor is in the same partition of every keyed topic, and each partition has its
own desk; a silence is given to all of them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import msgspec

from alerts.desk import Desk, Outcome
from alerts.desk.matchers import parse_matchers
from alerts.incidents import GroupKey
from alerts.lifecycle import apply_command
from alerts.messages import Message
from alerts.sinks.payload import slim
from detectors.ids import stable_id
from detectors.records import Alert, Command, DeadLetter, Finding, decode
from detectors.rules import OURSELVES
from monitor.clock import Clock
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
        clock: Clock,
        route: Callable[[Iterable[Message]], list[Message]] = list,
    ) -> None:
        """`route` gives messages their receivers."""
        self.topics = [topics.findings.name, topics.commands.name]
        self._stage = stage
        self._out_topics = topics
        self._changelogs = changelogs
        self._route = route
        self._tally = tally
        self._clock = clock
        self._newest: dict[GroupKey, Alert] = {}
        self._by_id: dict[str, GroupKey] = {}
        self._desks: dict[int, Desk] = {}

    def assign(self, starts: Mapping[Place, Start]) -> None:
        self._newest, self._by_id = {}, {}
        numbers = sorted({partition for _, partition in starts})
        alerts: dict[str, Alert] = {}
        for entry in self._changelogs.restore(self._out_topics.alerts, numbers):
            if entry.value is not None:
                alerts[entry.key] = decode(Alert, entry.value)
        for alert in alerts.values():
            self._keep(alert)
        self._desks = {number: self._stage.new_desk() for number in numbers}
        saved: dict[int, dict[str, bytes | None]] = defaultdict(dict)
        for entry in self._changelogs.restore(self._out_topics.alert_state, numbers):
            saved[entry.partition][entry.key] = entry.value
        now = self._clock.now()
        for number, desk in self._desks.items():
            pairs = [(key, value) for key, value in saved[number].items() if value is not None]
            desk.restore(pairs, alerts.get, now)

    def _keep(self, alert: Alert) -> None:
        group = alert.subprocessor, alert.rule
        known = self._newest.get(group)
        if known is None or known.generation <= alert.generation:
            self._newest[group] = alert
            self._by_id[alert.id] = group

    def take(self, records: Sequence[Taken], out: Out) -> None:
        """Runs of findings as they come, so that a command finds what was there before it."""
        by_partition: dict[int, list[Taken]] = defaultdict(list)
        for record in records:
            by_partition[record.partition].append(record)
        for number, some in by_partition.items():
            self._take_partition(number, some, out)

    def _take_partition(self, number: int, records: Sequence[Taken], out: Out) -> None:
        waiting: list[Finding] = []
        for record in records:
            if record.topic == self._out_topics.findings.name:
                waiting.append(decode(Finding, record.value or b""))
            else:
                self._find(number, waiting, out)
                waiting = []
                if not is_revival(record.key):
                    self._answer(number, record, out)
        self._find(number, waiting, out)
        self._save(number, out)

    def _find(self, number: int, findings: Sequence[Finding], out: Out) -> None:
        now = self._clock.now()
        told = self._stage(self._desks[number], findings, self._newest.get, now)
        self._send(number, told, out)

    def _answer(self, number: int, record: Taken, out: Out) -> None:
        """A command that does not fit the alert as it is now changes nothing, and is a dead
        letter."""
        command = decode(Command, record.value or b"")
        if command.rule:
            own = self._newest.get((OURSELVES, command.rule))
            if own is None or own.status == "closed":
                return  # said again, or of something that nobody was told
            command = msgspec.structs.replace(command, alert=own.id)
        try:
            answered = self._applied(command)
        except ValueError as error:
            self._refuse(record, command, str(error), out)
            return
        now = self._clock.now()
        told = self._stage.answered(self._desks[number], [command], answered.get, now)
        self._send(number, Outcome([*answered.values(), *told.alerts], told.messages), out)
        for feedback in self._stage.feedback([command], answered.get):
            out.send(self._out_topics.sums, number, wire(feedback))

    def _applied(self, command: Command) -> dict[str, Alert]:
        """What a command makes of the alert it is about, by its id; ValueError says why not."""
        if command.silence is not None:
            parse_matchers(command.silence.matchers)
            return {}
        return {command.alert: apply_command(self._alert(command.alert), command)}

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

    def _send(self, number: int, told: Outcome, out: Out) -> None:
        self._tally.alerts += sum(one.why == "first" for one in told.messages)
        for alert in told.alerts:
            self._keep(alert)
            out.send(self._out_topics.alerts, number, wire(alert))
        for message in self._route(told.messages):
            value = msgspec.json.encode(slim(message))
            out.send(self._out_topics.deliveries, number, Wire(message.id.encode(), value))

    def _save(self, number: int, out: Out) -> None:
        for key, value in self._desks[number].changes(self._clock.now()):
            out.send(self._out_topics.alert_state, number, Wire(key.encode(), value))

    def note(self, place: Place) -> str:
        del place
        return ""

    def turn(self, transact: Transact) -> None:
        """What falls due by itself: groups that waited, repeats, the ends of silences."""
        now = self._clock.now()
        for number, desk in self._desks.items():
            if desk.is_due(now):
                transact(partial(self._pass_time, number))

    def _pass_time(self, number: int, out: Out) -> None:
        self._send(number, self._desks[number].tell(self._clock.now()), out)
        self._save(number, out)
