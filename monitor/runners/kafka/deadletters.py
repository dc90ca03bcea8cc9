"""When dead letters are too many to go on."""

from collections import Counter, deque
from collections.abc import Callable

from monitor.runners.errors import WorkerError

EARLIER = "seen before the last start"
"""Stands for the reasons of dead letters of which only the number is known."""


class DeadLetterLimit:
    """Weighs dead letters against all records of a partition, over the last so many of them.

    It is asked before the batch commits: what would break the limit stays in its topic. What it has
    seen is committed beside the partition's offset (`note`), or each restart would let some more
    dead letters pass, and a supervisor would drain the topic with them.
    """

    def __init__(self, window: int, ratio: float, note: str = "") -> None:
        self._window = window
        self._ratio = ratio
        bad, seen = map(int, (note or "0/0").split("/"))
        bad, seen = min(bad, window), min(seen, window)
        # the bad ones as the newest: a burst goes on being one
        outcomes = [""] * (seen - bad) + [EARLIER] * bad
        self._outcomes: deque[str] = deque(outcomes, maxlen=window)
        self._reasons: Counter[str] = Counter({EARLIER: bad})

    @property
    def note(self) -> str:
        """How many dead letters among how many records, for the next one to go on with."""
        return f"{self._reasons.total()}/{len(self._outcomes)}"

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


NewLimit = Callable[[str], DeadLetterLimit]
"""Makes the limit of a partition from its note."""
