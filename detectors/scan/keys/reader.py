"""Key names with their company: an ambiguous key counts among other personal data only."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from detectors.decode.base import Decoded, Leaf
from detectors.scan.base import Hit
from detectors.scan.keys.birth import BIRTH_PARTS, joined_births
from detectors.scan.keys.lexicon import split
from detectors.scan.keys.names import CACHED_KEYS, KeyNames, Option, unquoted

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

_SEPARATORS = ".[:"
_MOST_UNDECIDED = 5_000
"""Leaves of one request that are held back for their company."""


class KeyReader:
    """Values whose keys say what they are; those whose keys may say so, beside personal data."""

    name = "keys"

    def __init__(self, keys: KeyNames) -> None:
        self._keys = keys
        self.entities = keys.entities
        self._owners = lru_cache(maxsize=CACHED_KEYS)(self._owners_at)

    def concerns(self, leaf: Leaf) -> bool:
        options = self._keys.decide(leaf.keys).options
        if not options:
            return False
        _, text = unquoted(leaf.text)
        return any(option.shape(text) for option in options)

    def read(self, decoded: Decoded, found: Sequence[Hit]) -> Iterator[Hit]:
        undecided: list[Leaf] = []
        births: list[Hit] = []
        near: set[str] = set()
        far: set[str] = set()
        for hit in found:
            self._note(hit, near, far)
        for leaf in decoded.leaves:
            options = self._keys.decide(leaf.keys).options
            if not options:
                continue
            sure = list(self._keys.find(leaf, in_company=False))
            if sure and sure[0].evidence in BIRTH_PARTS:
                births.append(sure[0])
            else:
                yield from sure
            if sure:
                self._note(sure[0], near, far)
            elif _needs_company(options) and len(undecided) < _MOST_UNDECIDED:
                undecided.append(leaf)
        yield from joined_births(births)
        for leaf in undecided:
            owner, _ = self._owners(leaf.path, leaf.keys)
            if owner in near or owner in far:
                yield from self._keys.find(leaf, in_company=True, strict=owner not in near)

    def _note(self, hit: Hit, near: set[str], far: set[str]) -> None:
        if hit.entity not in _PERSONAL:
            return
        owner, outer = self._owners(hit.leaf.path, hit.leaf.keys)
        near.add(owner)
        if outer is not None:
            far.add(outer)

    def _owners_at(self, path: str, keys: tuple[str, ...]) -> tuple[str, str | None]:
        """The object that a leaf belongs to; for an address or a contact, also the object above:
        `customer` for `customer.address.zip`, which may be a company."""
        owner = self._owner(path, keys)
        above = owner.rstrip("].0123456789[")
        outer = _parent(above)
        container = above[len(outer) :]
        inner = bool(container) and "".join(split(container)) in self._keys.containers
        return owner, outer if inner else None

    def _owner(self, path: str, keys: tuple[str, ...]) -> str:
        """What a leaf belongs to: `$.user.` of `$.user.name` and of `$.user.name.stringValue`;
        `$.fields` of `$.fields[2].value`, whose key is another's value."""
        depth = self._keys.decide(keys).depth
        if not keys or (depth == 1 and path.endswith(keys[-1])):
            return _parent(path)
        at = path.rfind(keys[max(0, len(keys) - depth)])
        if at > 0 and path[at - 1] in _SEPARATORS:
            return path[:at]
        return _parent(path).rstrip(".").rstrip("]0123456789").rstrip("[")


def _needs_company(options: Sequence[Option]) -> bool:
    return any(option.needs_company for option in options)


def _parent(path: str) -> str:
    """`$.user.` of `$.user.name`, `form:card[` of `form:card[name]`."""
    return path[: max(path.rfind("."), path.rfind("["), path.rfind(":")) + 1]
