"""Leaves into hits: what in a request is personal data, and by what evidence.

    request -> decode -> leaves -> recognisers -> readers -> resolve -> hits -> tuning -> findings

1. **Leaves.** `detectors.decode` takes a request apart: each scalar as text, with its path
   (`body>gzip>json:$.batch[0].traits.email`) and its keys, the real ones where a format wraps
   them. What is not inspected is counted by reason.
2. **Recognisers** (`patterns`) look at one leaf: patterns, and then what makes sure (check digits,
   issuers, numbering plans, words beside the value). One family a module (`emails`, `money`,
   `phones`, `national_ids`, ...), all behind one gate that most leaves do not pass. What a machine
   wrote as a whole (a UUID, a time, a hash) is nobody's number. What comes of a short text under
   its keys is remembered (`memo`): most come again.
3. **Readers** look at the whole request. `keys.reader.KeyReader` judges by the tokenised key path
   and the keys beside it, where the value's shape agrees: the lexicon (`keys.yaml`) decides, the
   linear model (`linear`) only adds. `prose.ProseReader` reads running text: cues, streets, health
   terms, and names known from elsewhere in the request. `prose.ner.NerReader` is an optional one:
   a language model's names, where the lists of names agree, at a low score. Followers (`rows`,
   `echo`) read what only follows from findings: cells of a row, values that stand elsewhere.
4. **Resolve.** Of overlapping hits the higher score stays, then the longer one. A hit has entity,
   score, span, and the evidence that decided (`check-digit`, `key:email`, `cue`); never the value
   in a repr.
5. **Tuning.** `tuning.Tuning.apply` is the customer's word, once the sub-processor is known:
   countries, thresholds, allow-lists. What it suppresses is counted by reason. The taxonomy then
   makes data categories of entities.

That is the contract `egress`. The other, `presidio` (`contract`), is exactly presidio-analyzer's
pattern findings, in place of 2 to 4. `build.build_scanner` makes either. Customers' recognisers
(`custom`) stand beside the families, outside their gate. Words, patterns, cues, names and weights
are data files; a path that was judged wrongly becomes a line in one of them, and a test.
"""

from collections.abc import Callable, Sequence
from functools import cache

from detectors.scan.base import Follower, Hit, Reader, Recogniser
from detectors.scan.echo import EchoReader
from detectors.scan.family import Family
from detectors.scan.keys.linear import propose
from detectors.scan.keys.names import KeyNames, default_lexicon
from detectors.scan.keys.reader import KeyReader
from detectors.scan.patterns.emails import email_recognisers
from detectors.scan.patterns.money import money_recognisers
from detectors.scan.patterns.national_ids import national_id_recognisers
from detectors.scan.patterns.network import network_recognisers
from detectors.scan.patterns.phones import phone_recognisers
from detectors.scan.patterns.secrets import secret_recognisers
from detectors.scan.patterns.wallets import wallet_recognisers
from detectors.scan.prose import ProseReader
from detectors.scan.rows import RowReader
from detectors.scan.scanner import Scanner

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

READERS: tuple[Callable[[KeyNames], Reader | Follower], ...] = (
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
