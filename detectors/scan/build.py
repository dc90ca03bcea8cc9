"""The scanner that a configuration or a command asks for: the one place where one is made."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from detectors.scan import READERS, default_scanner, recognisers
from detectors.scan.base import Recogniser, RequestScanner
from detectors.scan.contract import PresidioScanner
from detectors.scan.family import Family
from detectors.scan.keys.linear import propose
from detectors.scan.keys.names import KeyNames, default_lexicon
from detectors.scan.prose.ner import NerReader
from detectors.scan.scanner import Scanner
from detectors.scan.tuning import Tuning

Contract = Literal["egress", "presidio"]
"""Whose findings: our own, or exactly those of presidio-analyzer's patterns."""


class Objection(NamedTuple):
    """Why no scanner can be made: the setting that asks too much, and the remedy."""

    setting: Literal["ner", "tuning"]
    remedy: str


def build_scanner(
    contract: Contract = "egress", *, ner: bool = False, tuning: Tuning | None = None
) -> RequestScanner:
    """The scanner of a contract, with the NER tier and a customer's recognisers where asked for.

    ValueError with every objection where these do not go together. A tuning's thresholds, regions
    and allow-lists are not the scanner's: `Tuning.apply` judges its hits by them.
    """
    wrong = list(objections(contract, ner=ner, tuning=tuning))
    if wrong:
        raise ValueError("\n".join(f"{one.setting}: {one.remedy}" for one in wrong))
    if contract == "presidio":
        return PresidioScanner(extra=tuning.presidio if tuning else ())
    own = tuning.recognisers() if tuning else []
    return _egress(own, ner=ner) if own or ner else default_scanner()


def objections(
    contract: Contract, *, ner: bool = False, tuning: Tuning | None = None
) -> Iterator[Objection]:
    """What of this cannot work; nothing where `build_scanner` has a scanner for it."""
    if ner and contract == "presidio":
        yield Objection("ner", "the presidio contract reads patterns only; use contract: egress")
    elif ner and not NerReader().available:
        yield Objection("ner", "its model is not installed: pip install egresswatch[ner]")
    if tuning and tuning.file.recognisers and contract == "presidio":
        yield Objection(
            "tuning",
            "`recognisers` work with the egress contract; for the presidio contract write them "
            "under `presidio`, in Presidio's format",
        )


def _egress(own: list[Recogniser], *, ner: bool) -> Scanner:
    keys = KeyNames(default_lexicon(), propose)
    readers = [reader(keys) for reader in READERS]
    if ner:
        model = NerReader()
        model.load()
        readers.append(model)
    # beside the built-in family, whose gate knows only what its own members look for
    everyone = Family("all", "", [recognisers(keys), *own])
    return Scanner(everyone, readers, keys)
