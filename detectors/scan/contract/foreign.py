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

    Results = Sequence[tuple[Member, RecognizerResult]]


class Foreign:
    """They get the text with its tokens, and each other's results where they look at context.
    One that raises finds nothing: a plug-in's failure must not stop the stream."""

    def __init__(self, members: "Sequence[Member]", threshold: float = 0.0) -> None:
        self._members = tuple(members)
        self._threshold = threshold
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
        return [
            Finding(r.entity_type, r.start, r.end, r.score)
            for m in self._members
            for r in self._in_context(m, text, raw, everything, artifacts, context)
            if r.score >= m.threshold(r.entity_type, self._threshold)
        ]

    def _in_context(
        self,
        member: "Member",
        text: str,
        raw: "Results",
        everything: "Results",
        artifacts: Any,
        context: tuple[str, ...],
    ) -> "Sequence[RecognizerResult]":
        own = [result for other, result in raw if other is member]
        try:
            enhanced = member.recogniser.enhance_using_context(
                text=text,
                raw_recognizer_results=own,
                other_raw_recognizer_results=[r for other, r in everything if other is not member],
                nlp_artifacts=artifacts,
                context=list(context) or None,
            )
            return self._enhancer.enhance_using_context(
                text, enhanced, artifacts, [member.recogniser], list(context)
            )
        except Exception:  # noqa: BLE001 - code of the customer's, which may raise anything
            return own


def _asked(recogniser: Any, text: str, artifacts: Any) -> "list[RecognizerResult]":
    try:
        results = recogniser.analyze(text, list(recogniser.supported_entities), artifacts) or []
    except Exception:  # noqa: BLE001 - code of the customer's, which may raise anything
        return []
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
