"""First seen: categories, destinations, services, field paths, regions and principals that a
sub-processor never had; and categories that it has of others, but never had of a service ("uses").

Exact, by name. Nothing is new while a sub-processor is being learnt; and where new names of a kind
keep coming (a host for every tenant), one more is no news: what is told of a kind is bounded.

Regions and principals are learnt from the first one on: a feed may begin to name them any day. A
new service brings its own: they are not told besides it. So does a new category its fields, which
are learnt from its own first day on, and a new service its categories.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from detectors.anomaly.alarm import First
from detectors.anomaly.rows import Key
from detectors.anomaly.settings import BaselineSettings
from detectors.anomaly.state import Acquaintance, Changes, Novelty
from detectors.records import PartialSum
from detectors.records.sums import ANY_CATEGORY

RULES: Final = {
    "category": "new-category",
    "use": "new-category",
    "destination": "new-destination",
    "service": "new-service",
    "field": "new-field",
    "region": "new-region",
    "user": "new-principal",
    "role": "new-principal",
}
KEPT: Final = {**dict.fromkeys(RULES, 500), "use": 5_000}
"""Names of a kind that are known; where there are so many, the next is no news."""
AGAIN: Final = {"field": timedelta(days=1), "use": timedelta(days=8)}
"""Within this time a field must be seen in two minutes to count as seen, and so must a category of
a service that is known: of weekly jobs too."""
ENOUGH: Final = 20
"""So many values at once need not come again."""
HALF_LIFE: Final = timedelta(days=7)
BEARABLE: Final = {
    "category": 4.0,
    "use": 2.0,
    "destination": 3.0,
    "service": 3.0,
    "field": 2.0,
    "region": 3.0,
    "user": 2.0,
    "role": 2.0,
}
"""New names of a kind within about a week beyond which another is no news."""
LEARNT: Final = 0.1
"""What is met while learning says little of how often there is something new, and of categories of
services nothing: there are as many as services."""
OF_ORIGIN: Final = frozenset({"region", "user", "role"})
"""Kinds that are learnt from their first name on."""


class Known:
    """Who has been seen with whom; `changes` learns what must be stored."""

    def __init__(self, settings: BaselineSettings, changes: Changes) -> None:
        self._days = {
            kind: timedelta(
                days=settings.field_learning_days if kind == "field" else settings.learning_days
            )
            for kind in RULES
        }
        self._changes = changes
        self._most = settings.max_keys
        self.of: dict[tuple[str, str], Acquaintance] = {}

    def meet(self, key: Key, part: PartialSum) -> Iterable[First]:
        """What is new in a sum."""
        whose, names = key[:2], _names(part)
        known = self.of.get(whose)
        if known is not None and known.has(names):
            return ()  # as nearly always
        return self._meet(whose, part, names)

    def _meet(
        self, whose: tuple[str, str], part: PartialSum, names: Iterable[tuple[str, str]]
    ) -> Iterator[First]:
        known = self.of.get(whose)
        if known is None and len(self.of) >= 2 * self._most:
            return
        if known is None:  # clean traffic counts: what comes later is new
            known = self.of[whose] = Acquaintance(since=part.window)
            self._changes.known.add(whose)
        new_service = False
        for kind, name in names:
            novelty = known.kinds.get(kind)
            if novelty is None:
                since = part.window if kind in OF_ORIGIN else None
                novelty = known.kinds[kind] = Novelty(since=since)
            if name in novelty.names or len(novelty.names) >= KEPT[kind]:
                continue
            since = _since(known, kind, name)
            learning = part.window - since < self._days[kind]
            few = kind == "use" and not learning and part.values < ENOUGH
            if (kind == "field" or few) and not self._seen_before(whose, kind, name, part.window):
                continue
            told = not learning and _rate(novelty, part.window) < BEARABLE[kind]
            others = len(novelty.names)
            weight = (0.0 if kind == "use" else LEARNT) if learning else 1.0
            _add(novelty, name, part.window, weight)
            self._changes.known.add(whose)
            new_service |= kind == "service"
            if told and not (new_service and kind in OF_ORIGIN):
                yield First(RULES[kind], kind, name, since, others)

    def _seen_before(self, whose: tuple[str, str], kind: str, name: str, now: datetime) -> bool:
        """Whether a name was seen lately, in another minute: payloads have rare fields, and one
        that comes once says little."""
        novelty, again = self.of[whose].kinds[kind], AGAIN[kind]
        first = novelty.waiting.get(name)
        if first is not None and first != now and now - first < again:
            del novelty.waiting[name]
            return True
        if first is None or now - first >= again:
            novelty.waiting = {
                other: seen for other, seen in novelty.waiting.items() if now - seen < again
            }
            if len(novelty.waiting) < KEPT[kind]:
                novelty.waiting[name] = now
            self._changes.known.add(whose)
        return False

    def forget(self, keys: Iterable[Key]) -> None:
        """Where there are more than there may be keys, lets go of those of whom no key is left: a
        flood of generated hosts makes a sub-processor of each."""
        if len(self.of) <= self._most:
            return
        left = {(channel, subprocessor) for channel, subprocessor, _, _ in keys}
        for whose in [one for one in self.of if one not in left]:
            del self.of[whose]
            self._changes.known.add(whose)

    def mute(self, subprocessor: str, rule: str, now: datetime) -> None:
        """A new name was a false alarm: for some time others of its kind are no news."""
        for whose, known in self.of.items():
            for kind, its_rule in RULES.items():
                if whose[1] == subprocessor and its_rule == rule and kind in known.kinds:
                    novelty = known.kinds[kind]
                    novelty.rate = _rate(novelty, now) + 1.0
                    novelty.newest = now
                    self._changes.known.add(whose)


def _since(known: Acquaintance, kind: str, name: str) -> datetime:
    """From when on names of a kind are learnt: fields from the first day of their category on, and
    uses from that of both the service and the category."""
    since = known.kinds[kind].since or known.since
    brought_by: dict[str, str] = {}
    if kind == "field":
        brought_by = {"category": name.partition(" ")[0]}
    elif kind == "use":
        service, _, category = name.rpartition(" ")
        brought_by = {"service": service, "category": category}
    for other, first in brought_by.items():
        if other in known.kinds:
            since = max(since, known.kinds[other].names.get(first, since))
    return since


def _names(part: PartialSum) -> list[tuple[str, str]]:
    """(kind, name) of all that a sum names."""
    category = part.category
    if category != ANY_CATEGORY:
        names = [("category", category), ("use", f"{part.service} {category}")]
        return names + [("field", f"{category} {name}") for name in part.fields]
    names = [("service", part.service)] if part.service else []
    names += [("destination", destination) for destination in part.destinations]
    names += [("region", region) for region in part.regions]
    for principal in part.principals:
        kind, _, name = principal.partition(":")
        if kind in OF_ORIGIN:
            names.append((kind, name))
    return names


def _rate(novelty: Novelty, now: datetime) -> float:
    if novelty.rate == 0.0:
        return 0.0
    return novelty.rate * 0.5 ** (max(now - novelty.newest, timedelta()) / HALF_LIFE)


def _add(novelty: Novelty, name: str, now: datetime, weight: float) -> None:
    novelty.rate = _rate(novelty, now) + weight
    novelty.newest = max(now, novelty.newest)
    novelty.names[name] = now
