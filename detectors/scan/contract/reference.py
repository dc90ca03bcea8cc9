"""The installed presidio-analyzer: its default recognisers, and the engine parity is against."""

# presidio-analyzer and spaCy have partial types:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine, EntityRecognizer
    from presidio_analyzer.nlp_engine import NlpArtifacts

LANGUAGE = "en"
_CACHED_DOMAINS = 20_000
_RENEWED_AFTER = 100_000
_NOT_JUST_A_USER = frozenset("/?#:")
"""Characters that end or begin other parts of what tldextract takes for a URL."""


class BlankNlp:
    """Presidio's NlpEngine protocol over a blank spaCy pipeline: tokens, stop words, punctuation.

    Each token is its own lemma. No entities, and no model to load. spaCy keeps every word that it
    ever saw: the pipeline is made anew (in a tenth of a second) before that is too much.
    """

    engine_name = "blank"
    is_available = True

    def __init__(self) -> None:
        self._renew()

    def _renew(self) -> None:
        import spacy

        self._used = 0
        self._pipeline: Any = spacy.blank(LANGUAGE)

    def tokenize(self, text: str) -> Any:
        """The text as a spaCy Doc."""
        self._used += 1 + len(text) // 100
        if self._used > _RENEWED_AFTER:
            self._renew()
        return self._pipeline.tokenizer(text)

    def load(self) -> None:
        """Nothing: a blank pipeline is complete."""

    def is_loaded(self) -> bool:
        return True

    def process_text(self, text: str, language: str) -> "NlpArtifacts":
        from presidio_analyzer.nlp_engine import NlpArtifacts

        document = self.tokenize(text)
        return NlpArtifacts(
            entities=[],
            tokens=document,
            tokens_indices=[token.idx for token in document],
            lemmas=[token.text for token in document],
            nlp_engine=cast("Any", self),
            language=language,
            scores=[],
        )

    def process_batch(
        self, texts: Iterable[str], language: str, **_options: object
    ) -> Iterator[tuple[str, "NlpArtifacts"]]:
        return ((text, self.process_text(text, language)) for text in texts)

    def is_stopword(self, word: str, language: str) -> bool:
        return self._pipeline.vocab[word].is_stop

    def is_punct(self, word: str, language: str) -> bool:
        return self._pipeline.vocab[word].is_punct

    def get_supported_entities(self) -> list[str]:
        return []

    def get_supported_languages(self) -> list[str]:
        return [LANGUAGE]


def default_recognisers() -> "list[EntityRecognizer]":
    """Presidio's default recognisers for English, made anew, none of which uses the network."""
    from presidio_analyzer.recognizer_registry import RecognizerRegistryProvider

    provider = RecognizerRegistryProvider(
        registry_configuration={"supported_languages": [LANGUAGE]}
    )
    registry = provider.create_recognizer_registry()
    return [offline(r) for r in registry.recognizers if r.supported_language == LANGUAGE]


def reference_engine(
    recognisers: "Sequence[EntityRecognizer] | None" = None,
) -> "AnalyzerEngine":
    """What the contract promises to agree with. For tests and benches: a hundred texts a second."""
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry

    chosen = default_recognisers() if recognisers is None else list(recognisers)
    registry = RecognizerRegistry(recognizers=chosen, supported_languages=[LANGUAGE])
    return AnalyzerEngine(
        registry=registry, nlp_engine=cast("Any", BlankNlp()), supported_languages=[LANGUAGE]
    )


def offline(recogniser: "EntityRecognizer") -> "EntityRecognizer":
    """The same recogniser; an e-mail recogniser's check asks the bundled public suffix list,
    where Presidio's own fetches it from the network at first use."""
    from presidio_analyzer.predefined_recognizers import EmailRecognizer

    own = type(recogniser).__dict__.get("validate_result")
    if isinstance(recogniser, EmailRecognizer) and (
        own is None or type(recogniser) is EmailRecognizer
    ):
        cast("Any", recogniser).validate_result = is_address
    return recogniser


def is_address(text: str) -> bool:
    """What EmailRecognizer.validate_result says of a match: its domain has a public suffix."""
    user, _, domain = text.rpartition("@")
    return _has_suffix(text if _NOT_JUST_A_USER.intersection(user) else domain)


@lru_cache(maxsize=_CACHED_DOMAINS)
def _has_suffix(text: str) -> bool:
    return bool(_extractor()(text).fqdn)


@cache
def _extractor() -> Callable[[str], Any]:
    from tldextract import TLDExtract

    return TLDExtract(suffix_list_urls=(), cache_dir=None)
