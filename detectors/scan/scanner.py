"""Leaves into hits: each leaf through key names and patterns, one entity a span."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from detectors.decode.base import Decoded, Leaf
from detectors.scan.base import Hit, Reader, Recogniser
from detectors.scan.family import Family
from detectors.scan.keys import KeyNames


class Scanner:
    """Finds personal data in decoded requests. Without state but for bounded caches."""

    def __init__(
        self,
        recognisers: Family | Sequence[Recogniser],
        readers: Sequence[Reader],
        keys: KeyNames,
        threshold: float = 0.4,
    ) -> None:
        self._recognisers = (
            recognisers if isinstance(recognisers, Family) else Family("all", "", recognisers)
        )
        self._readers = tuple(readers)
        self._keys = keys
        self._threshold = threshold

    def scan(self, decoded: Decoded) -> list[Hit]:
        """The hits in the order of the leaves, and of their places in each leaf; no two overlap.
        Those in leaves that readers made (a date from its parts) come last."""
        hits = self._by_pattern(decoded.leaves)
        for reader in self._readers:
            hits += list(reader.read(decoded, hits))
        by_leaf: dict[int, list[Hit]] = {}
        for hit in hits:
            if hit.score >= self._threshold:
                by_leaf.setdefault(id(hit.leaf), []).append(hit)
        placed = [hit for leaf in decoded.leaves for hit in resolve(by_leaf.pop(id(leaf), ()))]
        return placed + [hit for made in by_leaf.values() for hit in made]

    def entity_of_field(self, dataset: str, field: str) -> str | None:
        """What a field of a data set holds, by their names alone; None where they do not say."""
        options = self._keys.decide((dataset, field)).options
        return next((option.entity for option in options if not option.needs_company), None)

    def _by_pattern(self, leaves: Sequence[Leaf]) -> list[Hit]:
        """What the recognisers find. All leaves are tested as one text first: most recognisers
        end there."""
        active = self._recognisers.within("\n".join([leaf.text for leaf in leaves]))
        if not active.members:
            return []
        return [
            hit
            for leaf in leaves
            if active.may_match(leaf.text)
            for hit in active.find(leaf)
            if hit.score >= self._threshold
        ]


def resolve(hits: Iterable[Hit]) -> list[Hit]:
    """The hits without overlaps, by their place: the higher score wins, then the longer span."""
    ranked = sorted(hits, key=lambda hit: (-hit.score, hit.start - hit.end, hit.start))
    if len(ranked) < 2:
        return ranked
    kept: list[Hit] = []
    taken: list[tuple[int, int]] = []
    for hit in ranked:
        at = bisect_left(taken, (hit.start, hit.end))
        clear_left = at == 0 or taken[at - 1][1] <= hit.start
        clear_right = at == len(taken) or taken[at][0] >= hit.end
        if clear_left and clear_right:
            taken.insert(at, (hit.start, hit.end))
            kept.append(hit)
    return sorted(kept, key=lambda hit: hit.start)
