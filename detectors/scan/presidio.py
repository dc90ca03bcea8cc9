"""presidio-analyzer's predefined recognisers, each behind our own `Recogniser` protocol.

What is taken: recognisers with a check digit or a strong shape, as they are, so that their
findings are Presidio's. What is left out, because on payloads it is noise: dates and URLs (no
personal data by themselves), bank accounts, driving licences, plates and passports that are "some
digits", company and tax-office numbers (no persons), and everything that needs a language model.

Three things are added. A prefilter, because most leaves cannot match and Presidio is slow to say
so. Windows, because some patterns take quadratic time on long texts. And sobriety: one check digit
lets one random number in ten (or eleven) pass, so `needs_context` findings count only where the
key or the words before name them.

Importing Presidio takes half a second (it brings spaCy): it happens when a scanner is made.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, Protocol, cast

from detectors.decode.base import Leaf
from detectors.scan.base import Hit
from detectors.scan.context import Context

_WINDOW, _OVERLAP = 2048, 256
"""Long texts are matched in windows: a pattern's worst case is quadratic in the window only. No
entity is longer than the overlap, so that each stands whole in some window."""

_NAMED = 0.6
"""The score of a finding that its context names."""

_EXTRA_SCORE = 0.3

_GENERIC_CONTEXT = frozenset(
    ["id", "number", "individual", "identification", "us", "united", "states", "social", "security"]
)
"""Presidio's context words that are too common in keys to say anything."""


class Found(Protocol):
    """The part of Presidio's RecognizerResult that is used."""

    entity_type: str
    start: int
    end: int
    score: float


class Analyser(Protocol):
    """The part of Presidio's EntityRecognizer that is used."""

    context: list[str] | None
    supported_entities: list[str]

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any) -> list[Found]: ...


Refine = Callable[[Leaf, Hit], Hit | None]
"""A second look at a finding: the same, a corrected one, or None to reject it."""


class Choice(NamedTuple):
    """One of Presidio's recognisers: its class, a regular expression that matches wherever it
    can, and what is asked of its findings."""

    recogniser: str
    prefilter: str
    needs_context: bool = False
    patterns: str = ""
    """Which of its patterns are used: a regular expression on their names."""
    refine: Refine | None = None
    extra: tuple[str, ...] = ()
    """Patterns that Presidio lacks."""


class PresidioRecogniser:
    """One recogniser of Presidio's as one of ours."""

    def __init__(self, choice: Choice, analyser: Analyser) -> None:
        self.name = choice.recogniser
        self.analyser = analyser
        self.entities = frozenset(analyser.supported_entities)
        self._search = re.compile(choice.prefilter).search
        self._refine = choice.refine
        self._needs_context = choice.needs_context
        self.context = Context(set(analyser.context or []) - _GENERIC_CONTEXT)

    def may_match(self, text: str) -> bool:
        return self._search(text) is not None

    def find(self, leaf: Leaf) -> Iterator[Hit]:
        if self._needs_context and not self.context.may_name(leaf):
            return
        for start, found in self._matches(leaf.text):
            hit = self._hit(leaf, start, found)
            if hit is not None and self._refine is not None:
                hit = self._refine(leaf, hit)
            if hit is not None:
                yield hit

    def _matches(self, text: str) -> Iterator[tuple[int, Found]]:
        for start, window in windows(text):
            if self._search(window) is None:
                continue
            for found in self.analyser.analyze(window, [], None):
                if not _cut(found, start, len(window), len(text)):
                    yield start, found

    def _hit(self, leaf: Leaf, offset: int, found: Found) -> Hit | None:
        start, end, score = offset + found.start, offset + found.end, found.score
        if self._needs_context:
            if not self.context.names(leaf, start):
                return None
            return Hit(leaf, found.entity_type, start, end, max(score, _NAMED), "context")
        evidence = "check-digit" if score >= 1.0 else "pattern"
        return Hit(leaf, found.entity_type, start, end, score, evidence)


def windows(text: str) -> Iterable[tuple[int, str]]:
    """The text in overlapping pieces, each with its start."""
    if len(text) <= _WINDOW:
        return ((0, text),)
    step = _WINDOW - _OVERLAP
    return ((at, text[at : at + _WINDOW]) for at in range(0, max(1, len(text) - _OVERLAP), step))


def _cut(found: Found, start: int, window: int, whole: int) -> bool:
    """Whether a finding touches a window's edge that is not the text's own: the neighbouring
    window has it whole."""
    starts_at_edge = found.start == 0 and start > 0
    ends_at_edge = found.end == window and start + window < whole
    return starts_at_edge or ends_at_edge


def load(choices: Iterable[Choice]) -> list[PresidioRecogniser]:
    """The chosen recognisers, ready to use. Imports presidio-analyzer."""
    from presidio_analyzer import predefined_recognizers

    return [
        PresidioRecogniser(
            choice, _sober(getattr(predefined_recognizers, choice.recogniser), choice)
        )
        for choice in choices
    ]


def _sober(kind: Callable[[], Any], choice: Choice) -> Analyser:
    from presidio_analyzer import Pattern

    analyser = kind()
    patterns = getattr(analyser, "patterns", None)
    if patterns:
        analyser.patterns = [p for p in patterns if re.search(choice.patterns, p.name)]
    for regex in choice.extra:
        analyser.patterns.append(Pattern("extra", regex, _EXTRA_SCORE))
    return cast("Analyser", analyser)
