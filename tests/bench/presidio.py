"""The `presidio` contract's speed, its parity on recorded traffic, and what a model would change.

python -m tests.bench.presidio [TRAFFIC.jsonl] [--reference N] [--model NAME]

TRAFFIC has the recorded-traffic format. With --model, scores are compared with an engine over that
spaCy model as well: those that differ are counted under the class `lemma` (see
detectors.scan.contract), spans under none.
"""

import argparse
import cProfile
import pstats
from collections import Counter
from pathlib import Path
from time import perf_counter
from typing import Any

from detectors.decode import Decoded
from detectors.scan.contract import PresidioScanner, default_recognisers, reference_engine
from tests.bench.scan import decode_all, generated, recorded, scan_all, timed


def speed(name: str, requests: list[Decoded], *, profile: bool) -> None:
    size = sum(len(leaf.text) for d in requests for leaf in d.leaves) / len(requests)
    print(f"\n{name}: {len(requests)} events, {size:.0f} characters of leaves")
    scanner = PresidioScanner()
    scanner.scan(requests[0])
    timed("presidio contract, leaf by leaf", requests, lambda some: scan_all(scanner, some))
    texts = ["\n".join(leaf.text for leaf in d.leaves) for d in requests]
    timed("presidio contract, as one text", texts, lambda some: [*map(scanner.analyze, some)])
    if profile:
        fresh = PresidioScanner()
        watched = cProfile.Profile()
        watched.runcall(lambda: [*map(fresh.scan, requests)])
        pstats.Stats(watched).sort_stats("tottime").print_stats(14)


def parity(texts: list[str], engine: Any) -> None:
    """Differences of spans, and of scores where the spans agree."""
    scanner = PresidioScanner()
    spans, scores = Counter[str](), Counter[str]()
    started = perf_counter()
    for text in texts:
        theirs = {(r.entity_type, r.start, r.end): r.score for r in engine.analyze(text, "en")}
        ours = {(f.entity, f.start, f.end): f.score for f in scanner.analyze(text)}
        spans.update(key[0] for key in theirs.keys() ^ ours.keys())
        scores.update(k[0] for k in theirs.keys() & ours.keys() if theirs[k] != ours[k])
    elapsed = perf_counter() - started
    print(f"  {len(texts)} texts in {elapsed:.0f} s")
    print(f"  different spans {dict(spans)}, different scores {dict(scores)}")


def with_model(name: str) -> Any:
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    models = [{"lang_code": "en", "model_name": name}]
    provider = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models})
    registry = RecognizerRegistry(recognizers=default_recognisers(), supported_languages=["en"])
    return AnalyzerEngine(
        registry=registry, nlp_engine=provider.create_engine(), supported_languages=["en"]
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("traffic", type=Path, nargs="?")
    parser.add_argument("--reference", type=int, default=0, help="texts to compare")
    parser.add_argument("--model", default="", help="a spaCy model to compare scores with")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    requests = decode_all(generated(3000))
    speed("generated", requests, profile=options.profile)
    if options.traffic:
        requests = decode_all(recorded(options.traffic))
        speed("recorded", requests, profile=options.profile)
    if options.reference:
        texts = sorted({leaf.text for d in requests for leaf in d.leaves if leaf.text})
        whole = ["\n".join(leaf.text for leaf in d.leaves)[:4000] for d in requests]
        for what, every in (("leaves", texts), ("whole requests", whole)):
            chosen = every[: options.reference]
            print(f"\n{what}, against the blank engine")
            parity(chosen, reference_engine())
            if options.model:
                print(f"{what}, against {options.model}")
                parity(chosen, with_model(options.model))


if __name__ == "__main__":
    main()
