"""How far the surprises of each key go, against the fleet's.

A calibration of all keys together (`detectors.anomaly.calibration`) lets those with heavy tails, a
client that retries every other day, alarm for the calm ones too. So each key counts its own peaks:
how often an hour's highest surprise passes START, and by how much on average, as multiples of what
is usual in the fleet. It starts as one like all others, which count as PRIOR
peaks (empirical Bayes with gamma priors: B. Efron and C. Morris, "Data analysis using Stein's
estimator", 1975), and forgets within weeks.

Only hours with a peak are written down; how many there were without follows from the key's age.
"""

from typing import Final, NamedTuple

import numpy as np

from detectors.anomaly.counts import Numbers
from detectors.anomaly.rows import Index, Rows

PRIOR: Final = 3.0
"""The fleet's peaks that a key starts with."""
OFTEN: Final = 0.02
"""How many peaks of the fleet an hour has, as they are counted here."""
KEEP: Final = float(np.exp(-1 / (24 * 28)))
"""Of peaks, from hour to hour: four weeks."""
MOST: Final = 4.0
"""One peak counts at most so many times what the key's peaks have on average."""
HIGHEST: Final = 60_000.0
"""Of what is stored in a half."""
LEAST_TIMES, MOST_TIMES = 0.1, 100.0
"""Bounds of how often, and how far, against the fleet."""


class Tails(NamedTuple):
    """(rows,) each, as multiples of the fleet's."""

    often: Numbers
    """How often surprises pass START."""
    far: Numbers
    """By how much, on average."""

    @classmethod
    def of(cls, rows: Rows, at: Index | slice, hour: int) -> "Tails":
        """In force in an hour."""
        age = hour - rows.of["born"][at].astype(np.int64)
        kept = KEEP ** (age - rows.of["peaks_at"][at])
        peaks, sums = (rows.of[name][at] * kept for name in ("peaks", "peaks_far"))
        hours = (1 - KEEP**age) / (1 - KEEP)
        often = (PRIOR + peaks) / (PRIOR + OFTEN * hours)
        far = (PRIOR + sums) / (PRIOR + peaks)
        return cls(*(np.clip(one, LEAST_TIMES, MOST_TIMES) for one in (often, far)))


def learn(rows: Rows, at: Index, hour: int, peaks: Numbers, far: Numbers) -> None:
    """Takes in the closing hour's peaks, of rows without an alarm: how many they are, and how far
    they went, as multiples of the fleet's in an hour."""
    of = rows.of
    at, peaks, far = at[peaks > 0], peaks[peaks > 0], far[peaks > 0]
    age = hour - of["born"][at].astype(np.int64)
    kept = KEEP ** (age - of["peaks_at"][at])
    far = np.minimum(far, MOST * Tails.of(rows, at, hour).far)
    for name, told in (("peaks", OFTEN * peaks), ("peaks_far", OFTEN * peaks * far)):
        of[name][at] = np.minimum(of[name][at] * kept + told, HIGHEST)
    of["peaks_at"][at] = age
