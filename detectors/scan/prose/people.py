"""Names that no cue announces: known first names before a surname, spoken to, or owning a thing."""

import re
from collections.abc import Iterator, Sequence

from detectors.scan.base import Hit
from detectors.scan.keys.shapes import full_name
from detectors.scan.prose.names import Names
from detectors.scan.prose.segments import Prose
from detectors.scan.prose.values import VALUES

_SENTENCE = re.compile(r"(?<![\w.])[^\W\d_]{2,}[,;]? [a-zà-ÿ]{2,}")
_SPOKEN_TO = re.compile(r", ?[a-zà-ÿ]")
_MAILBOX = re.compile(r"[\"'*]{0,3} ?[<(](?:mailto:)?[\w.+-]{1,64}@")
_LONGEST_ADDRESSEE = 60
_BIRTH = re.compile(r"(?:, | \(|, \()")
_BORN_BEFORE = re.compile(r"(?:19\d\d|200\d|201[0-5])(?!\d)")
_ABOUT_PATIENTS = frozenset(
    [
        "patient",
        "patientin",
        "paciente",
        "paziente",
        "pacjent",
        "pacjentka",
        "patiënt",
        "patiënte",
        "diagnosed",
    ]
)


class People:
    """What the lists of names tell alone; only in sentences, where titles of things are rare."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def find(self, prose: Prose, found: Sequence[Hit]) -> Iterator[Hit]:
        """A hit for each such name that is not among `found`."""
        yield from self._listed(prose, found)
        if "@" in prose.leaf.text:
            yield from self._mailboxes(prose)
        if not _ABOUT_PATIENTS.isdisjoint(prose.vocabulary):
            yield from self._births(prose, found)

    def _listed(self, prose: Prose, found: Sequence[Hit]) -> Iterator[Hit]:
        if (
            self._names.first.isdisjoint(prose.vocabulary)
            or _SENTENCE.search(prose.text, 0, 2_000) is None
        ):
            return
        taken = {hit.start for hit in found}
        first, words, last = self._names.first, prose.words, 0
        for at in [n for n, lower in enumerate(prose.lowers) if lower in first]:
            if at < last or not words[at][0].isupper() or prose.starts[at] in taken:
                continue
            last = self._whole(prose, at)
            if last > at:
                start, end = prose.starts[at], prose.ends[last - 1]
                yield Hit(prose.leaf, "PERSON", start, end, 0.6, "names")

    def _mailboxes(self, prose: Prose) -> Iterator[Hit]:
        """`Jane Roe <jane@example.org>`: the name before an address."""
        for found in _MAILBOX.finditer(prose.leaf.text, 0, len(prose.text)):
            end = prose.word_at(found.start())
            if end == 0 or prose.ends[end - 1] != found.start():
                continue
            start = self._names.read_back(prose, end)
            if end - start > 1 and not self._names.of_a_firm(prose, start, end):
                yield Hit(prose.leaf, "PERSON", prose.starts[start], found.start(), 0.7, "mailbox")

    def _whole(self, prose: Prose, at: int) -> int:
        """The end of a name that starts with a known first name; `at` where it is none."""
        names = self._names
        end = names.read(prose, at)
        if end > at and names.of_a_firm(prose, at, end):
            return at
        if end - at in (2, 3) and not _capitals_around(prose, at, end):
            last, first = prose.lowers[end - 1], prose.lowers[at]
            if last in names.last and last not in names.ambiguous:
                return end if first not in names.ambiguous else at
        spoken_to = at == 0 and end == 1 and _SPOKEN_TO.match(prose.text, prose.ends[0])
        return end if spoken_to and names.first_name(prose.words[0], sure=True) else at

    def addressees(self, prose: Prose, found: Sequence[Hit]) -> Iterator[Hit]:
        """`Jane Roe, 12 Main Street, ...`: the name before an address that is all of a text."""
        for hit in found:
            if hit.entity != "STREET_ADDRESS" or not 4 < hit.start < _LONGEST_ADDRESSEE:
                continue
            name = prose.text[: hit.start].rstrip(", \n")
            end = prose.word_at(len(name))
            if not full_name(name) or len(name) == hit.start or end < 2:
                return
            read = self._names.read(prose, 0)
            if read == end and not self._names.of_a_firm(prose, 0, end):
                yield Hit(prose.leaf, "PERSON", 0, len(name), 0.6, "addressee")
            return

    def _births(self, prose: Prose, found: Sequence[Hit]) -> Iterator[Hit]:
        """`Patient Jane Roe, 06/09/1975`: the date right after a patient's name."""
        for hit in found:
            if hit.entity != "PERSON":
                continue
            between = _BIRTH.match(prose.text, hit.end)
            end = VALUES["date"](prose.text, between.end()) if between else None
            if between and end and _BORN_BEFORE.search(prose.text, between.end(), end):
                yield Hit(prose.leaf, "DATE_OF_BIRTH", between.end(), end, 0.6, "patient")


def _capitals_around(prose: Prose, at: int, end: int) -> bool:
    """Part of a longer run of capitalised words: a title, a firm, a list of things."""
    word = prose.words[at - 1] if at > 0 and prose.gap(at) == " " else ""
    before = word[:1].isdigit() or (word[:1].isupper() and at > 1)
    after = end < len(prose) and prose.gap(end) == " " and prose.words[end][0].isupper()
    return before or after
