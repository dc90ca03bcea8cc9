"""Scripts of what happens to a desk, in the style of Alertmanager's acceptance tests.

    scene.at(1).push("stripe")
    scene.want(between(1, 1.2), "first", "stripe")
    scene.end(60)

Time is simulated in steps of a tenth of a second; everything goes through the state that a runner
would have committed. With `restarts` the desk is made anew from that state before every step.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple

import msgspec

from alerts.desk import Desk, Outcome
from alerts.desk.notifications import NotificationSettings
from alerts.desk.silences import Silenced, new_silence
from alerts.incidents import group_of
from alerts.lifecycle import IncidentSettings, apply_command
from alerts.messages import Message
from detectors.distinct import sketch
from detectors.ids import stable_id
from detectors.records import Alert, Command, Finding
from monitor.clock import ManualClock
from monitor.stages.alert import AlertStage
from tests.support.moments import MONDAY
from tests.support.naming import PlainNames

STEP = 0.1


class Between(NamedTuple):
    """A time in seconds since the scene began."""

    first: float
    last: float


def between(first: float, last: float) -> Between:
    return Between(first, last)


@dataclass
class Wanted:
    when: Between
    why: str
    subprocessors: tuple[str, ...]


@dataclass
class Sent:
    when: float
    message: Message

    @property
    def subprocessors(self) -> tuple[str, ...]:
        """Of all incidents that the message tells of."""
        alert = self.message.alert
        members = self.message.group or (alert,)
        return tuple(sorted(one.subprocessor for one in members))

    def __str__(self) -> str:
        what = self.message.alert.rule
        return f"{self.when:.1f}: {self.message.why} {what} {self.subprocessors}"


@dataclass
class Scene:
    """One script. `notifications` and `incidents` are the settings as a file would have them."""

    notifications: dict[str, Any] = field(default_factory=dict[str, Any])
    incidents: dict[str, Any] = field(default_factory=dict[str, Any])
    restarts: bool = False

    def __post_init__(self) -> None:
        self.clock = ManualClock(MONDAY)
        self.alerts: dict[str, Alert] = {}
        self.state: dict[str, bytes] = {}
        self.sent: list[Sent] = []
        self._wanted: list[Wanted] = []
        self._stage = AlertStage(
            IncidentSettings.model_validate(self.incidents),
            NotificationSettings.model_validate(self.notifications),
            PlainNames(),
        )
        self._desk = self._stage.new_desk()

    # -- what happens

    @property
    def now(self) -> float:
        return self.clock.monotonic()

    def at(self, seconds: float) -> "Scene":
        """Lets time pass until then, and the desk tell what falls due."""
        while self.now + STEP / 2 < seconds:
            self.clock.advance(STEP)
            if self._live().is_due(self.clock.now()):
                self._commit(self._desk.tell(self.clock.now()))
        return self

    def skip_to(self, seconds: float) -> "Scene":
        """Time passes at once, as where a machine slept."""
        self.clock.advance(seconds - self.now)
        self._commit(self._live().tell(self.clock.now()))
        return self

    def push(self, *subprocessors: str, rule: str = "plaintext-http", **said: Any) -> "Scene":
        """Evidence against each of them, in one batch."""
        findings = [self._finding(one, rule, **said) for one in subprocessors]
        current = {group_of(one): self.newest(one.subprocessor, rule) for one in findings}
        self._commit(self._stage(self._live(), findings, current.get, self.clock.now()))
        return self

    def command(self, subprocessor: str, action: str, rule: str = "", **said: Any) -> "Scene":
        """An analyst's command, as the embedded runner takes it."""
        alert = self.newest(subprocessor, rule)
        assert alert is not None
        given = {"@timestamp": self.clock.now(), "action": action, "alert": alert.id, **said}
        command = msgspec.convert(given, Command)
        self.alerts[alert.id] = apply_command(alert, command)
        self._answer(command)
        return self

    def silence(self, *matchers: str, last: float, start: float = 0) -> str:
        """A silence from `start` seconds from now on, for so many seconds; its id."""
        now = self.clock.now()
        starts = now + timedelta(seconds=start)
        silence = new_silence(
            matchers,
            owner="ann",
            reason="a test",
            starts=starts,
            ends=starts + timedelta(seconds=last),
            said=now,
        )
        self._answer(Command(at=now, action="silence", silence=silence))
        return silence.id

    def expire(self, silence_id: str) -> "Scene":
        known = self.silenced(silence_id).silence
        ended = msgspec.structs.replace(known, ends=self.clock.now())
        self._answer(Command(at=self.clock.now(), action="silence", silence=ended))
        return self

    def finish(self) -> None:
        """All input has ended."""
        self._commit(self._live().finish(self.clock.now()))

    # -- what must come of it

    def want(self, when: Between, why: str, *subprocessors: str) -> "Scene":
        """A message about exactly these must be sent then."""
        self._wanted.append(Wanted(when, why, tuple(sorted(subprocessors))))
        return self

    def end(self, seconds: float) -> None:
        """Plays on until then; every message must have been wanted, and every one wanted sent."""
        self.at(seconds)
        left = list(self.sent)
        for wanted in self._wanted:
            found = next((one for one in left if _fits(wanted, one)), None)
            assert found is not None, f"not sent: {wanted}; there were {_told(self.sent)}"
            left.remove(found)
        assert not left, f"sent and not wanted: {_told(left)}"
        ids = [one.message.id for one in self.sent]
        assert len(ids) == len(set(ids)), "two messages with one id"

    def newest(self, subprocessor: str, rule: str = "") -> Alert | None:
        found = [
            one
            for one in self.alerts.values()
            if one.subprocessor == subprocessor and rule in {"", one.rule}
        ]
        return max(found, key=lambda one: one.generation, default=None)

    def alert(self, subprocessor: str, rule: str = "") -> Alert:
        found = self.newest(subprocessor, rule)
        assert found is not None
        return found

    def silenced(self, silence_id: str) -> Silenced:
        return msgspec.json.decode(self.state[f"silence/{silence_id}"], type=Silenced)

    # -- the runner's part

    def _live(self) -> Desk:
        if self.restarts:
            self._desk = self._stage.new_desk()
            self._desk.restore(self.state.items(), self.alerts.get, self.clock.now())
        return self._desk

    def _answer(self, command: Command) -> None:
        answered = self._stage.answered(self._live(), [command], self.alerts.get, self.clock.now())
        self._commit(answered)

    def _commit(self, outcome: Outcome) -> None:
        for alert in outcome.alerts:
            known = self.alerts.get(alert.id)
            assert known is None or known.version <= alert.version
            self.alerts[alert.id] = alert
        for key, value in self._desk.changes(self.clock.now()):
            if value is None:
                self.state.pop(key, None)
            else:
                self.state[key] = value
        self.sent += [Sent(self.now, message) for message in outcome.messages]

    def _finding(
        self,
        subprocessor: str,
        rule: str,
        *,
        category: str = "user.contact.email",
        people: int = 1,
        service: str = "crm",
        ago: float = 0,
    ) -> Finding:
        moment = self.clock.now() - timedelta(seconds=ago)
        return Finding(
            timestamp=moment,
            last=moment,
            detected=moment,
            id=stable_id(rule, subprocessor, category, moment.isoformat()),
            kind="policy",
            rule=rule,
            message=f"{category} to {subprocessor}",
            channel="egress",
            subprocessor=subprocessor,
            service=service,
            category=category,
            window=moment,
            events=1,
            values=people,
            subjects=sketch(range(people)),
            score=1.0,
        )


def _fits(wanted: Wanted, sent: Sent) -> bool:
    return (
        wanted.when.first - STEP / 2 <= sent.when <= wanted.when.last + STEP / 2
        and wanted.why == sent.message.why
        and wanted.subprocessors == sent.subprocessors
    )


def _told(sent: Sequence[Sent]) -> list[str]:
    return [str(one) for one in sent]
