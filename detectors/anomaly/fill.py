"""How values stray, given the requests that hold them: `fill`, see `fuller`."""

from typing import Final

import numpy as np

from detectors.anomaly.counts import Numbers
from detectors.anomaly.rows import Index, Rows

PRIOR, PRIOR_MINUTES = 1.5, 20.0
"""`fill` before it is known, and the minutes that it counts for."""
LEAST: Final = 0.2
"""What `fill` is at the least: clients that always send as much may begin not to."""


def fill_of(rows: Rows, at: Index) -> Numbers:
    """The variance of values, as times their mean, given their requests."""
    found, minutes = rows.numbers("fill", at), rows.numbers("fill_minutes", at)
    return np.maximum((found + PRIOR * PRIOR_MINUTES) / (minutes + PRIOR_MINUTES), LEAST)
