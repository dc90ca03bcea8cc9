"""The JSON Schema of every record, from the types themselves; `make schemas` writes them."""

import sys
from pathlib import Path
from typing import Any

import msgspec

from detectors.records import (
    AccessEvent,
    Alert,
    Command,
    DeadLetter,
    EgressEvent,
    Feedback,
    Finding,
    Flow,
    Members,
    PartialSum,
    Record,
)

RECORDS: tuple[type[Record], ...] = (
    EgressEvent,
    AccessEvent,
    Flow,
    PartialSum,
    Members,
    Finding,
    Alert,
    Command,
    Feedback,
    DeadLetter,
)
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(kind: type[Record]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a record's JSON."""
    return {"$schema": DIALECT, **msgspec.json.schema(kind)}


def files() -> dict[str, str]:
    """Every schema as the text of its file, by file name."""
    return {
        f"{kind.__name__}.json": msgspec.json.format(
            msgspec.json.encode(schema(kind), order="sorted"), indent=2
        ).decode()
        + "\n"
        for kind in RECORDS
    }


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files().items():
        (folder / name).write_text(text, encoding="utf-8")
