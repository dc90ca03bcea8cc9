"""The alert stage: findings into incidents, and what people must be told."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from alerts.incidents import (
    GroupKey,
    IncidentSettings,
    feedback_of,
    group_of,
    message,
    take_findings,
)
from alerts.sinks.base import Message
from detectors.records import Alert, Command, Feedback, Finding
from monitor.stages.names import Names


class Told(NamedTuple):
    """Alerts that changed, and the messages that were decided."""

    alerts: list[Alert]
    messages: list[Message]


class AlertStage:
    """Findings and analysts' commands into alerts and messages. Keeps no state of its own."""

    def __init__(self, settings: IncidentSettings, names: Names) -> None:
        self._settings = settings
        self._names = names

    def __call__(
        self, findings: Sequence[Finding], current: Callable[[GroupKey], Alert | None]
    ) -> Told:
        """`current` looks up the newest alert of a group, closed ones too."""
        groups = dict.fromkeys(group_of(finding) for finding in findings)
        known = {group: alert for group in groups if (alert := current(group))}
        return Told(*take_findings(known, findings, self._settings, self._names))

    @staticmethod
    def answered(commands: Sequence[Command], find: Callable[[str], Alert | None]) -> list[Message]:
        """What the receivers of an alert must be told of its acknowledgement and closing."""
        told: list[Message] = []
        for command in commands:
            alert = find(command.alert)
            if alert is not None and command.action == "close":
                told.append(message(alert, "resolved", command.at))
            elif alert is not None and alert.status == "acknowledged":
                told.append(message(alert, "acknowledged", command.at))
        return told

    @staticmethod
    def feedback(
        commands: Sequence[Command], find: Callable[[str], Alert | None]
    ) -> list[Feedback]:
        """What the baselines must be told of the alerts that were closed."""
        closed = ((find(one.alert), one.at) for one in commands if one.action == "close")
        found = (feedback_of(alert, at) for alert, at in closed if alert is not None)
        return [one for one in found if one is not None]
