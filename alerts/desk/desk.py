"""From findings noted to messages told: read on in `tell` and `_flush`."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from alerts.desk.grouping import FRESH, Group, Told, due_with, news_of, news_of_group, repeats_at
from alerts.desk.labels import Owners
from alerts.desk.muting import Muted, Muting
from alerts.desk.notifications import NotificationSettings
from alerts.desk.own import OWN, ending_alert, ending_id, grown_storm, storm_alert
from alerts.desk.quiet import EventClock, Quiet
from alerts.desk.roster import Roster
from alerts.desk.silences import Silenced
from alerts.desk.storm import MARK as STORM_MARK
from alerts.desk.storm import Storm
from alerts.desk.telling import gravest, message
from alerts.lifecycle import IncidentSettings, closed_as_quiet, marked
from alerts.messages import Message, Why
from detectors.records import Alert, Silence
from detectors.windows import BEGINNING

Pairs = list[tuple[str, bytes | None]]
"""State as keys and values; no value says that the key is gone."""

SAVED_EVERY = timedelta(hours=1)
"""How often event time is saved where nothing else is."""


class Outcome(NamedTuple):
    """Alerts that changed, and the messages that were decided."""

    alerts: list[Alert]
    messages: list[Message]


class Desk:
    """See the module. One desk has all incidents that are told together: over Kafka, those of one
    partition."""

    def __init__(
        self, settings: NotificationSettings, incidents: IncidentSettings, owners: Owners
    ) -> None:
        self._settings = settings
        self._roster = Roster(settings.group, owners)
        self._muting = Muting(
            settings.maintenance, settings.inhibition, settings.flapping, settings.silences, owners
        )
        self._quiet = Quiet(incidents.auto_close_days)
        self._storm = Storm(since=BEGINNING)
        self._held: list[Alert] = []
        self._changed: dict[str, Alert] = {}
        self._dirty: set[str] = set()
        self._saved = BEGINNING

    # -- what comes in

    def change(self, alert: Alert, now: datetime) -> None:
        """An incident is new or has changed, and that is among what `tell` returns next."""
        self._changed[alert.id] = alert
        self.note(alert, now)

    def note(self, alert: Alert, now: datetime) -> None:
        """An incident has changed, as is stored already; `tell` decides what follows."""
        if alert.id not in self._roster and alert.status == "closed":
            return
        group = self._roster.put(alert)
        self._quiet.watch(alert, now)
        if self._muting.note(alert):
            self._roster.look_again(f"inhibited:{alert.id}", now)
        why = news_of(group.told.get(alert.id), alert)
        if why is not None:
            group.due = due_with(group, why, alert, now, self._settings.group)
            self._dirty.add(f"group/{group.key}")
            self._roster.agenda.sooner(group.key, group.due)
        elif alert.status == "closed":
            self._roster.agenda.sooner(group.key, now)

    def silence(self, silence: Silence, now: datetime) -> None:
        """A silence was added or changed; ValueError for one that cannot be understood."""
        self._muting.silences.put(silence)
        self._dirty.add(f"silence/{silence.id}")
        self._roster.look_again("", now)

    def finish(self, now: datetime) -> Outcome:
        """No more will come: nobody waits for others to join a group."""
        for group in self._roster.groups.values():
            if group.due is not None:
                group.due = min(group.due, now)
                self._roster.agenda.sooner(group.key, now)
        return self.tell(now)

    # -- what comes out

    def is_due(self, now: datetime) -> bool:
        """Whether time alone has something to tell, or to save."""
        return (
            self._roster.agenda.is_due(now)
            or self._quiet.is_due(now)
            or self._muting.silences.is_due(now)
            or (bool(self._storm.alert) and self._storm.ends(self._settings.storm) <= now)
            or (bool(self._roster.alerts) and now - self._saved >= SAVED_EVERY)
        )

    def tell(self, now: datetime) -> Outcome:
        """What the incidents noted and the passing of time mean."""
        self._turn_storm(now)
        self._turn_silences(now)
        for alert in self._quiet.close(self._roster.alerts, now):
            self.change(alert, now)
        messages = self._flush_due(now)
        if self._held:
            self._report_storm(now)
            messages += self._flush_due(now)
        alerts = list(self._changed.values())
        self._changed = {}
        return Outcome(alerts, messages)

    # -- the pipeline of one group

    def _flush_due(self, now: datetime) -> list[Message]:
        due = self._roster.agenda.due(now)
        return [one for key in due if (one := self._flush(key, now)) is not None]

    def _flush(self, key: str, now: datetime) -> Message | None:
        group = self._roster.groups[key]
        waits = group.due is not None and now < group.due
        muted = {one: self._mute(one, now) for one in group.members}
        alerts = self._roster.members(group)
        news: dict[str, Why] = {
            one.id: why
            for one in alerts
            if (why := news_of(group.told.get(one.id), one)) is not None
            and not (why in FRESH and muted[one.id].marks)
        }
        known = [one for one in alerts if one.id in news or one.id in group.told]
        repeat = self._may_repeat(group, alerts, muted, now)
        why = None if waits else news_of_group(group, news, known, repeat=repeat)
        told = self._tell_group(group, why, known, news, now) if why is not None else None
        self._settle(group, muted, now)
        return told

    def _may_repeat(
        self, group: Group, alerts: Sequence[Alert], muted: dict[str, Muted], now: datetime
    ) -> bool:
        heard = [one for one in alerts if not muted[one.id].marks]
        again = repeats_at(group, heard, self._settings.group)
        return again is not None and again <= now

    def _tell_group(
        self, group: Group, why: Why, known: Sequence[Alert], news: dict[str, Why], now: datetime
    ) -> Message | None:
        """The message; None where a storm holds it back, and counts it."""
        exempt = why in {"acknowledged", "resolved"} or known[0].rule in OWN
        held = not exempt and not self._storm.admits(self._settings.storm)
        group.lead = group.lead or next(one.id for one in known if one.id in news)
        for one in known:
            if one.id in news or not held:
                group.told[one.id] = Told(one.severity, one.status, held)
                self._mark(one, _with_storm(one.muted, held=held), now)
        group.last_sent = now
        self._dirty.add(f"group/{group.key}")
        if not exempt:
            self._dirty.add("storm")
        if held:
            self._held.append(known[0])
            return None
        told = message(group, why, [self._roster.alerts[one.id] for one in known], now)
        group.sent += 1
        return told

    def _settle(self, group: Group, muted: dict[str, Muted], now: datetime) -> None:
        """Lets go of what is over, and says when to look again."""
        if group.due is not None and group.due <= now:
            group.due = None
        for one in self._roster.dismiss(group):
            self._quiet.forget(one)
        self._dirty.add(f"group/{group.key}")
        again = repeats_at(group, self._roster.members(group), self._settings.group)
        moments = [one.until for one in muted.values() if one.until is not None]
        moments += [one for one in (again, group.due) if one is not None and one > now]
        when = min(moments, default=None) if group.members else None
        self._roster.agenda.set(group.key, when)

    def _mute(self, alert_id: str, now: datetime) -> Muted:
        """What mutes an alert now; the alert says so."""
        alert = self._roster.alerts[alert_id]
        if alert.status == "closed":
            return Muted()
        muted = self._muting.muted(alert, now)
        for silenced in self._muting.silences if muted.marks else ():
            if silenced.mark in muted.marks and silenced.mark not in alert.muted:
                silenced.hits += 1
                self._dirty.add(f"silence/{silenced.silence.id}")
        self._mark(alert, _with_storm(muted.marks, held=STORM_MARK in alert.muted), now)
        return muted

    # -- what time brings about

    def _turn_silences(self, now: datetime) -> None:
        for turn, silenced in self._muting.silences.turns(now):
            match turn:
                case "begins":
                    self._roster.look_again("", now)
                case "ends soon":
                    self._give_notice(silenced, now)
                case "ended":
                    self._end(ending_id(silenced), silenced.silence.ends, now)
                case "forgotten":
                    self._dirty.add(f"silence/{silenced.silence.id}")

    def _give_notice(self, silenced: Silenced, now: datetime) -> None:
        muted = [one for one in self._roster.alerts.values() if silenced.mark in one.muted]
        if muted and not silenced.noticed:
            silenced.noticed = True
            self._dirty.add(f"silence/{silenced.silence.id}")
            self.change(ending_alert(silenced, muted[0], len(muted), now), now)

    def _turn_storm(self, now: datetime) -> None:
        since = self._storm.since
        over = self._storm.roll(now, self._settings.storm)
        if self._storm.alert and self._storm.since != since:
            self._dirty.add("storm")
        if over:
            self._end(self._storm.alert, now, now)
            self._storm.alert, self._storm.total = "", 0

    def _report_storm(self, now: datetime) -> None:
        """The storm's own incident says how many messages were held back so far."""
        storm = self._roster.alerts.get(self._storm.alert) or storm_alert(self._held[0], now)
        grave = gravest([*self._held, storm])
        self._storm.alert = storm.id
        self.change(grown_storm(storm, self._storm.total, grave, now), now)
        self._held = []

    def _end(self, alert_id: str, at: datetime, now: datetime) -> None:
        """Closes an incident of our own, if it is open."""
        alert = self._roster.alerts.get(alert_id)
        if alert is not None and alert.status != "closed":
            self.change(closed_as_quiet(alert, at, "it is over"), now)

    def _mark(self, alert: Alert, marks: tuple[str, ...], now: datetime) -> None:
        after = marked(alert, marks, now)
        if after is not alert:
            self._roster.alerts[alert.id] = self._changed[alert.id] = after

    # -- what is saved

    def changes(self, now: datetime) -> Pairs:
        """What of the state has changed since the last call."""
        if self._dirty or now - self._saved >= SAVED_EVERY:
            self._dirty.add("clock")
            self._saved = now
        pairs = [(key, self._value(key, now)) for key in sorted(self._dirty)]
        self._dirty = set()
        return pairs

    def restore(
        self, pairs: Iterable[tuple[str, bytes]], find: Callable[[str], Alert | None], now: datetime
    ) -> None:
        """Takes up saved state; `find` gives an alert by its id."""
        for key, value in pairs:
            match key.partition("/")[0]:
                case "group":
                    self._restore_group(msgspec.json.decode(value, type=Group), find, now)
                case "silence":
                    self._muting.silences.restore(msgspec.json.decode(value, type=Silenced))
                case "storm":
                    self._storm = msgspec.json.decode(value, type=Storm)
                case "clock":
                    self._quiet.restore(msgspec.json.decode(value, type=EventClock), now)
                case _:
                    pass  # the runner's own
        self._saved = now

    def _restore_group(
        self, group: Group, find: Callable[[str], Alert | None], now: datetime
    ) -> None:
        for alert in self._roster.restore(group, find):
            self._muting.note(alert)
            self._quiet.watch(alert, now)
        if group.members:
            self._roster.agenda.set(group.key, group.due or now)

    def _value(self, key: str, now: datetime) -> bytes | None:
        kind, _, name = key.partition("/")
        found: object
        match kind:
            case "group":
                found = self._roster.groups.get(name)
            case "silence":
                found = self._muting.silences.get(name)
            case "storm":
                found = self._storm
            case _:
                found = self._quiet.saved(now)
        return None if found is None else msgspec.json.encode(found)


def _with_storm(marks: tuple[str, ...], *, held: bool) -> tuple[str, ...]:
    """Marks with or without that of a storm."""
    others = tuple(one for one in marks if one != STORM_MARK)
    return (*others, STORM_MARK) if held else others
