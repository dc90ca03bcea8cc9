"""Weak labels from public API schemas: what a property holds, by its name or its description."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from detectors.scan.keys.lexicon import split
from detectors.scan.keys.names import KeyNames

_CUES = {
    "EMAIL_ADDRESS": r"e-?mail address",
    "PHONE_NUMBER": r"(?:phone|mobile|fax) number",
    "PERSON": r"(?:first|last|given|family|middle|full) name|surname"
    r"|name of the (?:person|customer|contact|patient|employee|cardholder|recipient)",
    "USERNAME": r"^(?:the )?(?:user ?name|login name)",
    "STREET_ADDRESS": r"street address|address line|street name|(?:mailing|postal) address",
    "POSTCODE": r"(?:postal|post|zip) ?code",
    "DATE_OF_BIRTH": r"date of birth|birth ?date|birthday",
    "GEO": r"\b(?:latitude|longitude)\b",
    "NATIONAL_ID": r"social security number|national identi(?:ty|fication) number",
}
ENTITIES = tuple(_CUES)
_COMPILED = {entity: re.compile(cue, re.IGNORECASE) for entity, cue in _CUES.items()}
_SCALARS = frozenset(["string", "number", "integer"])
_NEAR = 60
_MOST_PATHS = 4000
"""Paths of one vendor: the largest would drown the others."""

Example = tuple[tuple[tuple[str, ...], ...], str | None]


def examples(folder: Path, names: KeyNames) -> Iterator[tuple[str, list[Example]]]:
    """Each vendor with its key paths and their labels (None: nothing personal), in order."""
    for vendor in sorted((folder / "api").iterdir()):
        found: dict[tuple[str, ...], str | None] = {}
        for file in sorted([vendor] if vendor.is_file() else vendor.rglob("*.json")):
            if file.suffix == ".json":
                _read(orjson.loads(file.read_bytes()), "", found, names)
        kept = sorted(found.items())[:: max(1, len(found) // _MOST_PATHS)]
        yield (
            vendor.name,
            [(tuple(split(k) for k in path), label) for path, label in kept if split(path[-1])],
        )


def _read(node: Any, above: str, found: dict[tuple[str, ...], str | None], names: KeyNames) -> None:
    if isinstance(node, list):
        for item in node:
            _read(item, above, found, names)
    if not isinstance(node, dict):
        return
    for name, child in node.items():
        if name != "properties" or not isinstance(child, dict):
            _read(
                child,
                name if isinstance(child, dict) and "properties" in child else above,
                found,
                names,
            )
            continue
        for key, schema in child.items():
            if isinstance(schema, dict) and str(schema.get("type")) in _SCALARS:
                path = (above, key) if above else (key,)
                label = _label(path, schema, names)
                if label != "unsure":
                    found[path] = label
            _read(schema, key, found, names)


def _label(path: tuple[str, ...], schema: dict[str, Any], names: KeyNames) -> str | None:
    """The entity, None for none, `unsure` where the key and the description do not say."""
    description = str(schema.get("description") or "")[:_NEAR]
    sure = [o.entity for o in names.decide(path).options if o.evidence and o.score > 0.8]
    if sure:
        return sure[0] if sure[0] in ENTITIES else None
    if names.decide(path).options:
        return "unsure"
    plain = schema.get("type") == "string" and not schema.get("enum")
    cued = [entity for entity, cue in _COMPILED.items() if plain and cue.search(description)]
    if names.decide(path).about or not cued:
        return None
    return cued[0] if len(cued) == 1 else "unsure"
