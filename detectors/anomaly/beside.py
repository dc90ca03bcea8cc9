"""What looks on beside the baselines: lone reads and sendings, and second opinions.

The baseline stage calls it where a minute, an hour and time itself pass, and stores its state with
its own.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from detectors.anomaly.counterpart import CounterpartSettings, Matcher
from detectors.anomaly.counterpart.matcher import KIND as COUPLE
from detectors.anomaly.opinion import DriftSettings, OpinionSettings, Panel
from detectors.anomaly.opinion.panel import KINDS as OPINIONS
from detectors.anomaly.report import Names
from detectors.records import Finding, PartialSum


class Beside:
    """See the module. ValueError where what is configured cannot be had."""

    def __init__(
        self,
        counterpart: CounterpartSettings,
        second_opinion: OpinionSettings | None,
        drift: DriftSettings | None,
        names: Names,
    ) -> None:
        self.matcher = Matcher(counterpart, names)
        self.panel = Panel(second_opinion, drift, names)

    def minute(self, minute: datetime, parts: Iterable[PartialSum]) -> Iterator[Finding]:
        """The sums of a minute, of all keys; minutes come in order, each once."""
        parts = list(parts)
        for part in parts:
            self.panel.fold(part)
        yield from self.matcher.take(minute, parts)

    def pass_time(self, until: datetime) -> Iterator[Finding]:
        """Every minute before `until` was taken."""
        yield from self.matcher.pass_time(until)

    def close_hour(self, hour: datetime) -> Iterator[Finding]:
        """An hour is over in which the feed had events; each once, in order."""
        yield from self.panel.close_hour(hour)

    def dump_changes(self) -> Iterator[tuple[str, bytes | None]]:
        """What changed since the last call, as pairs for the store."""
        yield from self.matcher.dump_changes()
        yield from self.panel.dump_changes()

    def restore(self, kind: str, parts: list[str], value: bytes) -> bool:
        """Whether the pair was of a kind that is kept here. ValueError for a broken one."""
        match kind, parts:
            case str(), [subprocessor, service] if kind == COUPLE:
                self.matcher.restore(subprocessor, service, value)
            case str(), [channel, subprocessor] if kind in OPINIONS:
                self.panel.restore(kind, channel, subprocessor, value)
            case _:
                return False
        return True
