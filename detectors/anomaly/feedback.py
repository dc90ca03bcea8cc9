"""What analysts' verdicts do to the baselines.

`expected` rescales what is usual at once, by what the alarms' hours have brought against what was
usual, and lets requests be as full as they were then; after a slow leak it forgets the days
before. `false-positive` raises the bar of the keys that alarmed. `true-positive` takes back
what they learnt since the first alarm: each key's row is kept as it was then, until somebody
answers.
"""

from collections.abc import Iterator
from math import log
from typing import Final

import numpy as np

from detectors.anomaly.clocks import set_clock
from detectors.anomaly.fuller import expect
from detectors.anomaly.lessons import Lessons
from detectors.anomaly.novel import Known
from detectors.anomaly.quiet import LEAST_MISSING
from detectors.anomaly.ratios import OF_WAY
from detectors.anomaly.rows import BINS, DAYS
from detectors.anomaly.season import Usual
from detectors.anomaly.silence import SHORTEST
from detectors.anomaly.state import Changes, hours_since_1970
from detectors.records import Feedback
from detectors.records.sums import ANY_CATEGORY

STEP: Final = log(10.0)
"""A false positive makes an alarm of its key take a score ten times rarer, and no more than
`HIGHEST` in all."""
HIGHEST: Final = log(10_000.0)
WHOLE: Final = 10.0
"""Up to this ratio "expected" is taken as the key's new size; beyond it, as something that comes in
the hours that had it."""
LEAST: Final = 0.02
"""What a service is taken to send at the least when its silence is said to be expected."""
REMEMBERED: Final = 14 * 24
"""Hours after the last alarm for which a row is kept as it was before."""

_LEARNT: Final = (
    *("total", "visits", "last", "level", "level_hours", "level_last", "values", "events", "clock"),
    *("fill", "fill_minutes", "bulk"),
    *(
        "peak",
        "peak_excess",
        "peak_weight",
        "excess",
        "weight",
        "ratio",
        "ratio_spread",
        "ratio_hours",
        "ratio_now",
        "volume",
        "volume_spread",
        "volume_people",
    ),
)
"""What a true positive takes back: all that an hour teaches, and an attack with it."""


