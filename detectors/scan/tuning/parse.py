"""A tuning file's text as a Tuning, or all that is wrong with it in one report."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from pydantic import ValidationError

from detectors.pseudonym import MIN_KEY_BYTES
from detectors.scan.custom.classes import from_class
from detectors.scan.custom.own import Definition, broken_examples
from detectors.scan.custom.registry import from_registry
from detectors.scan.tuning.model import TuningFile
from detectors.scan.tuning.regions import default_regions
from detectors.scan.tuning.tuning import Tuning
from detectors.taxonomy import UNKNOWN, Taxonomy, default_taxonomy, matches
from detectors.yamlfile import ConfigError, Problem, line_of, load, parse

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

Found = tuple[Sequence[int | str], str]
"""Where in the document something is wrong, and what."""


def parse_tuning(
    text: str,
    file: str = "tuning.yaml",
    key: bytes | None = None,
    taxonomy: Taxonomy | None = None,
) -> Tuning:
    """The Tuning of a file's text. `key` is the secret behind `hashed` values.

    ConfigError with every problem of the file: of its schema, and of what only trying shows
    (examples, patterns, Presidio's recognisers, classes). Imports presidio-analyzer only where the
    file has Presidio's recognisers.
    """
    known = taxonomy or default_taxonomy()
    document = parse(text, file)
    plain = cast("Mapping[str, Any]", document)
    presidio: list[EntityRecognizer] = []
    wrong = [
        *_by_trying(plain, known),
        *_of_categories(plain, known),
        *_of_presidio(plain, presidio),
        *_of_key(plain, key),
    ]
    problems = {
        Problem(file, line_of(document, path), ".".join(map(str, path)), message)
        for path, message in wrong
    }
    try:
        config = load(TuningFile, text, file)
    except ConfigError as error:
        raise _report([*error.problems, *problems]) from None
    if problems:
        raise _report(problems)
    return Tuning(config, known, key, presidio)


def _report(problems: Sequence[Problem] | set[Problem]) -> ConfigError:
    return ConfigError(sorted(problems, key=lambda problem: (problem.line, problem.key)))


def _by_trying(document: Mapping[str, Any], taxonomy: Taxonomy) -> Iterator[Found]:
    for position, definition in _definitions(document):
        path = ("recognisers", position)
        if definition.category not in taxonomy.categories:
            yield (*path, "category"), "no category of the taxonomy"
        elif taxonomy.entities.get(definition.entity, definition.category) != definition.category:
            yield (*path, "entity"), "the taxonomy has this entity under another category"
        for kind, number, message in broken_examples(definition):
            yield (*path, "examples", kind, number), message
    for position, name in enumerate(_listed(document, "regions")):
        if isinstance(name, str) and default_regions().unknown(name):
            yield ("regions", position), "no country pack has this name"
    for section, name in (("recognisers", "name"), ("allow", "id")):
        yield from _repeated(section, name, document)


def _definitions(document: Mapping[str, Any]) -> Iterator[tuple[int, Definition]]:
    """The recognisers that are right by their schema; the others are told of by it."""
    for position, entry in enumerate(_listed(document, "recognisers")):
        try:
            yield position, Definition.model_validate(entry)
        except ValidationError:
            continue


def _repeated(section: str, name: str, document: Mapping[str, Any]) -> Iterator[Found]:
    names = [_member(entry, name) for entry in _listed(document, section)]
    counts = Counter(n for n in names if isinstance(n, str))
    for position, own in enumerate(names):
        if isinstance(own, str) and counts[own] > 1:
            yield (section, position, name), "there are several of this name"


def _of_categories(document: Mapping[str, Any], taxonomy: Taxonomy) -> Iterator[Found]:
    """Categories that no hit has: a threshold or an entry for them would do nothing."""
    for path, name in _named_categories(document):
        if not any(matches(category, str(name)) for category in (*taxonomy.categories, UNKNOWN)):
            yield path, "no category of the taxonomy"


def _named_categories(document: Mapping[str, Any]) -> Iterator[tuple[tuple[int | str, ...], Any]]:
    thresholds = document.get("thresholds")
    for name in _mapped(thresholds, "categories"):
        yield ("thresholds", "categories", name), name
    for owner, own in _mapped(thresholds, "subprocessors").items():
        for name in _mapped(own, "categories"):
            yield ("thresholds", "subprocessors", owner, "categories", name), name
    for position, entry in enumerate(_listed(document, "allow")):
        for place, name in enumerate(_listed(entry, "categories")):
            yield ("allow", position, "categories", place), name


def _of_presidio(document: Mapping[str, Any], into: "list[EntityRecognizer]") -> Iterator[Found]:
    registry = document.get("presidio")
    if isinstance(registry, Mapping):
        recognisers, wrong = from_registry(cast("Mapping[str, Any]", registry))
        into += recognisers
        for entry in wrong:
            inner = ("recognizers", entry.position) if entry.position >= 0 else ()
            yield ("presidio", *inner), entry.message
    for position, name in enumerate(_listed(document, "presidio_classes")):
        try:
            into.append(from_class(str(name)))
        except ValueError as error:
            yield ("presidio_classes", position), str(error)


def _of_key(document: Mapping[str, Any], key: bytes | None) -> Iterator[Found]:
    """Hashed values need their key."""
    for position, entry in enumerate(_listed(document, "allow")):
        if _member(_member(entry, "value"), "hashed") is not None:
            if key is None:
                yield ("allow", position, "value", "hashed"), "there is no key for hashed values"
            elif len(key) < MIN_KEY_BYTES:
                yield (
                    ("allow", position, "value", "hashed"),
                    f"the key for hashed values needs {MIN_KEY_BYTES} bytes",
                )


def _listed(document: object, name: str) -> list[Any]:
    entries = _member(document, name)
    return cast("list[Any]", entries) if isinstance(entries, list) else []


def _mapped(document: object, name: str) -> dict[str, Any]:
    entries = _member(document, name)
    return cast("dict[str, Any]", entries) if isinstance(entries, dict) else {}


def _member(entry: object, name: str) -> Any:
    return cast("Mapping[str, Any]", entry).get(name) if isinstance(entry, Mapping) else None
