"""When dead letters are too many to go on."""

from collections import Counter, deque

from monitor.runners.errors import WorkerError


class DeadLetterLimit:
    """Weighs dead letters against all records, over the last so many of them.

    It is asked before the batch commits: what would break the limit stays in its topic.
    """

    def __init__(self, window: int, ratio: float) -> None:
        self._window = window
        self._ratio = ratio
        self._outcomes: deque[str] = deque(maxlen=window)
        self._reasons: Counter[str] = Counter()

    def passed(self, reason: str = "") -> None:
        """One record more: a dead letter with its reason, or none. WorkerError over the limit."""
        if len(self._outcomes) == self._window and (oldest := self._outcomes[0]):
            self._reasons[oldest] -= 1
        self._outcomes.append(reason)
        if not reason:
            return
        self._reasons[reason] += 1
        bad = self._reasons.total()
        if len(self._outcomes) == self._window and bad > self._ratio * self._window:
            (commonest, times), *_ = self._reasons.most_common(1)
            raise WorkerError(
                f"{bad} of the last {self._window} records could not be read, {times} of them as "
                f"{commonest}: is kafka.topics.inputs.format right? Nothing of the last batch is "
                "committed; worker.dead_letter_ratio sets the limit"
            )
