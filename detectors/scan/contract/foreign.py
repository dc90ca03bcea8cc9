"""Recognisers with code of their own: asked exactly as AnalyzerEngine asks them."""

# presidio-analyzer has partial types:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from detectors.scan.contract.findings import Finding
from detectors.scan.contract.reference import LANGUAGE, BlankNlp

if TYPE_CHECKING:
    from presidio_analyzer import RecognizerResult

    from detectors.scan.contract.members import Member


class Foreign:
    """They get the text with its tokens, and each other's results where they look at context.
    One that raises finds nothing: a plug-in's failure must not stop the stream."""

    def __init__(self, members: "Sequence[Member]") -> None:
        self._members = tuple(members)
        if members:
            from presidio_analyzer.context_aware_enhancers import LemmaContextAwareEnhancer

            self._nlp = BlankNlp()
            self._enhancer = LemmaContextAwareEnhancer()

    def __bool__(self) -> bool:
        return bool(self._members)

    def find(
        self, text: str, others: "Sequence[tuple[Member, Finding]]", context: tuple[str, ...]
    ) -> list[Finding]:
        """Their findings with context scores; those of the others are given for comparison."""
        artifacts: Any = self._nlp.process_text(text, LANGUAGE)
        raw = [(m, r) for m in self._members for r in _asked(m.recogniser, text, artifacts)]
        everything = [*raw, *((m, _as_result(m, finding)) for m, finding in others)]
        found: list[Finding] = []
        for m in self._members:
            own = [r for other, r in raw if other is m]
            rest = [r for other, r in everything if other is not m]
            own = m.recogniser.enhance_using_context(
                text=text,
                raw_recognizer_results=own,
                other_raw_recognizer_results=rest,
                nlp_artifacts=artifacts,
                context=list(context) or None,
            )
            results = self._enhancer.enhance_using_context(
                text, own, artifacts, [m.recogniser], list(context)
            )
            found += [
                Finding(r.entity_type, r.start, r.end, r.score)
                for r in results
                if r.score >= m.threshold(r.entity_type, 0.0)
            ]
        return found


def _asked(recogniser: Any, text: str, artifacts: Any) -> "list[RecognizerResult]":
    results = recogniser.analyze(text, list(recogniser.supported_entities), artifacts) or []
    for result in results:
        _named(result, recogniser)
    return results


def _named(result: "RecognizerResult", recogniser: Any) -> None:
    """AnalyzerEngine marks results with their recogniser where these do not."""
    metadata = result.recognition_metadata or {}
    metadata.setdefault(result.RECOGNIZER_IDENTIFIER_KEY, recogniser.id)
    metadata.setdefault(result.RECOGNIZER_NAME_KEY, recogniser.name)
    result.recognition_metadata = metadata


def _as_result(member: "Member", finding: Finding) -> "RecognizerResult":
    from presidio_analyzer import AnalysisExplanation, RecognizerResult

    explanation = AnalysisExplanation(recognizer=member.name, original_score=finding.score)
    result = RecognizerResult(*finding, explanation)
    _named(result, member.recogniser)
    return result
