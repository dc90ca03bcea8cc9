"""People's names in running text: how they are written, and which words are known ones."""

import re
from functools import cache
from importlib.resources import files

from detectors.scan.prose.segments import Prose
from detectors.yamlfile import StrictModel, load

_FIRM = re.compile(
    r",? (?:Inc|LLC|Ltd|GmbH|Group|PLC|AG|KG|SE|SpA|BV|Corp|SARL|S\.?[AL]|Ltda|Groep|Gruppe"
    r"|Foundation|University|Street|St\.|[A-Z][a-z]{2,11} (?:St\.|Street))(?!\w)"
    r"| (?:et|e|y|i|und|and|en|&) (?:[Ff]ils|[Ff]igli|[Ff]ilhos|[Hh]ijos|[Ss]ons|[Ss]öhne|Co)(?!\w)"
    r"| & "
)
_CHINESE = re.compile("[\u4e00-\u9fff][\u3040-\u30ff\u4e00-\u9fff]{1,5}")
_LONGEST = 5
"""Words of a name."""


class _Lists(StrictModel):
    never: str
    ambiguous: str
    particles: str
    not_last: str
    places: str


class Names:
    """Reads names word by word. The lists are data files of this package."""

    def __init__(
        self,
        never: str,
        ambiguous: str,
        particles: str,
        not_last: str,
        places: str,
        first: str,
        last: str,
    ) -> None:
        self.never = frozenset(never.split())
        self.ambiguous = frozenset(ambiguous.split())
        self.particles = frozenset(particles.split())
        self.not_last = frozenset(not_last.split())
        self.places = frozenset(places.split())
        self.first = frozenset(first.split())
        self.last = frozenset(last.split())

    def read(self, prose: Prose, at: int, longest: int = _LONGEST) -> int:
        """The word after the name that starts with the word `at`; `at` where none does."""
        end = position = at
        while position < min(len(prose), at + longest):
            if position > at and not _joins(prose, position):
                break
            word = prose.words[position]
            if self._is_part(word) and not (position > at and _shouts(word, prose.words[at])):
                end = position + 1
            elif position == at or prose.lowers[position] not in self.particles:
                break
            position += 1
        return end

    def read_back(self, prose: Prose, end: int) -> int:
        """The first word of the name that ends before the word `end`; `end` where none does."""
        start = position = end - 1
        if position < 0 or not self._is_part(prose.words[position]):
            return end
        while position > max(0, end - _LONGEST) and _joins(prose, position):
            position -= 1
            if self._is_part(prose.words[position]):
                start = position
            elif prose.lowers[position] not in self.particles:
                break
        return start

    def first_name(self, word: str, *, sure: bool = False) -> bool:
        """Whether this is a known first name; with `sure`, and nothing else as well."""
        lower = word.lower().split("-")[0]
        return lower in self.first and not (sure and lower in self.ambiguous)

    def known(self, prose: Prose, start: int, end: int) -> bool:
        """Whether a first name starts these words: one that means nothing else, unless a second
        name follows."""
        return self.first_name(prose.words[start], sure=end == start + 1)

    def likely(self, prose: Prose, start: int, end: int) -> bool:
        """Two words or more in the way of names, or a known first name."""
        if end - start < 2:
            word = prose.words[start]
            return self.first_name(word, sure=True) or _CHINESE.fullmatch(word) is not None
        return True

    def of_a_firm(self, prose: Prose, start: int, end: int, *, of_a_place: bool = True) -> bool:
        """Whether these words are of a firm's name or a place's: what stands around them tells."""
        if _FIRM.match(prose.text, prose.ends[end - 1]):
            return True
        return of_a_place and end - start > 1 and prose.lowers[end - 1] in self.not_last

    def _is_part(self, word: str) -> bool:
        if not word[0].isupper() and not (word[0] > "\u3040" and _CHINESE.fullmatch(word)):
            return False
        if word.lower() in self.never:
            return False
        return word.isalpha() or all(map(_in_name, word))


def _in_name(character: str) -> bool:
    return character.isalpha() or character in "-'’"


def _shouts(word: str, first: str) -> bool:
    """An acronym after a name that is not in capitals."""
    return len(word) > 1 and word.isupper() and not first.isupper()


def _joins(prose: Prose, at: int) -> bool:
    """Whether the words `at - 1` and `at` may be of one name: a space, or the dot of an initial."""
    gap = prose.gap(at)
    if gap.startswith("."):
        return len(prose.words[at - 1]) <= 2 and gap[1:].strip(" ") == "" and len(gap) < 4
    return len(gap) < 10 and gap.strip(" ") == ""


def _text(name: str) -> str:
    return files("detectors.scan.prose").joinpath(name).read_text("utf-8")


def _words(name: str) -> str:
    return " ".join(line for line in _text(name).splitlines() if not line.startswith("#"))


@cache
def default_names() -> Names:
    """The names that come with Egresswatch."""
    lists = load(_Lists, _text("words.yaml"), "words.yaml")
    return Names(
        lists.never,
        lists.ambiguous,
        lists.particles,
        lists.not_last,
        lists.places,
        _words("first_names.txt"),
        _words("surnames.txt"),
    )
