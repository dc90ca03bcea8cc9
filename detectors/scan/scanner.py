"""Leaves into hits: each leaf through key names and patterns, one entity a span."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from detectors.decode.base import Decoded, Leaf
from detectors.scan.base import Follower, Hit, Reader, Recogniser
from detectors.scan.family import Family
from detectors.scan.keys.names import KeyNames
from detectors.scan.memo import Memo

_REMEMBERED = 20_000
_LONGEST_REMEMBERED = 200


class Finding(NamedTuple):
    """A hit without its leaf."""

    entity: str
    start: int
    end: int
    score: float
    evidence: str


class Seen(NamedTuple):
    """What a text under some keys comes to: the recognisers' findings, and which readers (by
    their position) it concerns."""

    findings: tuple[Finding, ...]
    readers: tuple[int, ...]


_NOTHING = Seen((), ())
"""Of most leaves; compared by identity."""


class Scanner:
    """Finds personal data in decoded requests. Without state but for bounded caches.

    What recognisers find in a leaf, and whether a reader cares for it, depends on its keys and
    text alone. Most texts come again (`track`, `4.1.2`, a price), so it is remembered: for most
    leaves a look-up is all that is done.
    """

    def __init__(
        self,
        recognisers: Family | Sequence[Recogniser],
        readers: Sequence[Reader | Follower],
        keys: KeyNames,
        threshold: float = 0.4,
    ) -> None:
        self._recognisers = (
            recognisers if isinstance(recognisers, Family) else Family("all", "", recognisers)
        )
        self._steps = tuple(
            (reader, None) if isinstance(reader, Reader) else (None, reader) for reader in readers
        )
        self._concerned = tuple(
            (position, reader.concerns)
            for position, (reader, _) in enumerate(self._steps)
            if reader is not None
        )
        self._keys = keys
        self._threshold = threshold
        self._seen = Memo[tuple[tuple[str, ...], str], Seen](_REMEMBERED)

    def scan(self, decoded: Decoded) -> list[Hit]:
        """The hits in the order of the leaves, and of their places in each leaf; no two overlap.
        Those in leaves that readers made (a date from its parts) come last."""
        notable = self._notable(decoded.leaves)
        if not notable:
            return []
        hits = [Hit(leaf, *finding) for leaf, seen in notable for finding in seen.findings]
        for position, (reader, follower) in enumerate(self._steps):
            if reader is not None:
                concerned = [leaf for leaf, seen in notable if position in seen.readers]
                if concerned:
                    hits += list(reader.read(Decoded(leaves=concerned), hits))
            elif follower is not None and hits:
                hits += list(follower.follow(decoded, hits))
        if not hits:
            return []
        by_leaf: dict[int, list[Hit]] = {}
        for hit in hits:
            if hit.score >= self._threshold:
                by_leaf.setdefault(id(hit.leaf), []).append(hit)
        placed = [
            hit
            for leaf in decoded.leaves
            if (own := by_leaf.pop(id(leaf), None)) is not None
            for hit in resolve(own)
        ]
        return placed + [hit for made in by_leaf.values() for hit in made]

    def entity_of_field(self, dataset: str, field: str) -> str | None:
        """What a field of a data set holds, by their names alone; None where they do not say."""
        options = self._keys.decide((dataset, field)).options
        return next((option.entity for option in options if not option.needs_company), None)

    def _notable(self, leaves: Sequence[Leaf]) -> list[tuple[Leaf, Seen]]:
        """The leaves in which something was found or that a reader is to read, in their order."""
        known = self._seen
        looked_up = [
            (leaf, seen) for leaf in leaves if (seen := known[leaf.keys, leaf.text]) is not _NOTHING
        ]
        new = [leaf for leaf, seen in looked_up if seen is None]
        first_looks = iter(self._first_looks(new) if new else ())
        return [
            (leaf, told)
            for leaf, seen in looked_up
            if (told := seen or next(first_looks)) is not _NOTHING
        ]

    def _first_looks(self, leaves: Sequence[Leaf]) -> list[Seen]:
        """What there is to see in leaves that are not remembered. All are tested as one text
        first: most recognisers end there."""
        active = self._recognisers.within("\n".join([leaf.text for leaf in leaves]))
        looks: list[Seen] = []
        for leaf in leaves:
            seen = self._look(leaf, active)
            if len(leaf.text) <= _LONGEST_REMEMBERED:
                self._seen.keep((leaf.keys, leaf.text), seen)
            looks.append(seen)
        return looks

    def _look(self, leaf: Leaf, active: Family) -> Seen:
        may_match = bool(active.members) and active.may_match(leaf.text)
        findings = [
            Finding(hit.entity, hit.start, hit.end, hit.score, hit.evidence)
            for hit in (active.find(leaf) if may_match else ())
            if hit.score >= self._threshold
        ]
        readers = [position for position, concerns in self._concerned if concerns(leaf)]
        return Seen(tuple(findings), tuple(readers)) if findings or readers else _NOTHING


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
