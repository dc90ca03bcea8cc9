"""How often a score happens without cause: from surprise to false alarms, and the bar in force.

Models are never quite right, so what a score means is learnt. Of each detector the surprises
(-ln of the model's own tail) beyond `START` are taken as exponential, as in the peaks-over-
threshold method (Pickands, "Statistical inference using extreme order statistics", 1975): how often
they pass it, and by how much on average, gives how often any score is passed. Scores of windows
that overlap come in clusters, of which only an hour's highest is learnt, and of silences and drops
what they were when they ended. Keys with an open alarm teach nothing, since an attack is not how
often scores happen without cause; but drops do, whether told or not: weather and holidays are.

The bar is what a key passes `false_alarms_a_week` times by chance, shared out among detectors. For
the fleet as a whole a controller raises it by itself where there are more new incidents than
`incidents_a_day`, and lowers it again; and of what passes in one window only what survives a
false-discovery control is told (Benjamini and Hochberg, 1995).
"""

from math import exp, log
from typing import Final

import msgspec
import numpy as np

from detectors.anomaly.counts import Numbers

START: Final = 5.0
"""Surprises below it say nothing of the tail."""
KEEP: Final = exp(-1 / (24 * 14))
"""Of what was learnt, from hour to hour: two weeks."""
RATE, MEAN = 0.001, 1.3
"""Before anything is learnt: passing START, and by how much."""
RATE_OF_PEAKS: Final = 0.02
"""The same of an hour's highest score."""
RAREST: Final = 1e-4
"""Of a detector that passes START more rarely, one peak of a key says no more than this."""
TRIALS, PEAKS = 2_000.0, 40.0
"""What they count for."""
DISCOVERY: Final = 0.1
"""The share of false discoveries in a window that is bearable."""
STEEPEST: Final = log(1000.0)
"""How far the controller may raise the bar: what is a thousand times rarer passes in any case."""

REMEMBERED: Final = 7
"""Days after a finding in which another of its kind is no new incident."""
SHARES: Final = {
    "windows": 0.2,
    "fuller": 0.1,
    "mix": 0.1,
    "silence": 0.07,
    "quiet": 0.01,
    "leak": 0.07,
}
"""Of the false alarms, by what matters most and what errs least: half of them together, since the
rest is kept for what no model foresees."""
LOOKS_A_WEEK: Final = {**dict.fromkeys(SHARES, 168.0), "leak": 7.0}
"""How often in a week a detector has a score for a key. Of windows that are judged as they pass it
is an hour's highest: their scores come in clusters, of which only the peak counts."""


class Tail(msgspec.Struct):
    """The surprises of one detector; `seen` and what follows are of the hour under way."""

    prior: float = RATE
    trials: float = TRIALS
    peaks: float = TRIALS * RATE
    excess_weight: float = PEAKS
    excess: float = PEAKS * MEAN
    new_trials: float = 0.0
    new_peaks: float = 0.0
    new_excess: float = 0.0

    @property
    def rate(self) -> float:
        return self.peaks / self.trials

    @property
    def mean(self) -> float:
        return min(max(self.excess / self.excess_weight, 0.7), 6.0)

    def observe(self, surprises: Numbers, trials: int) -> None:
        """What one window gave the keys without an alarm; one excess counts at most four times
        the mean of all."""
        over = surprises[surprises > START] - START
        self.new_trials += trials
        self.new_peaks += len(over)
        self.new_excess += float(np.minimum(over, 4 * self.mean).sum())

    def close(self) -> None:
        """The hour is over: what it gave counts from now on."""
        self.trials = self.trials * KEEP + self.new_trials + (1 - KEEP) * TRIALS
        self.peaks = self.peaks * KEEP + self.new_peaks + (1 - KEEP) * TRIALS * self.prior
        self.excess_weight = self.excess_weight * KEEP + self.new_peaks + (1 - KEEP) * PEAKS
        self.excess = self.excess * KEEP + self.new_excess + (1 - KEEP) * PEAKS * MEAN
        self.new_trials = self.new_peaks = self.new_excess = 0.0

    def calibrated(
        self, surprises: Numbers, often: Numbers | float = 1.0, far: Numbers | float = 1.0
    ) -> Numbers:
        """-ln of how likely one look gives such a score without cause, of keys that pass START so
        many times as often as others, and so many times as far; at START and below it is not to be
        trusted, and small."""
        beyond = (surprises - START) / (self.mean * far)
        return np.where(surprises > START, beyond - np.log(self.rate * often), surprises)

    def beyond(self, surprises: Numbers) -> tuple[Numbers, Numbers]:
        """What passes START, as multiples of how often others do; and by how much, as multiples of
        their mean."""
        over = np.maximum(surprises - START, 0.0)
        return (over > 0) / max(self.rate, RAREST), over / self.mean


class Calibration(msgspec.Struct):
    """The tails of all detectors, and the controller."""

    tails: dict[str, Tail] = {}
    raised: float = 0.0
    """What the controller adds to every bar, in ln of the likelihood."""
    incidents: float = 0.0
    """New incidents of a day, a running mean of a week."""
    today: int = 0
    told: dict[str, int] = {}
    """By sub-processor and rule: the day of the newest finding."""

    def tail(self, detector: str) -> Tail:
        tail = self.tails.get(detector)
        if tail is None:
            prior = (
                RATE_OF_PEAKS
                if detector.startswith(("minute", "hour", "windows", "fuller"))
                else RATE
            )
            tail = self.tails[detector] = Tail(prior=prior, peaks=TRIALS * prior)
        return tail

    def bar(self, detector: str, false_alarms_a_week: float) -> float:
        """-ln of the likelihood that a score must have to be told."""
        share = false_alarms_a_week * SHARES[detector]
        return -log(share / LOOKS_A_WEEK[detector]) + self.raised

    def close_hour(self) -> None:
        for _, tail in sorted(self.tails.items()):
            tail.close()

    def close_day(self, budget: float) -> None:
        """Moves every bar by what the last days brought, against the budget."""
        self.incidents += (self.today - self.incidents) / 7
        self.today = 0
        newest = max(self.told.values(), default=0)
        self.told = {name: day for name, day in self.told.items() if newest - day <= REMEMBERED}
        self.raised = min(
            max(self.raised + 0.5 * log((self.incidents + 0.1) / budget), 0.0), STEEPEST
        )

    def count(self, subprocessor: str, rule: str, day: int) -> None:
        """A finding is told; an incident is new where there was none of its kind for a week."""
        name = f"{subprocessor} {rule}"
        if day - self.told.get(name, -99) > REMEMBERED:
            self.today += 1
        self.told[name] = day


def survivors(likelihoods: Numbers, tried: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which of some -ln likelihoods survive Benjamini and Hochberg's control among so many tries
    in one window."""
    if not len(likelihoods):
        return np.zeros(0, bool)
    order = np.argsort(-likelihoods, kind="stable")
    ranks = np.arange(1, len(order) + 1)
    passed = -likelihoods[order] <= np.log(DISCOVERY * ranks / max(tried, 1))
    kept = np.zeros(len(order), bool)
    if passed.any():
        kept[order[: int(np.nonzero(passed)[0].max()) + 1]] = True
    return kept
