"""A customer's Presidio recognisers as one recogniser of the `egress` contract."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from detectors.decode.base import Leaf
from detectors.scan.base import Hit
from detectors.scan.contract.scanner import PresidioScanner

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer


class OwnPresidio:
    """Finds what they find, with Presidio's scores: the key counts as context. What they score
    below the scanner's threshold is no hit."""

    name = "presidio-own"

    def __init__(self, recognisers: "Sequence[EntityRecognizer]") -> None:
        self._scanner = PresidioScanner(recognisers)
        self.entities = self._scanner.entities

    def may_match(self, text: str) -> bool:
        return self._scanner.may_match(text)

    def find(self, leaf: Leaf) -> Iterator[Hit]:
        return self._scanner.find(leaf)
