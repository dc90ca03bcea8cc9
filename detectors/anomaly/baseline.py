"""The baseline stage: partial sums in, anomalies out, as event time moves on.

Sums wait in their minute until the watermark has passed it; then the minute is folded into the
running hour of its keys and scored at once. When the hour is over silences, ratios and, once a day,
slow leaks are judged, and everything learns it. What comes out depends only on the sums of each
minute, and on when verdicts came between them, not on how they were batched.
"""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

import numpy as np

from detectors.anomaly.alarm import Alarm
from detectors.anomaly.bins import Bins, bin_of
from detectors.anomaly.burst import bursts, fold, squares, teach
from detectors.anomaly.counterpart import Matcher
from detectors.anomaly.counts import Numbers
from detectors.anomaly.feedback import Answers
from detectors.anomaly.leak import leaks, write_day
from detectors.anomaly.lessons import Lessons
from detectors.anomaly.newcomers import SHARE, busiest, forgotten, is_explosion, victims
from detectors.anomaly.novel import Known
from detectors.anomaly.opinion import Panel
from detectors.anomaly.quiet import quiet_days, quiet_hours
from detectors.anomaly.ratios import shifts
from detectors.anomaly.report import Names, Reporter
from detectors.anomaly.rows import DAYS, Index, Key, Rows
from detectors.anomaly.season import Season, Usual
from detectors.anomaly.settings import BaselineSettings
from detectors.anomaly.siblings import batch_hour, leading, ratio_of, unmoved
from detectors.anomaly.state import (
    Changes,
    Details,
    Fleet,
    Progress,
    hours_since_1970,
    minutes_since_1970,
    moment_of,
)
from detectors.distinct import estimate
from detectors.distinct import merge as merge_sketches
from detectors.records import Feedback, Finding, PartialSum
from detectors.records.sums import ANY_CATEGORY
from detectors.traces import is_sample
from detectors.windows import BEGINNING, MINUTE, hour_of, merge, merge_names


