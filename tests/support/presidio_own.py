"""A customer's own Presidio recognisers, as they would write them: golden examples."""

from typing import Any

from presidio_analyzer import (
    AnalysisExplanation,
    EntityRecognizer,
    Pattern,
    PatternRecognizer,
    RecognizerResult,
)

REGISTRY_YAML = """
supported_languages: [en]
recognizers:
  - name: "Zip code Recognizer"
    supported_language: "en"
    patterns:
      - {name: "zip code (weak)", regex: "(\\\\b\\\\d{5}(?:\\\\-\\\\d{4})?\\\\b)", score: 0.01}
    context: [zip, code]
    supported_entity: "ZIP"
  - name: "Titles recognizer"
    supported_entity: "TITLE"
    supported_languages:
      - {language: en, context: [sir]}
    deny_list: [Mr., Mrs., Dr.]
  - {name: UsMbiRecognizer, type: predefined}
"""


class BadgeRecognizer(PatternRecognizer):
    """A PatternRecognizer with a check of its own."""

    def __init__(self) -> None:
        patterns = [Pattern("badge", r"\bB-\d{4}\b", 0.3)]
        super().__init__(supported_entity="BADGE", patterns=patterns, context=["badge"])

    def validate_result(self, pattern_text: str) -> bool | None:
        return None if int(pattern_text[-1]) % 2 else False


class ShoutRecognizer(EntityRecognizer):
    """An EntityRecognizer that looks at tokens, and scores more beside a badge."""

    def __init__(self) -> None:
        super().__init__(supported_entities=["SHOUT"], name="shouts", context=["loud"])

    def load(self) -> None:
        pass

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any) -> list[RecognizerResult]:
        return [
            RecognizerResult(
                "SHOUT", token.idx, token.idx + len(token), 0.5, AnalysisExplanation("shouts", 0.5)
            )
            for token in nlp_artifacts.tokens
            if len(token) > 3 and token.text.isalpha() and token.text.isupper()
        ]

    def enhance_using_context(
        self,
        text: str,
        raw_recognizer_results: list[RecognizerResult],
        other_raw_recognizer_results: list[RecognizerResult],
        nlp_artifacts: Any,
        context: list[str] | None = None,
    ) -> list[RecognizerResult]:
        if any(result.entity_type == "BADGE" for result in other_raw_recognizer_results):
            for result in raw_recognizer_results:
                result.score = 0.9
                key = RecognizerResult.IS_SCORE_ENHANCED_BY_CONTEXT_KEY
                result.recognition_metadata[key] = True
        return raw_recognizer_results


class NeedsArguments(EntityRecognizer):
    """Cannot be made without arguments."""

    def __init__(self, needed: str) -> None:
        super().__init__(supported_entities=[needed])


class Raises(EntityRecognizer):
    """Fails on every text."""

    def __init__(self) -> None:
        super().__init__(supported_entities=["NEVER"])

    def load(self) -> None:
        pass

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any) -> list[RecognizerResult]:
        raise KeyError(text)
