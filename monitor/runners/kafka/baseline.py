"""The baseline stage over Kafka: one baseline for each partition of the sums, its state in the
changelog's partition of the same number."""

from collections.abc import Callable, Mapping, Sequence

from detectors.anomaly import Baseline
from detectors.anomaly.persist import dump_changes, restore
from detectors.anomaly.standing import fleet_standing, together
from detectors.records import Feedback, Finding, PartialSum, decode, encode
from monitor.kafka.topics import Topics
from monitor.runners.kafka.assignment import Changelogs, Place, Start
from monitor.runners.kafka.base import Out, Taken, Transact
from monitor.runners.kafka.codec import MARK_PREFIX, Wire, of_sums, partition_of, wire
from monitor.runners.kafka.tally import Tally
from monitor.stages.watermarks import SourceMark, Watermarks


class _Share:
    """One partition: its baseline, and the event time of every source."""

    def __init__(self, baseline: Baseline, watermarks: Watermarks) -> None:
        self.baseline = baseline
        self.watermarks = watermarks
        self.told: set[str] = set()
        """Sources whose marks have to be stored anew."""

    def take(self, records: Sequence[Taken]) -> list[Finding]:
        """Time moves at each mark, so that what comes out is the same however records are
        batched."""
        findings: list[Finding] = []
        parts: list[PartialSum] = []
        for record in records:
            match of_sums(record.key, record.value or b""):
                case PartialSum() as part:
                    parts.append(part)
                case SourceMark() as mark:
                    findings += self._pass(parts, mark)
                    parts = []
                case Feedback() as feedback:
                    self.baseline.answer(feedback)
        return findings + self.baseline.take(parts, self.baseline.progress.closed_until)

    def _pass(self, parts: Sequence[PartialSum], mark: SourceMark) -> list[Finding]:
        self.watermarks.observe(mark)
        self.told.add(mark.source)
        self.baseline.announce(mark.active)
        return self.baseline.take(parts, self.watermarks.value)

    def restore(self, pairs: Mapping[str, bytes]) -> None:
        prefix = MARK_PREFIX.decode()
        for key, value in pairs.items():
            if key.startswith(prefix) and key.removeprefix(prefix) in self.watermarks.marks:
                self.watermarks.observe(decode(SourceMark, value))
        restore(
            self.baseline,
            [(key, value) for key, value in pairs.items() if not key.startswith(prefix)],
        )


class BaselineShell:
    """See the module."""

    name = "baseline"

    def __init__(
        self,
        new_baseline: Callable[[], Baseline],
        sources: Callable[[], Sequence[str]],
        topics: Topics,
        changelogs: Changelogs,
        tally: Tally,
    ) -> None:
        """`sources` names the source partitions there are."""
        self.topics = [topics.sums.name]
        self._new_baseline = new_baseline
        self._sources = sources
        self._out_topics = topics
        self._changelogs = changelogs
        self._tally = tally
        self._shares: dict[int, _Share] = {}

    def assign(self, starts: Mapping[Place, Start]) -> None:
        numbers = [partition for _, partition in starts]
        stored: dict[int, dict[str, bytes]] = {number: {} for number in numbers}
        for entry in self._changelogs.restore(self._out_topics.baseline_changelog, numbers):
            if entry.value is None:
                stored[entry.partition].pop(entry.key, None)
            else:
                stored[entry.partition][entry.key] = entry.value
        sources = self._sources()
        self._shares = {n: _Share(self._new_baseline(), Watermarks(sources)) for n in numbers}
        for number, share in self._shares.items():
            share.restore(stored.pop(number))

    def take(self, records: Sequence[Taken], out: Out) -> None:
        by_partition: dict[int, list[Taken]] = {}
        for record in records:
            by_partition.setdefault(record.partition, []).append(record)
        topic = self._out_topics.findings
        for number, some in sorted(by_partition.items()):
            for finding in self._shares[number].take(some):
                home = partition_of(finding.subprocessor, topic.partitions)
                out.send(topic, home, wire(finding))
                self._tally.findings += 1
            self._store(number, out)
        shares = self._shares.values()
        self._tally.reached = min(share.watermarks.value for share in shares)
        self._tally.standing = together([fleet_standing(share.baseline) for share in shares])

    def _store(self, number: int, out: Out) -> None:
        """What has changed, into the changelog's partition of the same number."""
        share, changelog = self._shares[number], self._out_topics.baseline_changelog
        for key, value in dump_changes(share.baseline):
            out.send(changelog, number, Wire(key.encode(), value))
        for source in sorted(share.told):
            if mark := share.watermarks.marks[source]:
                out.send(changelog, number, Wire(MARK_PREFIX + source.encode(), encode(mark)))
        share.told.clear()

    def note(self, place: Place) -> str:
        del place
        return ""

    def turn(self, transact: Transact) -> None:
        """Nothing comes about by itself: time comes with the marks."""