class Baseline:
    """The stage with its state in memory. `changed` tells the runner what to store."""

    def __init__(self, settings: BaselineSettings, names: Names) -> None:
        self.settings = settings
        self.changed = Changes()
        self.progress = Progress()
        self.fleet = Fleet()
        self.pending: dict[datetime, dict[Key, PartialSum]] = {}
        self.rows = Rows()
        self.details: dict[int, Details] = {}
        self.known = Known(settings, self.changed)
        self.bins = Bins(self.rows, self.fleet.calendar)
        self.season, self.lessons = Season(self.bins), Lessons(self.bins)
        self.answers = Answers(self.lessons, self.known, self.changed)
        self.matcher = Matcher(settings.counterpart, names)
        self.panel = Panel(settings.second_opinion, settings.drift, names, settings.min_count)
        self._report = Reporter(names)
        self._usual: Usual | None = None

    def take(self, sums: Iterable[PartialSum], watermark: datetime) -> list[Finding]:
        """Takes in sums and lets event time advance to `watermark`; what was found on the way."""
        for part in sums:
            self._wait(part)
        return list(self._advance(watermark))

    def announce(self, hours: Iterable[datetime]) -> None:
        """Hours in which the feed had an event, of whatever key: also of keys that another instance
        keeps. Announce an hour before the watermark passes its end. One instance that sees all sums
        needs no telling."""
        self.progress.active |= {hour for hour in hours if hour >= self.progress.hour}

    def answer(self, feedback: Feedback) -> None:
        """An analyst's verdict; it counts from the minute on that is open."""
        minute = max(self.progress.closed_until, self.progress.hour)
        if minute > BEGINNING:
            self.answers.apply(feedback, self.usual, minutes_since_1970(minute))
            self.matcher.answer(feedback)
            self._usual = None

    @property
    def usual(self) -> Usual:
        """What the hour under way should bring, for every row."""
        if self._usual is None or len(self._usual.mean) != self.rows.used:
            self._usual = self.season.usual(hours_since_1970(self.progress.hour))
        return self._usual

    def restored(self) -> None:
        """To be called when state has been put in place from outside."""
        self.bins.calendar = self.fleet.calendar
        self.rows.settle()
        self._usual = None

    # -- event time

    def _wait(self, part: PartialSum) -> None:
        if part.late or part.window < self.progress.closed_until:
            self.progress.late_events += part.events if part.category == ANY_CATEGORY else 0
            return
        least = min(part.events, part.values, part.size, part.traced)
        if least < 0 or not is_sample(part.traces):
            self.progress.refused_sums += 1
            return
        self.progress.active.add(hour_of(part.window))
        minute = self.pending.setdefault(part.window, {})
        key = (part.channel, part.subprocessor, part.service, part.category)
        minute[key] = merge(minute[key], part) if key in minute else part
        self.changed.sums.add((part.window, key))

    def _advance(self, watermark: datetime) -> Iterator[Finding]:
        for minute in sorted(self.pending):
            if minute + MINUTE > watermark:
                break
            yield from self._close_hours(hour_of(minute))
            parts = sorted(self.pending.pop(minute).items())
            self.changed.sums.update((minute, key) for key, _ in parts)
            yield from self._fold(minute, parts)
        if watermark > self.progress.closed_until:
            yield from self._close_hours(hour_of(watermark))
            yield from self.matcher.pass_time(watermark.replace(second=0, microsecond=0))
            self.progress.closed_until = watermark.replace(second=0, microsecond=0)

    def _close_hours(self, until: datetime) -> Iterator[Finding]:
        """Learns every hour before `until`. An hour in which no key had any event says nothing of
        a vendor: the feed itself was silent."""
        for hour in sorted(hour for hour in self.progress.active if hour < until):
            self._move_to(hour)
            yield from self._close_days(hours_since_1970(hour) // 24)
            yield from self._close_hour(hour)
            self.fleet.hours += 1
            self.progress.active.remove(hour)
        if self.progress.hour < until:
            self._move_to(until)
            yield from self._close_days(hours_since_1970(until) // 24)

    def _move_to(self, hour: datetime) -> None:
        if hour > self.progress.hour:
            self.progress.hour = hour
            self._usual = None

    # -- a minute

    def _fold(self, minute: datetime, parts: Sequence[tuple[Key, PartialSum]]) -> Iterator[Finding]:
        yield from self.matcher.take(minute, (part for _, part in parts))
        placed = self._place(hours_since_1970(minute), parts)
        for key, part in parts:
            self.panel.fold(part)
            for found in self.known.meet(key, part):
                self.fleet.calibration.count(key[1], found.rule, hours_since_1970(minute) // 24)
                yield self._report.first(part, found, _FIRST)
        if not placed:
            return
        at = np.array([row for row, _, _ in placed], np.int64)
        numbers = np.array(
            [
                (part.events if key[3] == ANY_CATEGORY else part.values, part.events, part.size)
                for _, key, part in placed
            ],
            np.float64,
        )
        for row, _, part in placed:
            self._add_details(row, part)
        number = minutes_since_1970(minute)
        fold(self.rows, at, number, *numbers.T)
        self.rows.of["seen"][at] = number // 60
        self.changed.running.update(at.tolist())
        yield from self._bursts(at, minute)

    def _place(
        self, hour: int, parts: Sequence[tuple[Key, PartialSum]]
    ) -> list[tuple[int, Key, PartialSum]]:
        """The rows of a minute's keys; new ones where there is room, or room can be made."""
        index, bound = self.rows.index, self.settings.max_keys
        fresh = [key for key, _ in parts if key not in index]
        if fresh:
            known = [index[key] for key, _ in parts if key in index]
            wanted = min(len(fresh), max(bound // SHARE, 1, bound - len(index)))
            for row in victims(self.rows, len(index) + wanted - bound, hour, known):
                self._evict(row)
            for key in fresh[: bound - len(index)]:
                row = self.rows.add(key)
                self.lessons.begin(row, hour)
                self.changed.rows.add(row)
                whose = f"{key[0]} {key[1]}"
                self.fleet.newcomers[whose] = self.fleet.newcomers.get(whose, 0) + 1
            self.progress.refused_keys += sum(key not in index for key in fresh)
            self._usual = None
        return [(index[key], key, part) for key, part in parts if key in index]

    def _evict(self, row: int) -> None:
        self.answers.drop(row)
        self.details.pop(row, None)
        self.changed.rows.discard(row)
        self.changed.running.discard(row)
        self.changed.gone.add(self.rows.remove(row))
        self.progress.evicted_keys += 1

    def _add_details(self, row: int, part: PartialSum) -> None:
        details = self.details.get(row)
        if details is None:
            details = self.details[row] = Details()
        details.registered = self.rows.of["registered"][row] = part.registered
        details.subjects = merge_sketches(details.subjects, part.subjects)
        details.destinations = merge_names(details.destinations, part.destinations)
        details.fields = merge_names(details.fields, part.fields)

    def _bursts(self, at: Index, minute: datetime) -> Iterator[Finding]:
        number = minutes_since_1970(minute)
        calibration = self.fleet.calibration
        found = bursts(self.season, self.usual, calibration, self.settings, at, number)
        moved = {alarm.row for alarm in found}
        for alarm in found:
            self._mark(alarm.row, hours_since_1970(minute))
        ratios = {
            row: details.reported["ratio"]
            for row, details in self.details.items()
            if "ratio" in details.reported
        }
        leaders: dict[int, float] = {}
        for row, ratio in ratios.items():
            service = int(self.rows.group["service"][row])
            leaders[service] = max(ratio, leaders.get(service, 0.0))
        for alarm in leading(self.rows, found, leaders, ratios.keys()):
            yield from self._burst(alarm, minute, moved)

    def _burst(self, alarm: Alarm, minute: datetime, moved: set[int]) -> Iterator[Finding]:
        row, details = alarm.row, self.details[alarm.row]
        count = float(self.rows.running.of["count"][row])
        more = count - details.reported.get("burst", 0.0)
        if more <= 0:
            return
        number = hours_since_1970(minute)
        usual_hour = batch_hour(self.season, self.usual, row, number, count)
        if usual_hour is not None:
            alarm = alarm._replace(rule="batch-moved", note=f"{usual_hour:02d}:00")
        self._count(row, number, alarm.rule)
        details.reported["burst"] = count
        details.reported["ratio"] = max(ratio_of(alarm), details.reported.get("ratio", 0.0))
        others = unmoved(self.rows, self.usual, row, moved, minute.minute + 1)
        key = self.rows.key(row)
        yield self._report.burst(key, alarm, details, minute, more, others)

    def _count(self, row: int, hour: int, rule: str) -> None:
        self.fleet.calibration.count(self.rows.key(row)[1], rule, hour // 24)

    def _mark(self, row: int, hour: int) -> None:
        """Marks a row as one with an open alarm."""
        self.answers.remember(row)
        of = self.rows.of
        of["hot"][row] = hour
        of["hot_bins"][row] |= np.uint64(1 << bin_of(hour))
        self.changed.rows.add(row)

    # -- an hour

    def _close_hour(self, hour: datetime) -> Iterator[Finding]:
        rows, usual, number = self.rows, self.usual, hours_since_1970(hour)
        calibration, running = self.fleet.calibration, rows.running.of
        alive, count = rows.alive(), running["count"][: rows.used].copy()
        touched = alive[(count[alive] > 0) | (usual.mean[alive] >= usual.unit[alive])]
        active = alive[count[alive] > 0]
        people = self._people(active)
        quiet, silent, silences = quiet_hours(
            self.season, usual, calibration, self.settings, number, count
        )
        self.changed.rows.update(quiet.tolist())
        for alarm in silences:
            yield from self._told(alarm, hour)
        mixed = list(shifts(rows, calibration, self.settings, active, people))
        for alarm in mixed:
            self._mark(alarm.row, number)
        for alarm in leading(rows, mixed, {}):
            yield from self._told(alarm, hour, {one.row for one in mixed})
        teach(rows, usual, calibration, number)
        self._learn(touched, silent, number, usual, count)
        brought = np.where(rows.whole[active], count[active], people)
        rows.of["day"][active] += brought.astype(np.float32)
        self.lessons.close(number, usual, count, alive)
        self._shift_hours(count)
        yield from self._count_newcomers(hour)
        self.known.forget(self.rows.index)
        yield from self.panel.close_hour(hour)
        self._clear()
        calibration.close_hour()
        self.answers.forget(number)
        self._usual = None

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

    def _none(self, row: int) -> Details:
        return Details(registered=bool(self.rows.of["registered"][row]))

    def _people(self, active: Index) -> Numbers:
        """Distinct subjects of the hour, or for whole services their destinations."""
        known, whole = self.details, self.rows.whole[active].tolist()
        details = [known.get(row) for row in active.tolist()]
        found = [
            0 if one is None else len(one.destinations) if of_all else estimate(one.subjects).value
            for one, of_all in zip(details, whole, strict=True)
        ]
        return np.array(found, np.float64)

    def _learn(
        self,
        touched: Index,
        silent: Index,
        hour: int,
        usual: Usual,
        count: Numbers,
    ) -> None:
        rows, of, running = self.rows, self.rows.of, self.rows.running.of
        quiet = np.isin(rows.group["service"][touched], rows.group["service"][silent])
        self.lessons.skip(touched[quiet], hour)
        taught = touched[~quiet]
        hot = of["hot"][taught].astype(np.int64) == hour
        calm = of["hot"][taught].astype(np.int64) < hour - 1
        burning = taught[hot]
        of["hot_seen"][burning] += count[burning].astype(np.float32)
        of["hot_expected"][burning] += usual.mean[burning].astype(np.float32)
        self.lessons.learn(taught, hour, usual, count[taught], squares(rows, taught), calm)
        some = taught[(count[taught] > 0) & ~hot]
        self.lessons.teach_flow(some, running["count"][some], running["events"][some])
        self.lessons.teach_peak(taught, running["peak"][taught], calm)
        self.changed.rows.update(touched.tolist())

    def _shift_hours(self, count: Numbers) -> None:
        """What was this hour's is the hour before's."""
        before = self.rows.of["before"][: self.rows.used]
        changed = (before > 0).any(axis=1) | (count > 0)
        before[:, :-1] = before[:, 1:]
        before[:, -1] = count
        self.changed.rows.update(np.nonzero(changed)[0].tolist())

    def _clear(self) -> None:
        """The next hour begins with nothing."""
        active = np.fromiter(self.details, np.int64)
        for name in ("count", "events", "size", "peak", "top", "squares", "block"):
            self.rows.running.of[name][active] = 0
        running = self.rows.running.of
        newest = minutes_since_1970(self.progress.hour) + 59
        stale = active[newest - running["ring_at"][active].astype(np.int64) >= 10]
        running["ring"][stale] = 0
        self.changed.running.update(self.details)
        self.details = {}

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
        written = write_day(self.rows, day, self.fleet.days)
        self.changed.rows.update(written.tolist())
        of_day = self.usual, self.fleet.calibration, self.settings
        fleet = self.fleet
        if fleet.hours > fleet.hours_usual - 0.5:  # the feed itself was there
            for alarm in quiet_days(self.rows, *of_day, day):
                yield from self._told(alarm, last)
        fleet.hours_usual += (fleet.hours - fleet.hours_usual) / 7
        fleet.hours = 0
        found = list(leaks(self.rows, *of_day[1:], written, day))
        for alarm in found:
            self._mark(alarm.row, hours_since_1970(last))
        for alarm in leading(self.rows, found, {}):
            yield from self._told(alarm, last, {one.row for one in found})
        self.fleet.calibration.close_day(self.settings.incidents_a_day)
        for row in forgotten(self.rows, day * 24).tolist():
            self._evict(row)
        self._usual = None


_FIRST = 6.0
"""The score of what is exact: as of what comes by chance once in a million looks."""
