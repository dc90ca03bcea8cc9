"""Labelled cues: phrases (cues.yaml) that say what stands beside them.

All phrases are in one table by their first word, so a text is read once, word by word.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Literal, NamedTuple

from detectors.scan.base import Hit
from detectors.scan.prose.names import Names
from detectors.scan.prose.segments import Prose
from detectors.scan.prose.streets import Streets
from detectors.scan.prose.values import VALUES
from detectors.yamlfile import StrictModel, load

Place = Literal["after", "label", "assigned", "greeting", "closing", "before"]
_CHOICE = re.compile(r"\{([^{}]*)\}")
_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_SCORES = {"any": 0.85, "likely": 0.7, "known": 0.6, "full": 0.6}
_BETWEEN = {
    "after": re.compile(
        r"(?:[?.,] {1,2}(?:[Ii]t's|[Ii]t is|[Tt]hat's|C'est|Es ist|Es) |[?] )?"
        r"[\s:=#№°.(\"'„“«*-]{0,8}"
    ),
    "label": re.compile(r"[\"')*\s]{0,4}[:=：?][\s\"'„“«(*]{0,8}"),
    "assigned": re.compile(r"=\"?"),
    "greeting": re.compile(r"[ ]{1,8}"),
    "closing": re.compile(r"[ ]{0,8}(?:[,!.]\s{1,20}|[,!.\s]{0,8}\n\s{0,20})[-–— ]{0,3}"),
}
_BEFORE_NAME = re.compile(r"[ ]{1,8}|[:,]? ?(?:\n ?)?(?:[:–-] )?")
_GREETED = re.compile(r" {0,9}(?:[,!:;\n.)?–-]|$)")
_OPENING = re.compile(r" ?[,:!]\s{1,4}\w")
"""What stands between a greeting at the beginning of a text and the text."""
_LINE_ENDS = re.compile(r"[ .)]{0,9}(?:[\n,|;<(]|--|$)")
_TITLE = re.compile(r"[./ ]{1,3}")


def _capital(word: str) -> bool:
    return word[0].isupper() or word[0] > "\u3040"


class Cue(StrictModel):
    """Phrases of one kind; see the head of cues.yaml."""

    entity: str
    at: Place
    shape: str
    names: Literal["any", "likely", "known", "full"] = "any"
    phrases: tuple[str, ...]


class _Cues(StrictModel):
    cues: tuple[Cue, ...]


class _Phrase(NamedTuple):
    words: tuple[str, ...]
    cue: Cue


def expand(phrase: str) -> Iterator[str]:
    """Every way to read a phrase with `{a,b,}` choices."""
    parts = _CHOICE.split(phrase)
    choices = [part.split(",") if n % 2 else [part] for n, part in enumerate(parts)]
    yield from ("".join(chosen) for chosen in product(*choices))


@cache
def default_cues() -> tuple[Cue, ...]:
    """The cues that come with Egresswatch."""
    text = files("detectors.scan.prose").joinpath("cues.yaml").read_text("utf-8")
    return load(_Cues, text, "cues.yaml").cues


class CueTable:
    """Finds what the cues name."""

    def __init__(self, cues: tuple[Cue, ...], names: Names, streets: Streets) -> None:
        self._names = names
        self._streets = streets
        self._single: dict[str, list[_Phrase]] = {}
        self._longer: dict[str, dict[str, list[_Phrase]]] = {}
        for cue in cues:
            for words in {
                tuple(_WORD.findall(p)) for phrase in cue.phrases for p in expand(phrase)
            }:
                self._add(_Phrase(words, cue))

    def _add(self, phrase: _Phrase) -> None:
        """By the first two words: many phrases start with `the` or `my`."""
        first, *more = phrase.words
        if more:
            self._longer.setdefault(first, {}).setdefault(more[0], []).append(phrase)
        else:
            self._single.setdefault(first, []).append(phrase)

    def find(self, prose: Prose) -> Iterator[Hit]:
        """A hit for each value that a cue names."""
        lowers, single, longer = prose.lowers, self._single, self._longer
        last = len(lowers) - 1
        for at, word in enumerate(lowers):
            if word in single:
                for phrase in single[word]:
                    yield from self._value(prose, phrase.cue, at, at + 1)
            if word in longer and at < last:
                for words, cue in longer[word].get(lowers[at + 1], ()):
                    end = at + len(words)
                    if end == at + 2 or tuple(lowers[at:end]) == words:
                        yield from self._value(prose, cue, at, end)

    def _value(self, prose: Prose, cue: Cue, at: int, end: int) -> Iterable[Hit]:
        hit = self._named(prose, cue, at, end)
        return () if hit is None else (hit,)

    def _named(self, prose: Prose, cue: Cue, at: int, end: int) -> Hit | None:
        if cue.at == "before":
            return self._name_before(prose, cue, at)
        if cue.shape in ("name", "street") and not self._goes_on(prose, cue, end):
            return None
        between = _BETWEEN[cue.at].match(prose.text, prose.ends[end - 1])
        if between is None:
            return None
        start = between.end()
        if cue.shape == "name":
            return self._name(prose, cue, end, start, between.group())
        if cue.shape == "street":
            span = self._streets.named(prose, end, start)
            return span and Hit(prose.leaf, cue.entity, *span, 0.85, "cue:street_address")
        return self._shaped(prose, cue, start, between.group())

    def _goes_on(self, prose: Prose, cue: Cue, end: int) -> bool:
        """A cheap test: whether the next word can start a name or a street."""
        return end < len(prose) and (cue.shape == "street" or _capital(prose.words[end]))

    def _shaped(self, prose: Prose, cue: Cue, start: int, between: str) -> Hit | None:
        if cue.shape == "phone" and between.endswith("("):
            start -= 1  # `(415) 555-0124`
        stop = VALUES[cue.shape](prose.text, start)
        if stop is None:
            return None
        return Hit(prose.leaf, cue.entity, start, stop, 0.85, f"cue:{cue.entity.lower()}")

    def _name(self, prose: Prose, cue: Cue, at: int, start: int, between: str) -> Hit | None:
        if prose.starts[at] != start or (
            cue.at == "after" and ("\n" in between or ". " in between[1:])
        ):
            return None
        end = self._names.read(prose, at)
        if end == at or not self._strong(prose, cue, at, end):
            return None
        if cue.at == "greeting" and _GREETED.match(prose.text, prose.ends[end - 1]) is None:
            return None
        if cue.at == "closing" and _LINE_ENDS.match(prose.text, prose.ends[end - 1]) is None:
            return None
        return self._hit(prose, cue, at, end)

    def _name_before(self, prose: Prose, cue: Cue, at: int) -> Hit | None:
        if at == 0 or _BEFORE_NAME.fullmatch(prose.gap(at)) is None:
            return None
        start = self._names.read_back(prose, at)
        if start == at or not self._strong(prose, cue, start, at):
            return None
        return self._hit(prose, cue, start, at)

    def _strong(self, prose: Prose, cue: Cue, at: int, end: int) -> bool:
        if self._names.of_a_firm(prose, at, end, of_a_place=cue.names != "any"):
            return False
        if cue.at == "greeting" and self._opens(prose, at, end):
            return True
        if cue.names == "any":
            return prose.ends[end - 1] - prose.starts[at] > 1
        if cue.names != "likely":
            enough = cue.names == "known" or end - at > 1
            return enough and self._names.known(prose, at, end)
        return self._names.likely(prose, at, end)

    def _opens(self, prose: Prose, at: int, end: int) -> bool:
        """Whether a text opens by greeting somebody: `Hi Aenne, your order ...` whoever that is,
        and a subject that is nothing else where the name is known."""
        if at > 2 or end - at > 2 or prose.gap(0).strip(" \n") or not prose.words[at].istitle():
            return False
        if end == len(prose):
            return self._names.first_name(prose.words[at])
        return _OPENING.match(prose.text, prose.ends[end - 1]) is not None

    def _hit(self, prose: Prose, cue: Cue, at: int, end: int) -> Hit:
        start, stop = prose.starts[at], prose.ends[end - 1]
        return Hit(prose.leaf, cue.entity, start, stop, _SCORES[cue.names], "cue:person")
