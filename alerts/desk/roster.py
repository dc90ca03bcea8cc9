"""The roster: every incident that is open, the group it is in, and when to look at each group."""

from collections.abc import Callable
from datetime import datetime

from alerts.desk.agenda import Agenda
from alerts.desk.grouping import Group, GroupSettings, news_of
from alerts.desk.labels import Owners, labels_of
from alerts.desk.own import OWN
from detectors.records import Alert


class Roster:
    """Incidents come in with their first change, and go when they are closed and that was told."""

    def __init__(self, settings: GroupSettings, owners: Owners) -> None:
        self._settings = settings
        self._owners = owners
        self._group_of: dict[str, str] = {}
        self.alerts: dict[str, Alert] = {}
        self.groups: dict[str, Group] = {}
        self.agenda: Agenda[str] = Agenda()
        """Keys of groups, and when to look at each."""

    def __contains__(self, alert_id: str) -> bool:
        return alert_id in self.alerts

    def put(self, alert: Alert) -> Group:
        """The incident as it is now; its group, which it joins if it is new."""
        self.alerts[alert.id] = alert
        known = self._group_of.get(alert.id)
        return self.groups[known] if known is not None else self._join(alert)

    def members(self, group: Group) -> list[Alert]:
        return [self.alerts[one] for one in group.members]

    def look_again(self, mark: str, now: datetime) -> None:
        """At the groups of all incidents with this mark; of all incidents, without one."""
        for alert in self.alerts.values():
            if not mark or mark in alert.muted:
                self.agenda.sooner(self._group_of[alert.id], now)

    def dismiss(self, group: Group) -> list[str]:
        """Lets go of the incidents that are over, and says which; the lead stays with the last of
        them, since all is told under its id."""
        over = [one for one in group.members if self._is_over(group, one)]
        if len(over) < len(group.members):
            over = [one for one in over if one != group.lead]
        for one in over:
            group.members.remove(one)
            group.told.pop(one, None)
            del self._group_of[one], self.alerts[one]
        if not group.members:
            del self.groups[group.key]
        return over

    def restore(self, group: Group, find: Callable[[str], Alert | None]) -> list[Alert]:
        """Takes up a saved group; the incidents in it that can still be found."""
        found = [alert for one in group.members if (alert := find(one)) is not None]
        group.members = [one.id for one in found]
        if found:
            self.groups[group.key] = group
        for alert in found:
            self.alerts[alert.id] = alert
            self._group_of[alert.id] = group.key
        return found

    def _join(self, alert: Alert) -> Group:
        own = f"own/{alert.id}"
        labels = labels_of(alert, self._owners)
        key = own if alert.rule in OWN else self._settings.key(labels)
        group = self.groups.setdefault(key, Group(key))
        group.members.append(alert.id)
        self._group_of[alert.id] = key
        return group

    def _is_over(self, group: Group, alert_id: str) -> bool:
        alert = self.alerts[alert_id]
        return alert.status == "closed" and news_of(group.told.get(alert_id), alert) is None
