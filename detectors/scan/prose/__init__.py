"""Running text: what cues name, what its form tells, and what the same request says elsewhere.

    leaf -> is it prose? -> words -> cues, streets, health -> names known elsewhere -> hits

Everything is decided word by word from tables (cues.yaml, japanese.yaml, streets.yaml,
special.yaml, words.yaml); `ner` has an optional tier on top.
"""

from collections.abc import Iterator, Sequence

from detectors.decode.base import Decoded, Leaf
from detectors.scan.base import Hit
from detectors.scan.keys.names import KeyNames
from detectors.scan.prose import postcodes
from detectors.scan.prose.cues import CueTable, default_cues
from detectors.scan.prose.japanese import default_japanese
from detectors.scan.prose.known import Known, from_structure
from detectors.scan.prose.logs import users
from detectors.scan.prose.names import default_names
from detectors.scan.prose.people import People
from detectors.scan.prose.segments import Prose, is_prose
from detectors.scan.prose.special import default_special
from detectors.scan.prose.streets import default_streets

__all__ = ["ProseReader"]

_MOST_LEAVES = 2_000


class ProseReader:
    """Reads the leaves of running text of a request."""

    name = "prose"

    def __init__(self, keys: KeyNames | None = None) -> None:
        self._names = default_names()
        self._streets = default_streets()
        self._cues = CueTable(default_cues(), self._names, self._streets)
        self._japanese = default_japanese()
        self._people = People(self._names)
        self._special = default_special()
        listed = {cue.entity for cue in default_cues()} | self._special.entities
        self.entities = frozenset({*listed, "POSTCODE", "GEO"} | keys.entities if keys else listed)

    def concerns(self, leaf: Leaf) -> bool:
        return is_prose(leaf.text)

    def read(self, decoded: Decoded, found: Sequence[Hit]) -> Iterator[Hit]:
        texts = [leaf for leaf in decoded.leaves if is_prose(leaf.text)][:_MOST_LEAVES]
        if not texts:
            return
        known = Known(self._names)
        known.add_all(from_structure(found))
        read: list[Prose] = []
        for leaf in texts:
            prose = Prose(leaf)
            hits = list(self._one(prose))
            yield from hits
            known.add_all(hit for hit in hits if hit.entity == "PERSON" and hit.score > 0.65)
            read.append(prose)
        for prose in read:
            yield from known.find(prose)

    def _one(self, prose: Prose) -> Iterator[Hit]:
        hits = [*self._cues.find(prose), *self._streets.find(prose), *self._japanese.find(prose)]
        hits += users(prose)
        hits += self._people.find(prose, hits)
        hits += list(postcodes.find(prose, hits))
        hits += self._people.addressees(prose, hits)
        yield from hits
        yield from self._special.find(prose, hits)
