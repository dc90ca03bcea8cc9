"""Distinct people of a day: those of its hours are not other people, so that they are not added up
but united."""

from collections.abc import Iterable

import numpy as np

from detectors.anomaly.counts import Numbers
from detectors.anomaly.rows import Index
from detectors.distinct import estimate_small, merge_small


class People:
    """Who came today, row by row, as small sketches. Those of the last hour are united with those
    before it when somebody asks, such as when they are stored: no finding waits for it."""

    def __init__(self) -> None:
        self._of: dict[int, bytes] = {}
        self._late: dict[int, bytes] = {}

    def add(self, came: Iterable[tuple[int, bytes]]) -> None:
        """Those of an hour, with their rows."""
        self._settle()
        self._late = {row: sketch for row, sketch in came if sketch}

    def of(self, rows: Iterable[int]) -> list[bytes]:
        """The sketches of some rows; empty for nobody."""
        self._settle()
        return [self._of.get(row, b"") for row in rows]

    def put(self, row: int, sketch: bytes) -> None:
        """What `of` gave; empty for nobody that is known of."""
        self._late.pop(row, None)
        if sketch:
            self._of[row] = sketch
        else:
            self._of.pop(row, None)

    def count(self, rows: Index) -> Numbers:
        """How many they are, within some 9 %, and begins a new day."""
        found = np.fromiter(map(estimate_small, self.of(rows.tolist())), float, len(rows))
        self._of.clear()
        return found

    def _settle(self) -> None:
        late, self._late = self._late, {}
        for row, sketch in late.items():
            self._of[row] = merge_small(self._of.get(row, b""), sketch)
