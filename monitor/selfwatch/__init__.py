"""The program watches itself: a heartbeat, and alerts about its own troubles."""

from collections.abc import Callable, Collection

from detectors.rules import RuleId
from monitor.clock import Clock
from monitor.selfwatch.figures import Figures, figures
from monitor.selfwatch.heartbeat import Heartbeat
from monitor.selfwatch.inbox import Inbox
from monitor.selfwatch.settings import SelfMonitoringSettings
from monitor.selfwatch.watch import SelfWatch, Way
from monitor.telemetry import Telemetry


class SelfMonitoring:
    """Both, from `start` to `stop`. `way` is how the alert stage hears of it; `refresh` brings
    figures up to date that nobody else does. See `SelfWatch` for `shared`."""

    def __init__(
        self,
        settings: SelfMonitoringSettings,
        telemetry: Telemetry,
        way: Way,
        clock: Clock,
        refresh: Callable[[], None] = lambda: None,
        shared: Collection[RuleId] = (),
    ) -> None:
        def look() -> Figures:
            refresh()
            return figures(telemetry.metrics.registry)

        self._watch = SelfWatch(settings, look, way, clock, telemetry.log, shared)
        beats = settings.heartbeat
        self._heartbeat = beats and Heartbeat(beats, telemetry.health, telemetry.log, clock)

    def report(self, rule: RuleId, name: str, problem: str) -> None:
        """See `SelfWatch.report`."""
        self._watch.report(rule, name, problem)

    def start(self) -> None:
        self._watch.start()
        if self._heartbeat:
            self._heartbeat.start()

    def stop(self) -> None:
        self._watch.stop()
        if self._heartbeat:
            self._heartbeat.stop()


__all__ = ["Inbox", "SelfMonitoring", "SelfMonitoringSettings", "Way"]
