"""Key names with their company: an ambiguous key counts among other personal data only."""

from collections.abc import Iterator, Sequence

from detectors.decode.base import Decoded, Leaf
from detectors.scan.base import Hit
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


class KeyReader:
    """Values whose keys say what they are; those whose keys may say so, beside personal data."""

    name = "keys"

    def __init__(self, keys: KeyNames) -> None:
        self._keys = keys
        self.entities = keys.entities

    def read(self, decoded: Decoded, found: Sequence[Hit]) -> Iterator[Hit]:
        undecided: list[Leaf] = []
        company = {_parent(hit.leaf.path) for hit in found if hit.entity in _PERSONAL}
        for leaf in decoded.leaves:
            options = self._keys.decide(leaf.keys).options
            if not options:
                continue
            sure = list(self._keys.find(leaf, in_company=False))
            yield from sure
            if any(hit.entity in _PERSONAL for hit in sure):
                company.add(_parent(leaf.path))
            elif options[-1].needs_company:
                undecided.append(leaf)
        for leaf in undecided:
            if _parent(leaf.path) in company:
                yield from self._keys.find(leaf, in_company=True)


def _parent(path: str) -> str:
    """What a leaf belongs to: `$.user.` of `$.user.name`, `form:card[` of `form:card[name]`."""
    return path[: max(path.rfind("."), path.rfind("["), path.rfind(":")) + 1]
