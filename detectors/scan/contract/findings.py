"""What Presidio does with its findings: scores of patterns, context, duplicates."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from detectors.scan.contract.addresses import KNOWN, address_matches
from detectors.scan.contract.hosts import host_matches, is_known

_FACTOR, _LEAST, _MOST = 0.35, 0.4, 1.0
"""LemmaContextAwareEnhancer's defaults."""
_SHORT = 256


class Finding(NamedTuple):
    """`text[start:end]` is an `entity`, with Presidio's score."""

    entity: str
    start: int
    end: int
    score: float


def matches(recogniser: Any, pattern: Any, text: str) -> list[Finding]:
    """PatternRecognizer.analyze with one pattern: each match with the score that its check gives.

    Without the explanations, which take most of Presidio's time for a match.
    """
    entity: str = recogniser.supported_entities[0]
    found: list[Finding] = []
    for match in _in(pattern, text):
        start, end = match.span()
        if start == end:
            continue
        value = text[start:end]
        score: float = pattern.score
        valid = recogniser.validate_result(value)
        if valid is not None:
            score = 1.0 if valid else 0
        if recogniser.invalidate_result(value):
            score = 0
        if score > 0:
            found.append(Finding(entity, start, end, score))
    return found


def _in(pattern: Any, text: str) -> Iterable[Any]:
    """The pattern's matches; for a long text, those that take quadratic time go another way."""
    if len(text) > _SHORT:
        if pattern.regex == KNOWN:
            return address_matches(pattern, text)
        if is_known(pattern):
            return host_matches(pattern, text)
    return pattern.compiled_regex.finditer(text)


def supported(score: float) -> float:
    """The score of a finding that a context word supports."""
    return min(max(score + _FACTOR, _LEAST), _MOST)


def without_duplicates(findings: Iterable[Finding]) -> list[Finding]:
    """EntityRecognizer.remove_duplicates: none within another of its entity that scores as well;
    the best first, then by their place."""
    ranked = sorted(set(findings), key=lambda f: (f.entity, f.start, -(f.end - f.start), -f.score))
    if len(ranked) < 2:
        return [finding for finding in ranked if finding.score != 0]
    kept: list[Finding] = []
    for _, of_entity in groupby(ranked, key=lambda finding: finding.entity):
        kept += _outermost(of_entity)
    return sorted(kept, key=lambda f: (-f.score, f.start, -(f.end - f.start)))


def _outermost(findings: Iterable[Finding]) -> list[Finding]:
    kept: list[Finding] = []
    active: list[Finding] = []
    for finding in findings:
        if finding.score == 0:
            continue
        active = [other for other in active if other.end >= finding.start]
        if not any(_covers(other, finding) for other in active):
            kept.append(finding)
            active.append(finding)
    return kept


def _covers(other: Finding, finding: Finding) -> bool:
    return (
        finding.start >= other.start and finding.end <= other.end and finding.score <= other.score
    )


def supports(terms: Sequence[str], words: str) -> bool:
    """Whether one of the terms, in lower case, stands anywhere in the words."""
    return any(term in words for term in terms)
