"""PresidioScanner: texts and decoded requests through Presidio's recognisers."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from detectors.decode.base import Decoded, Leaf
from detectors.scan.base import Hit
from detectors.scan.contract.findings import Finding, supported, supports, without_duplicates
from detectors.scan.contract.foreign import Foreign
from detectors.scan.contract.gates import Gates
from detectors.scan.contract.members import Member, member
from detectors.scan.contract.reference import default_recognisers, offline
from detectors.scan.contract.words import Tokenizer, Words

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

LONGEST = 16_384
"""Characters of a text that are analysed together; a longer one is cut at white space."""

_SHORT, _CACHED_TEXTS = 200, 20_000
"""Short texts come again (`track`, a version, a user agent): their findings are kept."""


class PresidioScanner:
    """Presidio's findings, and no others. Without state but for bounded caches.

    `recognisers` are the installed library's defaults where none are given; with `extra`, a
    user's own come after them. `threshold` is AnalyzerEngine's default_score_threshold.
    """

    def __init__(
        self,
        recognisers: "Sequence[EntityRecognizer] | None" = None,
        extra: "Sequence[EntityRecognizer]" = (),
        threshold: float = 0.0,
    ) -> None:
        chosen = default_recognisers() if recognisers is None else recognisers
        self._members = [member(offline(recogniser)) for recogniser in (*chosen, *extra)]
        self._threshold = threshold
        self._tokenizer = Tokenizer()
        self._foreign = Foreign([m for m in self._members if m.foreign], threshold)
        self._own = [m for m in self._members if not m.foreign]
        self._gates = Gates([e for m in self._own for e in m.expressions])
        self._owner = [(m, n) for m in self._own for n in range(len(m.expressions))]
        self._without_patterns = [m for m in self._own if not m.expressions]
        self._cached = lru_cache(maxsize=_CACHED_TEXTS)(self._analyse)

    @property
    def entities(self) -> frozenset[str]:
        return frozenset(entity for m in self._members for entity in m.entities)

    def may_match(self, text: str) -> bool:
        """False only where nothing is found in any line of the text."""
        return bool(self._foreign or self._without_patterns or self._gates.open_for(text))

    def analyze(self, text: str, context: Sequence[str] = ()) -> list[Finding]:
        """What AnalyzerEngine.analyze(text, "en", context=context) returns, in its order."""
        if len(text) <= _SHORT:
            return list(self._cached(text, tuple(context)))
        if len(text) <= LONGEST:
            return list(self._analyse(text, tuple(context)))
        return without_duplicates(
            f._replace(start=at + f.start, end=at + f.end) if at else f
            for at, part in _parts(text)
            for f in self._analyse(part, tuple(context))
        )

    def scan(self, decoded: Decoded) -> list[Hit]:
        """The findings in every leaf, with its key as context; they may overlap, as Presidio's."""
        return [hit for leaf in decoded.leaves for hit in self.find(leaf)]

    def find(self, leaf: Leaf) -> Iterator[Hit]:
        """The findings in one leaf, in the order of their places."""
        text = leaf.text
        if len(text) <= _SHORT:
            found: Sequence[Finding] = self._cached(text, leaf.keys[-1:])
            if not found:
                return
        else:
            found = self.analyze(text, leaf.keys[-1:])
        for entity, start, end, score in sorted(found, key=lambda f: (f.start, f.end, f.entity)):
            yield Hit(leaf, entity, start, end, score, "check-digit" if score >= 1.0 else "pattern")

    def entity_of_field(self, dataset: str, field: str) -> str | None:
        """None: Presidio reads values, never the name of a field whose values are not at hand."""
        del dataset, field

    def _analyse(self, text: str, context: tuple[str, ...]) -> tuple[Finding, ...]:
        found = self._raw(text)
        foreign = self._foreign.find(text, found, context) if self._foreign else ()
        if not found and not foreign:
            return ()
        scored = self._in_context(text, found, context)
        return tuple(without_duplicates([*scored, *foreign]))

    def _raw(self, text: str) -> list[tuple[Member, Finding]]:
        """What each recogniser finds by itself."""
        patterns: dict[int, list[int]] = {}
        members: list[Member] = []
        for number in self._gates.open_for(text):
            owner, own = self._owner[number]
            if id(owner) not in patterns:
                patterns[id(owner)] = []
                members.append(owner)
            patterns[id(owner)].append(own)
        return [
            (m, finding)
            for m in (*members, *self._without_patterns)
            for finding in m.find(text, patterns.get(id(m), []))
        ]

    def _in_context(
        self, text: str, found: list[tuple[Member, Finding]], context: tuple[str, ...]
    ) -> Iterator[Finding]:
        """The findings with the scores that the words before them give, above their thresholds."""
        words = Words(text, self._tokenizer)
        lower = text.lower()
        given = "\0".join(word.lower() for word in context)
        before: dict[int, str] = {}
        in_text: dict[tuple[str, ...], bool] = {}
        for m, finding in found:
            entity, start, _, score = finding
            if m.context and score < 1.0:
                if given and supports(m.context, given):
                    score = supported(score)
                elif in_text.get(m.context) or (
                    m.context not in in_text
                    and in_text.setdefault(m.context, supports(m.context, lower))
                ):
                    if start not in before:
                        before[start] = words.before(start)
                    if supports(m.context, before[start]):
                        score = supported(score)
            if score >= m.threshold(entity, self._threshold):
                yield finding if score == finding.score else finding._replace(score=score)


def _parts(text: str) -> Iterator[tuple[int, str]]:
    """The text cut at white space, or anywhere in a longer run; each part with its start."""
    at = 0
    while at < len(text):
        end = at + LONGEST
        if end < len(text):
            space = max(text.rfind(" ", at + 1, end), text.rfind("\n", at + 1, end))
            end = space if space > at else end
        yield at, text[at:end]
        at = end
