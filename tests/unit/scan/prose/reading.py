"""Texts through the reader of running text alone."""

from detectors.decode import Decoded, Leaf
from detectors.scan import Hit
from detectors.scan.prose import ProseReader
from detectors.scan.scanner import resolve

READER = ProseReader()


def hits(text: str, found: tuple[Hit, ...] = ()) -> list[Hit]:
    return resolve(READER.read(Decoded(leaves=[Leaf("$.note", ("note",), text)]), found))


def read(text: str) -> list[tuple[str, str]]:
    """Entity and value of each hit, in the order of the text."""
    return [(hit.entity, hit.value) for hit in hits(text)]


def values(text: str, entity: str) -> list[str]:
    return [value for name, value in read(text) if name == entity]
