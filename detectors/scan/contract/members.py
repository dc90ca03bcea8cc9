"""Presidio's recognisers by how their findings are had: pattern by pattern, by region, or whole."""

# presidio-analyzer has partial types:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from typing import Any

import regex

from detectors.scan.contract.findings import Finding, matches, without_duplicates
from detectors.scan.contract.gates import Expression
from detectors.scan.contract.phones import PhoneFinder


class Member:
    """One recogniser. `expressions` are its patterns; `find` is told which of them may match.

    `context` are its context words in lower case. A foreign member is asked for every text.
    """

    foreign = False

    def __init__(self, recogniser: Any) -> None:
        self.recogniser = recogniser
        self.name: str = recogniser.name
        self.entities: tuple[str, ...] = tuple(recogniser.supported_entities)
        self.context = tuple(word.lower() for word in recogniser.context or ())
        self.thresholds: dict[str, float] = recogniser.score_thresholds
        self.expressions: list[Expression] = []

    def find(self, text: str, patterns: list[int]) -> list[Finding]:
        """What the recogniser finds, without duplicates, before context counts."""
        raise NotImplementedError

    def threshold(self, entity: str, default: float) -> float:
        """The score that a finding needs."""
        thresholds = self.thresholds
        return thresholds.get(entity, thresholds.get("default", default)) if thresholds else default


class PatternMember(Member):
    """A PatternRecognizer, with its own analyze: patterns, checks, deny-lists."""

    def __init__(self, recogniser: Any) -> None:
        super().__init__(recogniser)
        flags = recogniser.global_regex_flags
        for pattern in recogniser.patterns:
            if not pattern.compiled_regex or pattern.compiled_with_flags != flags:
                pattern.compiled_with_flags = flags
                pattern.compiled_regex = regex.compile(pattern.regex, flags=flags)
            self.expressions.append(Expression(pattern.regex, flags))

    def find(self, text: str, patterns: list[int]) -> list[Finding]:
        own = self.recogniser.patterns
        found: list[Finding] = []
        for number in patterns:
            found += matches(self.recogniser, own[number], text)
        return without_duplicates(found) if len(found) > 1 else found


class GatedMember(Member):
    """A recogniser of Presidio's that goes about its patterns in its own way (IBAN)."""

    def __init__(self, recogniser: Any) -> None:
        super().__init__(recogniser)
        flags = recogniser.global_regex_flags
        self.expressions = [Expression(pattern.regex, flags) for pattern in recogniser.patterns]

    def find(self, text: str, patterns: list[int]) -> list[Finding]:
        if not patterns:
            return []
        found = self.recogniser.analyze(text, list(self.entities), None)
        return [Finding(f.entity_type, f.start, f.end, f.score) for f in found]


class PhoneMember(Member):
    """Presidio's phone recogniser."""

    def __init__(self, recogniser: Any) -> None:
        super().__init__(recogniser)
        self._finder = PhoneFinder(recogniser.supported_regions, recogniser.leniency)

    def find(self, text: str, patterns: list[int]) -> list[Finding]:
        entity, score = self.entities[0], self.recogniser.SCORE
        return without_duplicates(
            Finding(entity, start, end, score) for start, end in self._finder.find(text)
        )


class ForeignMember(Member):
    """Any other EntityRecognizer: asked as Presidio asks it, with tokens."""

    foreign = True

    def find(self, text: str, patterns: list[int]) -> list[Finding]:
        raise NotImplementedError  # see foreign.py


def member(recogniser: Any) -> Member:
    """The recogniser as a member, by what it leaves of Presidio's own behaviour."""
    from presidio_analyzer import EntityRecognizer, PatternRecognizer
    from presidio_analyzer.predefined_recognizers import IbanRecognizer, PhoneRecognizer

    kind = type(recogniser)
    if kind.enhance_using_context is not EntityRecognizer.enhance_using_context:
        return ForeignMember(recogniser)
    analyse = kind.analyze
    if analyse is PatternRecognizer.analyze:
        return PatternMember(recogniser)
    if analyse is IbanRecognizer.analyze:
        return GatedMember(recogniser)
    if analyse is PhoneRecognizer.analyze:
        return PhoneMember(recogniser)
    return ForeignMember(recogniser)
