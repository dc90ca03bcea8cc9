"""What becomes of an hour when it is over, and of a day: drops, ratios and leaks are judged, and
everything learns it."""

from collections.abc import Generator, Iterable, Iterator
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Final

import numpy as np

from detectors.anomaly.alarm import Alarm
from detectors.anomaly.burst import teach
from detectors.anomaly.clocks import change, tell
from detectors.anomaly.counts import Numbers, pieces
from detectors.anomaly.due import due_of
from detectors.anomaly.fuller import teach as teach_fuller
from detectors.anomaly.leak import leaks, write_day
from detectors.anomaly.memory import Memory
from detectors.anomaly.newcomers import busiest, forgotten, is_explosion
from detectors.anomaly.quiet import quiet_days, quiet_hours
from detectors.anomaly.rows import DAYS, Index
from detectors.anomaly.season import LATE, Usual
from detectors.anomaly.shares import Services, absent
from detectors.anomaly.shifts import shifts
from detectors.anomaly.siblings import leading, unmoved
from detectors.anomaly.silence import ALL, Minutes, Silence
from detectors.anomaly.sliding import squares, tens_before
from detectors.anomaly.state import (
    Details,
    hours_since_1970,
    minutes_since_1970,
    moment_of,
)
from detectors.distinct import estimates
from detectors.records import Finding
from detectors.windows import HOUR, MINUTE

TOGETHER: Final = 12
"""Hours within which what shifts in a service is one shift."""
_OF_THE_HOUR: Final = (
    *("count", "events", "size", "peak", "squares"),
    *("top", "top_fuller", "fill", "fill_minutes", "lump"),
    *("block", "block_at", "block_events", "blocks"),
)
"""What is under way and ends with the hour; the last minutes go on into the next, and tens of
minutes are put aside."""


