"""A tuning file at work: which hits are kept, and by what each of the others was suppressed."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from detectors.scan.base import Hit, Recogniser
from detectors.scan.custom.adapter import OwnPresidio
from detectors.scan.custom.own import CustomRecogniser
from detectors.scan.tuning.allow import AllowList
from detectors.scan.tuning.model import CategoryThresholds, TuningFile
from detectors.scan.tuning.regions import default_regions
from detectors.taxonomy import Taxonomy, default_taxonomy

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

_CACHED = 10_000


class Tuned(NamedTuple):
    """The hits that count, and how many do not: by `allow:ID`, `threshold` or `region:XX`."""

    kept: list[Hit]
    suppressed: Counter[str]


class Tuning:
    """What a tuning file decides. Without state but for bounded caches; nothing of it is lost:
    kept and suppressed together are all hits."""

    def __init__(
        self,
        file: TuningFile,
        taxonomy: Taxonomy,
        key: bytes | None = None,
        presidio: "Sequence[EntityRecognizer]" = (),
    ) -> None:
        self.file = file
        self.taxonomy = _extended(taxonomy, file)
        self.presidio = tuple(presidio)
        self.allow_list = AllowList(file.allow, key)
        self._custom_regions = {d.entity: d.region for d in file.recognisers if d.region}
        self._on = None if file.regions is None else default_regions().named(file.regions)
        self._off = lru_cache(maxsize=_CACHED)(self._region_that_is_off)
        self._threshold = lru_cache(maxsize=_CACHED)(self._needed)

    def subprocessors(self) -> Iterator[tuple[tuple[int | str, ...], str]]:
        """Every sub-processor that the file names, after its place in the file."""
        for name in self.file.thresholds.subprocessors:
            yield ("thresholds", "subprocessors", name), name
        for position, entry in enumerate(self.file.allow):
            for place, name in enumerate(entry.subprocessors):
                yield ("allow", position, "subprocessors", place), name

    def recognisers(self) -> list[Recogniser]:
        """The customer's own, for the `egress` contract. The `presidio` contract takes `presidio`
        as its `extra`."""
        own: list[Recogniser] = [
            CustomRecogniser(d) for d in self.file.recognisers if not self._off(d.entity)
        ]
        return [*own, OwnPresidio(self.presidio)] if self.presidio else own

    def apply(self, hits: Iterable[Hit], subprocessor: str, at: datetime) -> Tuned:
        """The hits that are kept for this sub-processor at this time."""
        kept: list[Hit] = []
        suppressed = Counter[str]()
        for hit in hits:
            reason = self._suppressed_by(hit, subprocessor, at)
            if reason is None:
                kept.append(hit)
            else:
                suppressed[reason] += 1
        return Tuned(kept, suppressed)

    def _suppressed_by(self, hit: Hit, subprocessor: str, at: datetime) -> str | None:
        region = self._off(hit.entity)
        if region:
            return f"region:{region}"
        category = self.taxonomy.category(hit.entity)
        if hit.score < self._threshold(subprocessor, category):
            return "threshold"
        if self.allow_list:
            allowed = self.allow_list.by(hit, category, subprocessor, at)
            return f"allow:{allowed}" if allowed else None
        return None

    def _region_that_is_off(self, entity: str) -> str:
        """The country whose pack the entity is in, if that pack is off; else nothing."""
        if self._on is None:
            return ""
        region = self._custom_regions.get(entity) or default_regions().of(entity) or ""
        return region if region and default_regions().named([region]) - self._on else ""

    def _needed(self, subprocessor: str, category: str) -> float:
        """The score a hit needs. The sub-processor's own go first, and the nearest category."""
        everywhere = self.file.thresholds
        own = everywhere.subprocessors.get(subprocessor)
        steps: tuple[Callable[[], float | None], ...] = (
            lambda: _nearest(own, category),
            lambda: own.default if own else None,
            lambda: _nearest(everywhere, category),
            lambda: everywhere.default,
        )
        return next((score for step in steps if (score := step()) is not None), 0.0)


def untuned() -> Tuning:
    """What there is without a file: everything is kept."""
    return Tuning(TuningFile(), default_taxonomy())


def _nearest(thresholds: CategoryThresholds | None, category: str) -> float | None:
    known: dict[str, Any] = thresholds.categories if thresholds else {}
    while category and category not in known:
        category = category.rpartition(".")[0]
    return known.get(category)


def _extended(taxonomy: Taxonomy, file: TuningFile) -> Taxonomy:
    """The taxonomy with the entities of the customer's recognisers."""
    entities = {d.entity: d.category for d in file.recognisers}
    return taxonomy.model_copy(update={"entities": {**taxonomy.entities, **entities}})
