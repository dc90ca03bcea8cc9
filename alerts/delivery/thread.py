"""The deliverer in a thread of its own: it wakes when something was committed or falls due."""

import threading
from collections.abc import Callable

from alerts.delivery.deliverer import Deliverer, Report
from alerts.sinks.base import Clock

_LONGEST_SLEEP = 60.0
"""Seconds; another process may revive deliveries without telling us."""
_AFTER_FAILURE = 1.0
"""Seconds before the database is tried again."""


class DelivererThread:
    """Runs `deliverer` until stopped. Not a daemon: an attempt under way is finished and recorded.

    `observe` gets the report of every round that tried something, in this thread. Nothing ends
    the thread but `stop`: after an error of the database (`failure` names its kind) the deliverer
    starts anew, as after a crash.
    """

    def __init__(
        self, deliverer: Deliverer, clock: Clock, observe: Callable[[Report], None] | None = None
    ) -> None:
        self.failure = ""
        self._deliverer = deliverer
        self._clock = clock
        self._observe = observe
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._drained = threading.Condition()
        self._asked = 0
        self._answered = 0
        self._thread = threading.Thread(target=self._run, name="deliverer", daemon=False)

    def start(self) -> None:
        self._thread.start()

    def notify(self) -> None:
        """Something was committed to the outbox."""
        self._wake.set()

    def drain(self, timeout: float) -> bool:
        """Waits until everything due now has been tried; whether that was reached in time. What a
        sink put off stays in the outbox."""
        with self._drained:
            self._asked += 1
            mine = self._asked
            self._wake.set()
            self._drained.wait_for(lambda: self._answered >= mine or not self._alive(), timeout)
            return self._answered >= mine

    def stop(self, timeout: float | None = None) -> bool:
        """Lets the attempt under way end, and no other begin; whether that was reached in time."""
        self._stopping.set()
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _alive(self) -> bool:
        return self._thread.is_alive() and not self._stopping.is_set()

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._wake.clear()
                self._wake.wait(self._round())
        finally:
            self._deliverer.close()
            with self._drained:
                self._drained.notify_all()

    def _round(self) -> float:
        """One pass over what is due; how long to sleep after it."""
        with self._drained:
            asked = self._asked
        try:
            report = self._deliverer.deliver_due(go_on=lambda: not self._stopping.is_set())
            if report.tried and self._observe is not None:
                self._observe(report)
            due = self._deliverer.next_due()
        except Exception as error:  # noqa: BLE001 - the outbox keeps everything; go on with it
            self.failure = type(error).__name__
            self._deliverer.close()
            return _AFTER_FAILURE
        self.failure = ""
        sleep = _LONGEST_SLEEP
        if due is not None:
            sleep = min(sleep, (due - self._clock.now()).total_seconds())
        if sleep > 0:
            self._answer(asked)
        return max(sleep, 0.0)

    def _answer(self, asked: int) -> None:
        with self._drained:
            self._answered = asked
            self._drained.notify_all()
