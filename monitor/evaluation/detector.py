"""The detector for records of a file: a scanner, and the tuning of its hits."""

from collections import Counter
from datetime import datetime

from detectors.scan import Hit
from detectors.scan.base import RequestScanner
from detectors.scan.tuning import Tuning
from monitor.evaluation.reading import ReadRecord


class Detector:
    """Finds what counts, as the scan stage does; adds up what the tuning suppressed.

    `subprocessor` is whom the records are sent to, for the rules of one; `now` the time of records
    that have none of their own.
    """

    def __init__(
        self,
        scanner: RequestScanner,
        tuning: Tuning,
        now: datetime,
        subprocessor: str = "",
        threshold: float = 0.0,
    ) -> None:
        self.taxonomy = tuning.taxonomy
        self.suppressed = Counter[str]()
        self._scanner = scanner
        self._tuning = tuning
        self._now = now
        self._subprocessor = subprocessor
        self._threshold = threshold

    def hits(self, record: ReadRecord) -> list[Hit]:
        """The hits of a record that count; none where it could not be read."""
        if record.decoded is None:
            return []
        found = self._scanner.scan(record.decoded)
        kept, suppressed = self._tuning.apply(found, self._subprocessor, record.at or self._now)
        self.suppressed += suppressed
        return [hit for hit in kept if hit.score >= self._threshold]
