"""Leaves into hits: what in a request is personal data, and by what evidence.

Two kinds of evidence: the value itself (patterns with check digits: one family of recognisers a
module) and the name of its key (`keys`, whose words are in keys.yaml) where the value's shape
agrees. `default_scanner` puts them together.
"""

from collections.abc import Callable, Sequence
from functools import cache

from detectors.scan.base import Hit, Reader, Recogniser
from detectors.scan.echo import EchoReader
from detectors.scan.emails import email_recognisers
from detectors.scan.family import Family
from detectors.scan.keys import KeyNames, default_lexicon
from detectors.scan.linear import propose
from detectors.scan.money import money_recognisers
from detectors.scan.national_ids import national_id_recognisers
from detectors.scan.network import network_recognisers
from detectors.scan.phones import phone_recognisers
from detectors.scan.prose import ProseReader
from detectors.scan.rows import RowReader
from detectors.scan.scanner import Scanner
from detectors.scan.secrets import secret_recognisers
from detectors.scan.siblings import KeyReader
from detectors.scan.wallets import wallet_recognisers

RECOGNISERS: tuple[Callable[[KeyNames], Sequence[Recogniser]], ...] = (
    lambda _: email_recognisers(),
    lambda _: network_recognisers(),
    money_recognisers,
    phone_recognisers,
    lambda _: national_id_recognisers(),
    lambda _: wallet_recognisers(),
    lambda _: secret_recognisers(),
)
"""The families of recognisers: the one place where they are registered."""

READERS: tuple[Callable[[KeyNames], Reader], ...] = (
    KeyReader,
    RowReader,
    ProseReader,
    EchoReader,
)
"""What reads the whole request after them, in this order; registered here alone."""

_ANYTHING = r"\d\D{0,3}\d\D{0,3}\d|@|::|[:-]\w{1,4}[:-]|\.\w{4}\.|[\w-]{16}|\w{8}\d|-----B"
"""What every finding of the registered recognisers has in it: three digits almost together, an
`@`, the colons or dashes of an address, or a long word."""

__all__ = [
    "READERS",
    "RECOGNISERS",
    "Hit",
    "Reader",
    "Recogniser",
    "Scanner",
    "default_scanner",
    "recognisers",
]


def recognisers(keys: KeyNames) -> Family:
    """Every registered recogniser, made anew."""
    members = [recogniser for family in RECOGNISERS for recogniser in family(keys)]
    return Family("built-in", _ANYTHING, members, of_people=True)


@cache
def default_scanner() -> Scanner:
    """The scanner that comes with Egresswatch; one a process, for the sake of its caches."""
    keys = KeyNames(default_lexicon(), propose)
    return Scanner(recognisers(keys), [reader(keys) for reader in READERS], keys)
