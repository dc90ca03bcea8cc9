"""Presidio's own YAML of recognisers (its recogniser-registry format), read by Presidio itself."""

# presidio-analyzer has partial types:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from pydantic import ValidationError

from detectors.scan.contract.reference import LANGUAGE, offline

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

_FLAGS = 26  # DOTALL, MULTILINE and IGNORECASE of the regex module: Presidio's default


class Wrong(NamedTuple):
    """One entry that Presidio does not take, by its position; -1 for the whole."""

    position: int
    message: str


def from_registry(
    document: Mapping[str, Any],
) -> "tuple[list[EntityRecognizer], list[Wrong]]":
    """The recognisers of a document with `recognizers:`, and every entry that is wrong.

    recognizers:
      - name: "Zip code Recognizer"
        supported_language: "en"
        patterns: [{name: "zip (weak)", regex: "\\\\b\\\\d{5}\\\\b", score: 0.01}]
        context: [zip, code]
        supported_entity: "ZIP"
      - name: TitleRecognizer
        type: custom
        supported_entity: TITLE
        deny_list: [Mr., Mrs.]
      - {name: UsMbiRecognizer, type: predefined}
    """
    entries = document.get("recognizers")
    if not isinstance(entries, list):
        return [], [Wrong(-1, "`recognizers` is a list in Presidio's format")]
    found: list[EntityRecognizer] = []
    wrong: list[Wrong] = []
    for position, entry in enumerate(cast("list[object]", entries)):
        try:
            found += _one(document, entry)
        except ValidationError as error:
            told = error.errors(include_url=False, include_input=False)
            wrong += [Wrong(position, f"Presidio says: {details['msg']}") for details in told]
        except Exception as error:  # noqa: BLE001 - whatever Presidio or a recogniser raises
            wrong.append(Wrong(position, f"Presidio says: {str(error).splitlines()[0][:200]}"))
    return found, wrong


def _one(document: Mapping[str, Any], entry: object) -> "list[EntityRecognizer]":
    from presidio_analyzer.recognizer_registry import RecognizerRegistryProvider

    configuration = {
        "supported_languages": list(document.get("supported_languages") or [LANGUAGE]),
        "global_regex_flags": document.get("global_regex_flags", _FLAGS),
        "recognizers": [entry],
    }
    provider = RecognizerRegistryProvider(registry_configuration=configuration)
    return [offline(r) for r in provider.create_recognizer_registry().recognizers]
