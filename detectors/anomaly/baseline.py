"""The baseline stage: partial sums in, anomalies out, as event time moves on.

Sums wait in their minute until the watermark has passed it; then the minute is folded into the
running hour of its keys and scored at once. When the hour is over drops, ratios and, once a day,
slow leaks are judged, and everything learns it. What comes out depends only on the sums of each
minute, and on when verdicts came between them, not on how they were batched.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import numpy as np

from detectors.anomaly.alarm import Alarm
from detectors.anomaly.burst import bursts
from detectors.anomaly.closing import Closing
from detectors.anomaly.counts import Numbers
from detectors.anomaly.fuller import fuller, note
from detectors.anomaly.newcomers import SHARE, victims
from detectors.anomaly.rows import Index, Key
from detectors.anomaly.siblings import batch_hour, leading, ratio_of, surest, unmoved
from detectors.anomaly.silence import is_fed
from detectors.anomaly.sliding import fold
from detectors.anomaly.state import (
    Details,
    hours_since_1970,
    minutes_since_1970,
)
from detectors.anomaly.wholes import lacking
from detectors.records import Feedback, Finding, PartialSum
from detectors.records.sums import ANY_CATEGORY
from detectors.traces import is_sample
from detectors.windows import BEGINNING, MINUTE, hour_of, merge


class Baseline(Closing):
    """The stage with its state in memory. `changed` tells the runner what to store."""

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

    # -- event time

    def _wait(self, part: PartialSum) -> None:
        if part.late or part.window < self.progress.closed_until:
            self.progress.late_events += part.events if part.category == ANY_CATEGORY else 0
            return
        least = min(part.events, part.values, part.size, part.traced)
        if least < 0 or not is_sample(part.traces):
            self.progress.refused_sums += 1
            return
        minute = self.pending.get(part.window)
        if minute is None:
            minute = self.pending[part.window] = {}
            self.progress.active.add(hour_of(part.window))
        key = (part.channel, part.subprocessor, part.service, part.category)
        minute[key] = merge(minute[key], part) if key in minute else part
        self.changed.sums[part.window].add(key)

    def _advance(self, watermark: datetime) -> Iterator[Finding]:
        for minute in sorted(self.pending):
            if minute + MINUTE > watermark:
                break
            yield from self._close_hours(hour_of(minute))
            sums = self.pending.pop(minute)
            self.changed.sums[minute].update(sums)
            keys = sorted(sums)
            yield from self._fold(minute, keys, [sums[key] for key in keys])
            yield from self._silences(minute)
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
            self.progress.hour, self.progress.minutes = hour, 0
            self._usual = None

    # -- a minute

    def _silences(self, minute: datetime) -> Iterator[Finding]:
        """Services that have had nothing for long, with this minute. One in which next to nobody
        has anything says nothing of them: the feed is away, but for some."""
        number = minutes_since_1970(minute)
        if not is_fed(self.rows, self.usual, number):
            return
        self.progress.minutes |= 1 << number % 60
        for alarm in self._silence(self.progress.minutes).pass_minute(number):
            yield self._silent(alarm, minute + MINUTE)

    def _fold(
        self, minute: datetime, keys: Sequence[Key], parts: Sequence[PartialSum]
    ) -> Iterator[Finding]:
        """The sums of a minute, and their keys, in the keys' order."""
        keys, parts, at = self._placed(hours_since_1970(minute), keys, parts)
        yield from self.matcher.take(minute, parts)
        if self.panel.is_asked:
            for part in parts:
                self.panel.fold(part)
        yield from self._firsts(keys, parts)
        if -1 in at:  # some keys were refused
            parts = [part for row, part in zip(at.tolist(), parts, strict=True) if row >= 0]
            at = at[at >= 0]
        if not parts:
            return
        self._add_details(at, parts)
        events = np.array([part.events for part in parts], np.float64)
        values = np.array([part.values for part in parts], np.float64)
        size = np.array([part.size for part in parts], np.float64)
        number = minutes_since_1970(minute)
        count = np.where(self.rows.whole[at], events, values)
        fold(self.rows, at, number, count, events, size)
        note(self.rows, at, self.usual.unit[at], count, events)
        self._silence(self.progress.minutes).end(at, number)
        self.rows.of["came"][at] = number
        self.changed.running.update(at)
        yield from self._bursts(at, minute, (count, events))

    def _placed(
        self, hour: int, keys: Sequence[Key], parts: Sequence[PartialSum]
    ) -> tuple[Sequence[Key], Sequence[PartialSum], Index]:
        """A minute's sums with their rows, and all requests of each service among them."""
        at = self._places(hour, keys)
        added = lacking(self.rows, at, parts, self.settings.max_keys - len(self.rows.index))
        if not added:
            return keys, parts, at
        names = [(one.channel, one.subprocessor, one.service, one.category) for one in added]
        more = self._places(hour, names)
        names, added, places = [*keys, *names], [*parts, *added], np.concatenate([at, more])
        order = sorted(range(len(names)), key=names.__getitem__)
        return [names[one] for one in order], [added[one] for one in order], places[order]

    def _places(self, hour: int, keys: Sequence[Key]) -> Index:
        """The rows of a minute's keys; -1 for those that there is no room for."""
        index = self.rows.index
        found = [index.get(key, -1) for key in keys]
        if -1 in found:
            known = [row for row in found if row >= 0]
            self._admit(hour, [key for key in keys if key not in index], known)
            found = [index.get(key, -1) for key in keys]
        return np.array(found, np.int64)

    def _admit(self, hour: int, fresh: Sequence[Key], known: Sequence[int]) -> None:
        """Rows for new keys, where there is room, or room can be made; not of those `known`."""
        index, bound = self.rows.index, self.settings.max_keys
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

    def _firsts(self, keys: Sequence[Key], parts: Sequence[PartialSum]) -> Iterator[Finding]:
        for key, part in zip(keys, parts, strict=True):
            for found in self.known.meet(key, part):
                day = hours_since_1970(part.window) // 24
                self.fleet.calibration.count(key[1], found.rule, day)
                yield self._report.first(part, found, _FIRST)

    def _add_details(self, at: Index, parts: Sequence[PartialSum]) -> None:
        self.rows.of["registered"][at] = [part.registered for part in parts]
        known = self.details
        for row, part in zip(at.tolist(), parts, strict=True):
            if row in known:
                known[row].add(part)
            else:
                known[row] = Details.of(part)

    def _bursts(
        self, at: Index, minute: datetime, latest: tuple[Numbers, Numbers]
    ) -> Iterator[Finding]:
        """`latest` are the minute's counts, and its requests."""
        number = minutes_since_1970(minute)
        known = self.usual, self.fleet.calibration, self.settings, at, number
        found = surest([*bursts(self.season, *known), *fuller(self.rows, *known, latest)])
        if not found:
            return
        moved = {alarm.row for alarm in found}
        for alarm in found:
            self._mark(alarm.row, hours_since_1970(minute))
        spoken, leaders = self._spoken(self.details), dict[int, float]()
        for row, ratio in spoken.items():
            service = int(self.rows.group["service"][row])
            leaders[service] = max(ratio, leaders.get(service, 0.0))
        for alarm in leading(self.rows, found, leaders, spoken.keys()):
            yield from self._burst(alarm, minute, moved)

    def _burst(self, alarm: Alarm, minute: datetime, moved: set[int]) -> Iterator[Finding]:
        row, details = alarm.row, self.details[alarm.row]
        count = float(self.rows.running.of["count"][row])
        more = count - details.reported.get("burst", 0.0)
        if more <= 0:
            return
        number = hours_since_1970(minute)
        latest = self.rows.of["before"][row]
        if row in self.fleet.spoken:  # the hour before had the first part of it
            latest = latest[:-1]
        came = float(latest.max())
        usual_hour = batch_hour(self.season, self.usual, row, number, count, came)
        if usual_hour is not None and not alarm.requests:
            alarm = alarm._replace(rule="batch-moved", note=f"{usual_hour:02d}:00")
        self._count(row, number, alarm.rule)
        details.reported["burst"] = count
        details.reported["ratio"] = max(ratio_of(alarm), details.reported.get("ratio", 0.0))
        others = unmoved(self.rows, self.usual, row, moved, minute.minute + 1)
        key = self.rows.key(row)
        yield self._report.burst(key, alarm, details, minute, more, others)


_FIRST = 6.0
"""The score of what is exact: as of what comes by chance once in a million looks."""