class Answers:
    """Keeps rows as they were before their alarms, and applies verdicts."""

    def __init__(self, lessons: Lessons, known: Known, changes: Changes) -> None:
        self._lessons = lessons
        self._known = known
        self._changes = changes
        self.before: dict[int, bytes] = {}

    def remember(self, row: int) -> None:
        """A row is about to alarm. Where it did so before without an answer, nothing changes."""
        if row not in self.before:
            of = self._lessons.rows.of
            written = of["last"][row].copy()
            of["last"][row] = self._lessons.unvisited(row)
            self.before[row] = self._lessons.rows.pack([row])[0]
            of["last"][row] = written
            self._changes.before.add(self._lessons.rows.key(row))

    def forget(self, hour: int) -> None:
        """Lets go of rows whose alarms nobody has answered for long."""
        for row in [one for one in self.before if self._old(one, hour)]:
            self.drop(row)

    def drop(self, row: int) -> None:
        """Lets go of what a row was before its alarms."""
        if self.before.pop(row, None) is not None:
            self._changes.before.add(self._lessons.rows.key(row))

    def apply(self, feedback: Feedback, usual: Usual, minute: int) -> None:
        """What a verdict changes, in the hour that `usual` is of."""
        for row in list(self._concerned(feedback, usual, minute)):
            match feedback.verdict:
                case "expected":
                    self._rescale(row, feedback, usual, minute)
                case "false-positive":
                    self._raise(row)
                case "true-positive":
                    self._take_back(row, float(usual.mean[row]))
                case "duplicate":
                    continue
            self._settle(row)
        if feedback.verdict == "false-positive":
            self._known.mute(feedback.subprocessor, feedback.rule, feedback.at)

    def _concerned(self, feedback: Feedback, usual: Usual, minute: int) -> Iterator[int]:
        rows, since = self._lessons.rows, hours_since_1970(feedback.since)
        for key, row in sorted(rows.index.items()):
            _, subprocessor, service, category = key
            if subprocessor != feedback.subprocessor:
                continue
            if feedback.services and service not in feedback.services:
                continue
            if feedback.categories and category not in {*feedback.categories, ANY_CATEGORY}:
                continue
            alarmed = int(rows.of["hot"][row]) >= since and row in self.before
            silent = feedback.rule == "volume-low" and self._is_silent(row, usual, minute)
            if alarmed or silent or rows.of["quiet_hours"][row] > 0:
                yield row

    def _is_silent(self, row: int, usual: Usual, minute: int) -> bool:
        """Whether a service has had nothing for so long that it may have been told."""
        rows = self._lessons.rows
        came, begun = int(rows.of["came"][row]), minute - minute % 60
        missed = float(usual.mean[row]) * (minute - max(came, begun)) / 60
        if came < begun:
            missed += float(rows.of["gap"][row, 1])
        gone = minute - came > SHORTEST and missed >= LEAST_MISSING
        return bool(rows.whole[row] and gone and not usual.batches[row])

    def _rescale(self, row: int, feedback: Feedback, usual: Usual, minute: int) -> None:
        of, hour, rule = self._lessons.rows.of, minute // 60, feedback.rule
        if rule == "volume-low":
            share = float(of["quiet_seen"][row] / max(of["quiet_expected"][row], 1e-9))
            if self._is_silent(row, usual, minute):
                self._lessons.rescale(row, LEAST, range(BINS))
            elif of["quiet_hours"][row] > 0:
                self._lessons.rescale(row, min(max(share, LEAST), 1.0), range(BINS))
            return
        if rule in {"mix-shift", "spread"}:
            self._let_shift(row)
            return
        if rule == "slow-leak":
            older = int(of["days_at"][row]) - np.arange(1, DAYS)
            of["days"][row, older % DAYS] = np.nan
            of["days_full"][row, older % DAYS] = of["days_people"][row, older % DAYS] = 0
            return
        seen, expected = float(of["hot_seen"][row]), float(of["hot_expected"][row])
        lump, events = float(of["hot_lump"][row]), float(of["hot_events"][row])
        if int(of["hot"][row]) == hour:  # the hour under way is not in the sums yet
            running = self._lessons.rows.running.of
            lump = max(lump, float(running["lump"][row]))
            seen += float(running["count"][row])
            events += float(running["events"][row])
            expected += float(usual.mean[row]) * (minute % 60 + 1) / 60
        ratio = seen / expected if expected > 0 else 1.0
        hot = int(of["hot_bins"][row])
        bins = [number for number in range(BINS) if hot >> number & 1] or [
            self._lessons.bins.bin_of(hour, row)
        ]
        if rule == "volume-high" and (ratio <= WHOLE or len(bins) >= 3):
            bins = list(range(BINS))
        if ratio > 1:
            self._lessons.rescale(row, ratio, bins)
        self._let_be_full(row, seen, events, lump)

    def _let_shift(self, row: int) -> None:
        """Ratios are what the latest hours had; what was told is learnt anew, since the shift may
        go on, and of what has gone there is nothing to learn until it is back."""
        of = self._lessons.rows.of
        told = of["ratio_top"][row] < 0
        of["ratio"][row] = of["ratio_now"][row]
        for ratio in OF_WAY[told]:
            of["ratio"][row, ratio] = of["ratio_hours"][row, ratio] = 0

    def _let_be_full(self, row: int, values: float, requests: float, lump: float) -> None:
        """Requests may hold what those of the alarms' hours did, and as much at once."""
        of = self._lessons.rows.of
        if requests > 0:
            held = float(of["events"][row]) * values / requests
            of["values"][row] = max(float(of["values"][row]), held)
        expect(self._lessons.rows, row, float(self._lessons.bins.unit(np.array([row]))[0]), lump)

    def _raise(self, row: int) -> None:
        bar = self._lessons.rows.of["bar"]
        bar[row] = min(float(bar[row]) + STEP, HIGHEST)

    def _take_back(self, row: int, usual: float) -> None:
        stored = self.before.get(row)
        if stored is None:
            return
        rows, bins = self._lessons.rows, self._lessons.bins
        one = {name: numbers[0] for name, numbers in rows.unpack(stored).items()}
        clock = int(rows.of["clock"][row])
        for name in _LEARNT:
            rows.of[name][row] = one[name]
        for name in (
            "fill",
            "fill_minutes",
            "lump",
        ):  # nor is it learnt when the hour under way is over
            rows.running.of[name][row] = 0
        self._changes.running.add(row)
        rows.of["last"][row] = (bins.visits_of(row) - one["last"]) & 0xFF
        rows.of["level_last"][row] = bins.calendar.hours()
        if clock != one["clock"]:
            set_clock(bins, np.array([row]), np.array([clock]))  # its service has it still
        rows.of["before"][row] = np.minimum(rows.of["before"][row], usual)
        self._cap_days(row, int(one["days_at"]))

    def _cap_days(self, row: int, until: int) -> None:
        """Days after `until`, today with them, count as average ones at most."""
        of = self._lessons.rows.of
        level, hours = self._lessons.bins.own_level(np.array([row]))
        average = 24 * float(level[0]) / max(float(hours[0]), 1.0)
        newest = int(of["days_at"][row])
        since = np.arange(max(until, newest - DAYS) + 1, newest + 1) % DAYS
        of["days"][row, since] = np.minimum(of["days"][row, since], np.log1p(average))
        of["day"][row] = min(float(of["day"][row]), average)
        of["days_full"][row, since] = of["days_people"][row, since] = 0
        of["day_values"][row] = np.nan  # of today too they are not known

    def _settle(self, row: int) -> None:
        """The alarms are answered: what comes next is judged anew."""
        of = self._lessons.rows.of
        for name in ("hot", "hot_bins", "hot_seen", "hot_expected", "hot_events", "hot_lump"):
            of[name][row] = 0
        for name in ("quiet_since", "quiet_hours", "quiet_seen", "quiet_expected"):
            of[name][row] = 0
        for name in ("ratio_sum", "ratio_top", "gap"):
            of[name][row] = 0
        running = self._lessons.rows.running.of
        for name in ("ring", "block", "block_events", "blocks"):
            running[name][row] = 0  # or windows that still hold it would tell it again
        of["blocks"][row] = 0
        self.drop(row)
        self._changes.rows.add(row)
        self._changes.running.add(row)

    def _old(self, row: int, hour: int) -> bool:
        return hour - int(self._lessons.rows.of["hot"][row]) > REMEMBERED
