"""The desk: every incident that is open, and the way from it to a message.

    note ──► group, wait ──► mute (silences, maintenance, inhibition, flapping)
         ──► what is new to those who were told? ──► storm ──► message

Read on in `tell` and `_flush`. Pure: state, input and `now` give the outcome, and nothing is read
but what it is handed. A runner commits what `tell` returns together with `changes`, and restores
both after a crash: so a decision is neither lost nor made twice.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from alerts.agenda import Agenda
from alerts.eventclock import EventClock
from alerts.grouping import FRESH, Group, Told, due_with, news_of, news_of_group, repeats_at
from alerts.labels import Owners, labels_of
from alerts.lifecycle import SELF, IncidentSettings, closed_as_quiet, marked
from alerts.messages import Message, Why
from alerts.muting import Muted, Muting
from alerts.notifications import NotificationSettings
from alerts.own import OWN, ending_alert, ending_id, grown_storm, storm_alert
from alerts.silences import KEPT, Silenced
from alerts.storm import MARK as STORM_MARK
from alerts.storm import Storm
from alerts.telling import gravest, message
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
        self._incidents = incidents
        self._owners = owners
        self._muting = Muting(settings.maintenance, settings.inhibition, settings.flapping, owners)
        self._alerts: dict[str, Alert] = {}
        self._groups: dict[str, Group] = {}
        self._group_of: dict[str, str] = {}
        self._agenda: Agenda[str] = Agenda()
        """Groups, and when to look at each."""
        self._quiet: Agenda[str] = Agenda()
        """Alerts, and the event time at which each may be quiet."""
        self._clock = EventClock()
        self._saved = BEGINNING
        self._storm = Storm(since=BEGINNING)
        self._held: list[Alert] = []
        self._turn, self._turned = BEGINNING, BEGINNING
        """When silences are to be looked at next, and when they were last."""
        self._changed: dict[str, Alert] = {}
        self._dirty: set[str] = set()

    # -- what comes in

    def change(self, alert: Alert, now: datetime) -> None:
        """An incident is new or has changed, and that is among what `tell` returns next."""
        self._changed[alert.id] = alert
        self.note(alert, now)

    def note(self, alert: Alert, now: datetime) -> None:
        """An incident has changed, as is stored already; `tell` decides what follows."""
        known = self._group_of.get(alert.id)
        if known is None and alert.status == "closed":
            return
        self._alerts[alert.id] = alert
        if self._muting.note(alert):
            self._reconsider(f"inhibited:{alert.id}", now)
        group = self._groups[known] if known is not None else self._join(alert)
        if not _is_ours(alert):
            self._clock.observe(alert.last, now)
            self._watch_quiet(alert)
        why = news_of(group.told.get(alert.id), alert)
        if why is not None:
            group.due = due_with(group, why, alert, now, self._settings.group)
            self._dirty.add(f"group/{group.key}")
            self._agenda.sooner(group.key, group.due)
        elif alert.status == "closed":
            self._agenda.sooner(group.key, now)

    def silence(self, silence: Silence, now: datetime) -> None:
        """A silence was added or changed; ValueError for one that cannot be understood."""
        self._muting.silences.put(silence)
        self._dirty.add(f"silence/{silence.id}")
        self._turn = BEGINNING
        self._reconsider("", now)

    def finish(self, now: datetime) -> Outcome:
        """No more will come: nobody waits for others to join a group."""
        for group in self._groups.values():
            if group.due is not None:
                group.due = min(group.due, now)
                self._agenda.sooner(group.key, now)
        return self.tell(now)

    # -- what comes out

    def is_due(self, now: datetime) -> bool:
        """Whether time alone has something to tell, or to save."""
        return (
            self._agenda.is_due(now)
            or self._quiet.is_due(self._clock.time(now))
            or (self._turn <= now and len(self._muting.silences) > 0)
            or (bool(self._storm.alert) and self._storm.ends(self._settings.storm) <= now)
            or (bool(self._alerts) and now - self._saved >= SAVED_EVERY)
        )

    def tell(self, now: datetime) -> Outcome:
        """What the incidents noted and the passing of time mean."""
        self._turn_storm(now)
        self._turn_silences(now)
        self._close_quiet(now)
        messages = self._flush_due(now)
        if self._held:
            self._report_storm(now)
            messages += self._flush_due(now)
        alerts = list(self._changed.values())
        self._changed = {}
        return Outcome(alerts, messages)

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
            kind, _, _ = key.partition("/")
            match kind:
                case "group":
                    self._restore_group(msgspec.json.decode(value, type=Group), find, now)
                case "silence":
                    self._muting.silences.restore(msgspec.json.decode(value, type=Silenced))
                case "storm":
                    self._storm = msgspec.json.decode(value, type=Storm)
                case "clock":
                    self._clock = msgspec.json.decode(value, type=EventClock)
                    self._clock.resume(now)
                case _:
                    pass  # the runner's own
        self._saved = self._turned = now

    # -- the pipeline of one group

    def _flush_due(self, now: datetime) -> list[Message]:
        return [one for key in self._agenda.due(now) if (one := self._flush(key, now)) is not None]

    def _flush(self, key: str, now: datetime) -> Message | None:
        group = self._groups[key]
        waits = group.due is not None and now < group.due
        muted = {one: self._mute(one, now) for one in group.members}
        alerts = [self._alerts[one] for one in group.members]
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
        told = message(group, why, [self._alerts[one.id] for one in known], now)
        group.sent += 1
        return told

    def _settle(self, group: Group, muted: dict[str, Muted], now: datetime) -> None:
        """Lets go of what is over, and says when to look again."""
        if group.due is not None and group.due <= now:
            group.due = None
        over = [one for one in group.members if self._is_over(group, one)]
        if len(over) < len(group.members):
            over = [one for one in over if one != group.lead]
        for one in over:
            self._let_go(group, one)
        self._dirty.add(f"group/{group.key}")
        if not group.members:
            del self._groups[group.key]
            return
        alerts = [self._alerts[one] for one in group.members]
        again = repeats_at(group, alerts, self._settings.group)
        moments = [one.until for one in muted.values() if one.until is not None]
        moments += [one for one in (again, group.due) if one is not None and one > now]
        self._agenda.set(group.key, min(moments, default=None))

    def _is_over(self, group: Group, alert_id: str) -> bool:
        alert = self._alerts[alert_id]
        return alert.status == "closed" and news_of(group.told.get(alert_id), alert) is None

    def _mute(self, alert_id: str, now: datetime) -> Muted:
        """What mutes an alert now; the alert says so."""
        alert = self._alerts[alert_id]
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

    def _close_quiet(self, now: datetime) -> None:
        days = self._incidents.auto_close_days
        event_time = self._clock.time(now)
        for alert_id in self._quiet.due(event_time):
            alert = self._alerts.get(alert_id)
            if alert is None or alert.status == "closed" or days is None:
                continue
            if alert.last + timedelta(days=days) > event_time:
                self._watch_quiet(alert)
            else:
                self.change(closed_as_quiet(alert, event_time, f"quiet for {days:g} days"), now)

    def _turn_silences(self, now: datetime) -> None:
        """Silences that begin, are about to end, or have ended."""
        if now < self._turn:
            return
        for silenced in list(self._muting.silences):
            silence = silenced.silence
            if self._turned < silence.starts <= now:
                self._reconsider("", now)
            if self._notice_at(silenced) <= now and silenced.is_active(now):
                self._give_notice(silenced, now)
            elif silence.ends <= now:
                self._end(ending_id(silenced), silence.ends, now)
            if silence.ends + KEPT <= now:
                self._muting.silences.forget(silence.id)
                self._dirty.add(f"silence/{silence.id}")
        self._turned = now
        self._turn = min(
            (moment for one in self._muting.silences for moment in self._moments(one)),
            default=BEGINNING,
        )

    def _moments(self, silenced: Silenced) -> list[datetime]:
        silence = silenced.silence
        moments = [silence.starts, self._notice_at(silenced), silence.ends, silence.ends + KEPT]
        return [moment for moment in moments if moment > self._turned]

    def _notice_at(self, silenced: Silenced) -> datetime:
        return silenced.silence.ends - timedelta(minutes=self._settings.silences.notice_minutes)

    def _give_notice(self, silenced: Silenced, now: datetime) -> None:
        muted = [one for one in self._alerts.values() if silenced.mark in one.muted]
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
        storm = self._alerts.get(self._storm.alert) or storm_alert(self._held[0], now)
        grave = gravest([*self._held, storm])
        self._storm.alert = storm.id
        self.change(grown_storm(storm, self._storm.total, grave, now), now)
        self._held = []

    # -- upkeep

    def _mark(self, alert: Alert, marks: tuple[str, ...], now: datetime) -> None:
        after = marked(alert, marks, now)
        if after is not alert:
            self._alerts[alert.id] = self._changed[alert.id] = after

    def _end(self, alert_id: str, at: datetime, now: datetime) -> None:
        """Closes an incident of our own, if it is open."""
        alert = self._alerts.get(alert_id)
        if alert is not None and alert.status != "closed":
            self.change(closed_as_quiet(alert, at, "it is over"), now)

    def _join(self, alert: Alert) -> Group:
        labels = labels_of(alert, self._owners)
        key = f"own/{alert.id}" if alert.rule in OWN else self._settings.group.key(labels)
        group = self._groups.setdefault(key, Group(key))
        group.members.append(alert.id)
        self._group_of[alert.id] = key
        self._dirty.add(f"group/{key}")
        return group

    def _let_go(self, group: Group, alert_id: str) -> None:
        group.members.remove(alert_id)
        group.told.pop(alert_id, None)
        del self._group_of[alert_id], self._alerts[alert_id]
        self._quiet.set(alert_id, None)

    def _watch_quiet(self, alert: Alert) -> None:
        days = self._incidents.auto_close_days
        if days is not None and alert.status != "closed" and alert.id not in self._quiet:
            self._quiet.set(alert.id, alert.last + timedelta(days=days))

    def _reconsider(self, mark: str, now: datetime) -> None:
        """Looks again at the groups of alerts with this mark; of all, without one."""
        for alert in self._alerts.values():
            if not mark or mark in alert.muted:
                self._agenda.sooner(self._group_of[alert.id], now)

    def _value(self, key: str, now: datetime) -> bytes | None:
        kind, _, name = key.partition("/")
        found: object
        match kind:
            case "group":
                found = self._groups.get(name)
            case "silence":
                found = self._muting.silences.get(name)
            case "storm":
                found = self._storm
            case _:
                found = EventClock(self._clock.time(now), now)
        return None if found is None else msgspec.json.encode(found)

    def _restore_group(
        self, group: Group, find: Callable[[str], Alert | None], now: datetime
    ) -> None:
        found = [alert for one in group.members if (alert := find(one)) is not None]
        group.members = [one.id for one in found]
        if not found:
            return
        self._groups[group.key] = group
        for alert in found:
            self._alerts[alert.id] = alert
            self._group_of[alert.id] = group.key
            self._muting.note(alert)
            if not _is_ours(alert):
                self._watch_quiet(alert)
        self._agenda.set(group.key, group.due or now)


def _is_ours(alert: Alert) -> bool:
    """Whether an incident is of the program itself: it has the clock's time, not its events'."""
    return alert.rule in OWN or alert.subprocessor == SELF


def _with_storm(marks: tuple[str, ...], *, held: bool) -> tuple[str, ...]:
    """Marks with or without that of a storm."""
    others = tuple(one for one in marks if one != STORM_MARK)
    return (*others, STORM_MARK) if held else others
