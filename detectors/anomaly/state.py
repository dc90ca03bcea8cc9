"""What the baseline stage remembers beside its rows: event time, the hour under way, who is known,
and what has to be stored anew."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np

from detectors.anomaly.bins import Calendar
from detectors.anomaly.calibration import Calibration
from detectors.anomaly.rows import Index, Key
from detectors.distinct import merge as merge_sketches
from detectors.records import PartialSum
from detectors.windows import BEGINNING, merge_names

VERSION = 8

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def hours_since_1970(moment: datetime) -> int:
    return int((moment - _EPOCH).total_seconds() // 3600)


def minutes_since_1970(moment: datetime) -> int:
    return int((moment - _EPOCH).total_seconds() // 60)


def moment_of(hour: int) -> datetime:
    """When an hour since 1970 begins."""
    return _EPOCH + timedelta(hours=hour)


class Progress(msgspec.Struct):
    """How far event time has been folded into the rows."""

    version: int = VERSION
    closed_until: datetime = BEGINNING
    """Every minute before this one is folded in; what comes for it later is late."""
    hour: datetime = BEGINNING
    """The hour that is being added up; all before it are learnt."""
    minutes: int = 0
    """A bit for each of its minutes in which the feed was there, as seen here (see `is_fed`)."""
    active: set[datetime] = set()
    """The hours from `hour` on in which the feed had an event."""
    late_events: int = 0
    refused_sums: int = 0
    """Sums with a negative number, or with traces in no known format: nothing of them counts."""
    refused_keys: int = 0
    """New keys that came faster than they were taken in: without a baseline until they return."""
    evicted_keys: int = 0


class Fleet(msgspec.Struct):
    """What is learnt of all keys together."""

    calendar: Calendar = msgspec.field(default_factory=Calendar)
    calibration: Calibration = msgspec.field(default_factory=Calibration)
    newcomers: dict[str, int] = {}
    """New keys of the hour under way, by channel and sub-processor."""
    newcomers_usual: float = 0.0
    """How many an hour usually has."""
    spoken: dict[int, float] = {}
    """By row: how many times the usual was told of it in the hour before, or earlier where its
    service has had alarms since."""
    days: list[int] = []
    """The last days on which the feed had events."""
    today: int = 0
    """The day that is being added up; 0 for none."""
    hours: int = 0
    """Its hours so far in which the feed had events, and how many a day usually has."""
    hours_usual: float = 0.0
    whole: bool = False
    """Whether the feed was there all of the day before, which is still to be judged as a whole."""


class Details(msgspec.Struct, array_like=True, gc=False):
    """What the hour under way holds for a key besides numbers.

    Not tracked by the garbage collector, which would look through all of them again and again: they
    hold values only, and can be in no cycle."""

    registered: bool = False
    subjects: bytes = b""
    destinations: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    reported: dict[str, float] = {}
    """By rule: the number last put into a finding."""

    @classmethod
    def of(cls, part: PartialSum) -> "Details":
        """Those of the hour's first sum."""
        destinations, fields = merge_names((), part.destinations), merge_names((), part.fields)
        return cls(part.registered, part.subjects, destinations, fields)

    def add(self, part: PartialSum) -> None:
        self.registered = part.registered
        self.subjects = merge_sketches(self.subjects, part.subjects)
        self.destinations = merge_names(self.destinations, part.destinations)
        self.fields = merge_names(self.fields, part.fields)


class Novelty(msgspec.Struct, array_like=True):
    """The known names of one kind, and how often a new one came lately."""

    names: dict[str, datetime] = {}
    rate: float = 0.0
    """New names, each counting half as much after a week."""
    newest: datetime = BEGINNING
    waiting: dict[str, datetime] = {}
    """Names that were seen once, and when: where once is not enough."""
    since: datetime | None = None
    """When the first name of the kind was met, where what has such names may begin any day."""


class Acquaintance(msgspec.Struct):
    """Whom one (channel, sub-processor) has been seen with, and since when."""

    since: datetime
    kinds: dict[str, Novelty] = {}

    def has(self, names: Iterable[tuple[str, str]]) -> bool:
        """Whether all of some (kind, name) are known."""
        kinds = self.kinds
        for kind, name in names:
            novelty = kinds.get(kind)
            if novelty is None or name not in novelty.names:
                return False
        return True


class Marked:
    """Some rows, as a set of them: an array, so that 100,000 are marked in one step."""

    def __init__(self) -> None:
        self._is = np.zeros(0, np.bool_)

    def __iter__(self) -> Iterator[int]:
        """In their order."""
        return iter(np.nonzero(self._is)[0].tolist())

    def add(self, row: int) -> None:
        self._reach(row)
        self._is[row] = True

    def update(self, rows: Index) -> None:
        self._reach(int(rows.max(initial=-1)))
        self._is[rows] = True

    def discard(self, row: int) -> None:
        self._is[row : row + 1] = False

    def clear(self) -> None:
        self._is[:] = False

    def _reach(self, row: int) -> None:
        missing = row + 1 - len(self._is)
        if missing > 0:
            self._is = np.append(self._is, np.zeros(max(missing, len(self._is)), np.bool_))


class Changes:
    """What has to be stored anew."""

    __slots__ = ("before", "gone", "known", "rows", "running", "sums")

    def __init__(self) -> None:
        self.sums: defaultdict[datetime, set[Key]] = defaultdict(set)
        """By minute: sums of those that the watermark has not passed, or has passed now."""
        self.rows = Marked()
        self.running = Marked()
        self.before: set[Key] = set()
        """Keys whose copy from before their alarms has come or gone."""
        self.gone: set[Key] = set()
        """Keys that were evicted."""
        self.known: set[tuple[str, str]] = set()

    def clear(self) -> None:
        for changed in (
            self.sums,
            self.rows,
            self.running,
            self.before,
            self.gone,
            self.known,
        ):
            changed.clear()