class Closing(Memory):
    """Closes hours and days."""

    # -- an hour

    def _close_hour(self, hour: datetime) -> Iterator[Finding]:
        rows, usual, number = self.rows, self.usual, hours_since_1970(hour)
        calibration, running = self.fleet.calibration, rows.running.of
        alive, count = rows.alive(), running["count"][: rows.used].copy()
        touched = alive[(count[alive] > 0) | (usual.mean[alive] >= usual.unit[alive])]
        active = alive[count[alive] > 0]
        came = np.fromiter(self.details, np.int64)
        people = self._people(came)
        silent = yield from self._quiet(hour, usual, count)
        yield from self._shifts(hour, usual, people)
        teach(rows, usual, calibration, number)
        teach_fuller(rows, calibration, number)
        self.changed.rows.update(tell(self.bins, usual, number, count))
        self._learn(touched, silent, number, usual, count)
        self._add_to_day(active, count[active], people[active])
        self.people.add((row, one.subjects) for row, one in self.details.items())
        self.fleet.spoken = self._still_spoken()
        self.lessons.close(number, usual, count, alive)
        self.changed.rows.update(change(self.bins, number))
        self._shift_hours(count)
        yield from self._count_newcomers(hour)
        self.known.forget(self.rows.index)
        yield from self.panel.close_hour(hour)
        self._clear(came)
        calibration.close_hour()
        self.answers.forget(number)
        self._usual = None

    def _shifts(self, hour: datetime, usual: Usual, people: Numbers) -> Iterator[Finding]:
        """What requests are made of."""
        rows, known = self.rows, (self.fleet.calibration, self.settings)
        services, judged = Services.of(rows), rows.running.of["count"][: rows.used] > 0
        gone = absent(rows, usual, services)
        judged[gone] = True
        at = np.nonzero(judged & rows.live[: rows.used])[0]
        mixed = list(shifts(rows, usual, *known, services, at, people[at]))
        self.changed.rows.update(gone)
        number, hot = hours_since_1970(hour), rows.of["hot"]
        lately = [one for one in mixed if not one.again or number - int(hot[one.row]) <= TOGETHER]
        for alarm in lately:
            if not alarm.again:
                self._mark(alarm.row, number)
        for alarm in leading(rows, lately, {}):
            if not alarm.again:
                yield from self._told(alarm, hour, {one.row for one in mixed})

    def _quiet(
        self, hour: datetime, usual: Usual, count: Numbers
    ) -> Generator[Finding, None, Index]:
        """Silences and drops; the services that bring so little that the hour teaches nothing."""
        number = hours_since_1970(hour)
        # where this instance had nothing others may have had something in any minute
        minutes = self.progress.minutes if self.details else ALL
        due = due_of(self.season, usual, number, count)
        quiet, low, drops = quiet_hours(
            self.season, usual, self.fleet.calibration, self.settings, number, count, due
        )
        gone, mute, sure, silences = self._silence(minutes).close_hour(due)
        self.changed.rows.update(np.concatenate([gone, quiet]))
        for alarm in silences:
            yield self._silent(alarm, hour + HOUR)
        drops = [alarm for alarm in drops if alarm.row not in sure]
        for alarm in [*drops, *self._missing(number, usual, count)]:
            yield from self._told(alarm, hour)
        return np.union1d(mute, low)

    def _add_to_day(self, active: Index, count: Numbers, people: Numbers) -> None:
        of, whole = self.rows.of, self.rows.whole[active]
        of["day"][active] += np.where(whole, count, people).astype(np.float32)
        of["day_values"][active] += np.where(whole, 0.0, count).astype(np.float32)

    def _missing(self, hour: int, usual: Usual, count: Numbers) -> Iterator[Alarm]:
        """What the day before has not brought, and these first hours neither: it may be late."""
        day, clock = divmod(hour, 24)
        if not self.fleet.whole or clock < LATE:
            return
        self.fleet.whole = False
        begun = count + self.rows.of["before"][: self.rows.used].sum(axis=1)
        known = self.rows, usual, self.fleet.calibration, self.settings
        yield from quiet_days(*known, day - 1, begun)

    def _told(
        self, alarm: Alarm, hour: datetime, moved: AbstractSet[int] = frozenset()
    ) -> Iterator[Finding]:
        """A finding of what an hour or a day has brought."""
        row = alarm.row
        key, details = self.rows.key(row), self.details.get(row) or self._none(row)
        others = unmoved(self.rows, self.usual, row, moved, 60)
        self._count(row, hours_since_1970(hour), alarm.rule)
        match alarm.rule:
            case "volume-low":
                yield self._report.silence(key, alarm, details, hour)
            case "slow-leak":
                yield self._report.leak(key, alarm, details, hour.replace(hour=0), others)
            case _:
                yield self._report.shift(key, alarm, details, hour, others)

    def _silence(self, minutes: int) -> Silence:
        """Who is silent in the hour under way; `minutes` has a bit for each in which the feed was
        there."""
        passed = Minutes(hours_since_1970(self.progress.hour), minutes)
        return Silence(self.season, self.usual, self.fleet.calibration, self.settings, passed)

    def _silent(self, alarm: Alarm, until: datetime) -> Finding:
        """A finding of who has had nothing at all, up to a moment."""
        row = alarm.row
        key, details = self.rows.key(row), self.details.get(row) or self._none(row)
        self._count(row, hours_since_1970(until - MINUTE), alarm.rule)
        return self._report.stop(key, alarm, details, until)

    def _none(self, row: int) -> Details:
        return Details(registered=bool(self.rows.of["registered"][row]))

    def _people(self, came: Index) -> Numbers:
        """For every row: distinct subjects of the hour, or for a whole service its destinations.
        `came` are those that have details, in the order of these."""
        details, found = self.details, np.zeros(self.rows.used)
        found[came] = estimates([one.subjects for one in details.values()])
        services = came[self.rows.whole[came]]
        found[services] = [len(details[row].destinations) for row in services.tolist()]
        return found

    def _learn(
        self,
        touched: Index,
        silent: Index,
        hour: int,
        usual: Usual,
        count: Numbers,
    ) -> None:
        service = self.rows.group["service"]
        quiet = np.isin(service[touched], service[silent])
        self.lessons.skip(touched[quiet], hour)
        taught = touched[~quiet]
        for piece in pieces(len(taught)):
            self._teach(taught[piece], hour, usual, count)
        self.changed.rows.update(touched)

    def _teach(self, taught: Index, hour: int, usual: Usual, count: Numbers) -> None:
        rows, of, running = self.rows, self.rows.of, self.rows.running.of
        hot = of["hot"][taught].astype(np.int64) == hour
        calm = of["hot"][taught].astype(np.int64) < hour - 1
        burning = taught[hot]
        of["hot_seen"][burning] += count[burning].astype(np.float32)
        of["hot_events"][burning] += running["events"][burning].astype(np.float32)
        of["hot_expected"][burning] += usual.mean[burning].astype(np.float32)
        of["hot_lump"][burning] = np.maximum(of["hot_lump"][burning], running["lump"][burning])
        self.lessons.learn(taught, hour, usual, count[taught], squares(rows, taught), calm)
        came = count[taught] > 0
        self.lessons.teach_flow(taught[came & ~hot])
        self.lessons.teach_fill(taught[came], hot[came])
        self.lessons.teach_bulk(taught[came], usual.unit[taught[came]], hot[came])
        self.lessons.teach_peak(taught, usual, running["peak"][taught], calm)

    def _shift_hours(self, count: Numbers) -> None:
        """What was this hour's is the hour before's."""
        before = self.rows.of["before"][: self.rows.used]
        changed = (before > 0).any(axis=1) | (count > 0)
        before[:, :-1] = before[:, 1:]
        before[:, -1] = count
        self.changed.rows.update(np.nonzero(changed)[0])

    def _clear(self, came: Index) -> None:
        """The next hour begins with nothing."""
        running = self.rows.running.of
        newest = minutes_since_1970(self.progress.hour) + 59
        self._put_aside(came, (newest + 1) // 10)
        for name in _OF_THE_HOUR:
            running[name][: self.rows.used] = 0
        stale = came[newest - running["ring_at"][came].astype(np.int64) >= 10]
        running["ring"][stale] = 0
        self.changed.running.update(came)
        self.changed.rows.update(came)  # they were seen, though it be with nothing
        self.details = {}

    def _spoken(self, rows: Iterable[int]) -> dict[int, float]:
        """By row: how many times the usual it was told to bring, in the hours before, or in this
        one for some `rows`."""
        now = {
            row: self.details[row].reported["ratio"]
            for row in rows
            if row in self.details and "ratio" in self.details[row].reported
        }
        goes_on = self.bins.calendar.latest[-1] == hours_since_1970(self.progress.hour) - 1
        return {**(self.fleet.spoken if goes_on else {}), **now}

    def _still_spoken(self) -> dict[int, float]:
        """Of services that had an alarm in the hour that closes, told or not."""
        service, hour = self.rows.group["service"], hours_since_1970(self.progress.hour)
        hot = np.nonzero(self.rows.of["hot"][: self.rows.used] == hour)[0]
        burning = np.isin(service[: self.rows.used], service[hot])
        spoken = self._spoken(np.nonzero(burning)[0].tolist())
        return {row: ratio for row, ratio in spoken.items() if burning[row]}

    def _put_aside(self, came: Index, block: int) -> None:
        """Tens of minutes wait in their rows for traffic in the hour that begins with `block`:
        those are stored anyway."""
        of = self.rows.of
        told = of["hot"][came] == hours_since_1970(self.progress.hour)
        tens = tens_before(self.rows, came, block)
        tens[told] = 0  # or windows that still hold it would tell it again
        of["blocks"][came], of["blocks_before"][came] = tens, block

    def _count_newcomers(self, hour: datetime) -> Iterator[Finding]:
        fleet = self.fleet
        count = sum(fleet.newcomers.values())
        if fleet.newcomers and is_explosion(count, fleet.newcomers_usual):
            key = busiest(fleet.newcomers)
            fleet.calibration.count(key[1], "key-explosion", hours_since_1970(hour) // 24)
            yield self._report.explosion(key, count, fleet.newcomers_usual, hour)
        fleet.newcomers_usual += (count - fleet.newcomers_usual) / 24
        fleet.newcomers = {}

    # -- a day

    def _close_days(self, day: int) -> Iterator[Finding]:
        """Judges the day that was open, when another one has begun."""
        fleet = self.fleet
        if fleet.today == day:
            return
        if fleet.hours:  # a day without the feed says nothing
            fleet.days = [*fleet.days, fleet.today][-DAYS:]
            yield from self._close_day(fleet.today)
        fleet.today = day

    def _close_day(self, day: int) -> Iterator[Finding]:
        last = moment_of(day * 24 + 23)
        written = write_day(self.rows, self.people, day, self.fleet.days)
        self.changed.rows.update(written)
        fleet = self.fleet
        fleet.whole = fleet.hours > fleet.hours_usual - 0.5
        fleet.hours_usual += (fleet.hours - fleet.hours_usual) / 7
        fleet.hours = 0
        found = list(leaks(self.rows, fleet.calibration, self.settings, written, day))
        for alarm in found:
            self._mark(alarm.row, hours_since_1970(last))
        for alarm in leading(self.rows, found, {}):
            yield from self._told(alarm, last, {one.row for one in found})
        self.fleet.calibration.close_day(self.settings.incidents_a_day)
        for row in forgotten(self.rows, day * 24).tolist():
            self._evict(row)
        self._usual = None
