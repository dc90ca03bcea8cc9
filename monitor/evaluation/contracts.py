"""The scanner that a command was asked for."""

from collections.abc import Sequence
from typing import Literal, Protocol

from detectors.decode import Decoded
from detectors.scan import Hit, default_scanner

Contract = Literal["egress", "presidio"]


class Scans(Protocol):
    """What evaluation needs of a scanner."""

    def scan(self, decoded: Decoded) -> Sequence[Hit]: ...


def build_scanner(contract: Contract = "egress", *, ner: bool = False) -> Scans:
    """The scanner of a contract, with or without the NER tier; ValueError where it is not built.

    The one place where commands and measurements choose a scanner.
    """
    if contract != "egress":
        raise ValueError(f"--contract {contract} is not built yet; use egress")
    if ner:
        raise ValueError("--ner is not built yet; leave it out")
    return default_scanner()
