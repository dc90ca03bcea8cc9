"""The alert stage: findings into incidents, and what people must be told."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

from alerts.desk import Desk, Outcome
from alerts.desk.notifications import NotificationSettings
from alerts.incidents import GroupKey, feedback_of, group_of, take_findings
from alerts.lifecycle import IncidentSettings
from detectors.records import Alert, Command, Feedback, Finding
from monitor.stages.names import Names


class AlertStage:
    """Findings, analysts' commands and the passing of time into alerts and messages. Its state is
    in desks that a runner keeps: one of its own for all that is told together."""

    def __init__(
        self, incidents: IncidentSettings, notifications: NotificationSettings, names: Names
    ) -> None:
        self._incidents = incidents
        self._notifications = notifications
        self._names = names

    def new_desk(self) -> Desk:
        return Desk(self._notifications, self._incidents, self._names)

    def __call__(
        self,
        desk: Desk,
        findings: Sequence[Finding],
        current: Callable[[GroupKey], Alert | None],
        now: datetime,
    ) -> Outcome:
        """`current` looks up the newest alert of a kind, closed ones too."""
        kinds = dict.fromkeys(group_of(finding) for finding in findings)
        known = {kind: alert for kind in kinds if (alert := current(kind))}
        for alert in take_findings(known, findings, self._incidents, self._names):
            desk.change(alert, now)
        return desk.tell(now)

    @staticmethod
    def answered(
        desk: Desk,
        commands: Sequence[Command],
        find: Callable[[str], Alert | None],
        now: datetime,
    ) -> Outcome:
        """What follows from commands, after each was applied to the alert it is about (`find` gives
        it): receivers are told of an acknowledgement and an end, and silences begin."""
        for command in commands:
            alert = find(command.alert) if command.alert else None
            if command.silence is not None:
                with suppress(ValueError):  # whoever gave it was told; another version may have
                    desk.silence(command.silence, now)
            elif alert is not None:
                desk.note(alert, now)
        return desk.tell(now)

    @staticmethod
    def feedback(
        commands: Sequence[Command], find: Callable[[str], Alert | None]
    ) -> list[Feedback]:
        """What the baselines must be told of the alerts that were closed."""
        closed = ((find(one.alert), one.at) for one in commands if one.action == "close")
        found = (feedback_of(alert, at) for alert, at in closed if alert is not None)
        return [one for one in found if one is not None]
