"""Sources and formats in memory, for tests of what reads them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from detectors.ids import stable_id
from detectors.records import EgressEvent, RecordError
from monitor.sources.base import Partition, Position, RawRecord


class ListPartition:
    """A partition of moments; text that is none is a broken record, None is "nothing now"."""

    format = "moments"
    urgent = False

    def __init__(self, name: str, items: Sequence[datetime | str | None], *, ends: bool = True):
        self.name = name
        self.items = list(items)
        self.ends = ends
        self.at = 0

    @property
    def exhausted(self) -> bool:
        return self.ends and self.at >= len(self.items)

    def read(self) -> RawRecord | None:
        if self.at >= len(self.items):
            return None
        item = self.items[self.at]
        self.at += 1
        if item is None:
            return None
        data = item.isoformat() if isinstance(item, datetime) else item
        return RawRecord(
            id=stable_id(self.name, self.at - 1),
            offset=self.at - 1,
            next=Position(offset=self.at),
            data=data.encode(),
        )


class ListSource:
    def __init__(self, *partitions: ListPartition) -> None:
        self.held = list(partitions)
        self.commits = 0

    def open(self, positions: Mapping[str, Position]) -> None:
        for partition in self.held:
            partition.at = positions.get(partition.name, Position()).offset

    def partitions(self) -> Sequence[Partition]:
        return self.held

    def committed(self) -> None:
        self.commits += 1

    def close(self) -> None: ...


class MomentFormat:
    """Reads what ListPartition holds."""

    name = "moments"

    def decode(self, data: bytes) -> EgressEvent:
        try:
            return EgressEvent(timestamp=datetime.fromisoformat(data.decode()))
        except ValueError:
            raise RecordError("malformed", "not a moment") from None
