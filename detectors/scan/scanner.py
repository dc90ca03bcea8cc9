"""Leaves into hits: each leaf through key names and patterns, one entity a span."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from detectors.decode.base import Decoded, Leaf
from detectors.scan.base import Hit, Recogniser
from detectors.scan.family import Family
from detectors.scan.keys import KeyNames

_PERSONAL = frozenset(
    {
        "DATE_OF_BIRTH",
        "EMAIL_ADDRESS",
        "NATIONAL_ID",
        "PASSPORT",
        "PERSON",
        "PHONE_NUMBER",
        "POSTCODE",
        "STREET_ADDRESS",
        "USERNAME",
    }
)
"""Entities beside which an ambiguous key (`name`) is taken for a person's."""


class Scanner:
    """Finds personal data in decoded requests. Without state but for bounded caches."""

    def __init__(
        self, recognisers: Family | Sequence[Recogniser], keys: KeyNames, threshold: float = 0.4
    ) -> None:
        self._recognisers = (
            recognisers if isinstance(recognisers, Family) else Family("all", "", recognisers)
        )
        self._keys = keys
        self._threshold = threshold

    def scan(self, decoded: Decoded) -> list[Hit]:
        """The hits in the order of the leaves, and of their places in each leaf; no two overlap."""
        leaves = decoded.leaves
        found = self._by_pattern(leaves)
        undecided: list[Leaf] = []
        company: set[str] = set()
        for leaf in leaves:
            options = self._keys.decide(leaf.keys).options
            if options:
                by_key = list(self._keys.find(leaf, in_company=False))
                found.setdefault(id(leaf), []).extend(by_key)
                if not by_key and options[-1].needs_company:
                    undecided.append(leaf)
            if any(hit.entity in _PERSONAL for hit in found.get(id(leaf), ())):
                company.add(_parent(leaf.path))
        for leaf in undecided:
            if _parent(leaf.path) in company:
                found.setdefault(id(leaf), []).extend(self._keys.find(leaf, in_company=True))
        return [hit for leaf in leaves if (hits := found.get(id(leaf))) for hit in resolve(hits)]

    def entity_of_field(self, dataset: str, field: str) -> str | None:
        """What a field of a data set holds, by their names alone; None where they do not say."""
        options = self._keys.decide((dataset, field)).options
        return next((option.entity for option in options if not option.needs_company), None)

    def _by_pattern(self, leaves: Sequence[Leaf]) -> dict[int, list[Hit]]:
        """Hits by leaf. All leaves are tested as one text first: most recognisers end there."""
        active = self._recognisers.within("\n".join([leaf.text for leaf in leaves]))
        found: dict[int, list[Hit]] = {}
        if not active.members:
            return found
        for leaf in leaves:
            if active.may_match(leaf.text):
                hits = [hit for hit in active.find(leaf) if hit.score >= self._threshold]
                if hits:
                    found[id(leaf)] = hits
        return found


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


def _parent(path: str) -> str:
    """What a leaf belongs to: `$.user.` of `$.user.name`, `form:card[` of `form:card[name]`."""
    return path[: max(path.rfind("."), path.rfind("["), path.rfind(":")) + 1]
