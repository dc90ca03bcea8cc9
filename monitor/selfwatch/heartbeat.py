"""Says that the program is alive, to a dead man's switch: from a thread of its own, and only while
every stage makes progress."""

from threading import Event, Thread

from alerts.sinks.base import SinkError
from alerts.sinks.http import judge_answer
from alerts.sinks.web import HttpChannel
from monitor.clock import Clock
from monitor.selfwatch.settings import HeartbeatSettings
from monitor.telemetry.health import Health
from monitor.telemetry.logs import Log


class Heartbeat:
    """Beats from `start` to `stop`."""

    def __init__(self, settings: HeartbeatSettings, health: Health, log: Log, clock: Clock) -> None:
        self.failure = ""
        """Why the last beat did not arrive, without the address's secret; empty where it did."""
        self._settings = settings
        self._hook = settings.hook()
        self._channel = HttpChannel(self._hook, clock)
        self._health = health
        self._log = log
        self._clock = clock
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        self._channel.close()

    def beat(self) -> bool:
        """Sends one where the program is well; whether it arrived."""
        if self._health.stalled() or self._health.unready():
            return False
        failure = self._send()
        if failure and not self.failure:  # once, not every minute
            self._log("heartbeat.failed", "warning", problem=failure)
        self.failure = failure
        return not failure

    def _send(self) -> str:
        try:
            url = self._hook.address("url") or ""
            answer = self._channel.request(self._settings.method, url, {}).head
        except SinkError as error:
            return str(error)
        if answer.is_success:
            return ""
        return str(judge_answer(self._channel.label(url), answer, self._clock.now()))

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.beat()
            self._stopping.wait(self._settings.seconds)
