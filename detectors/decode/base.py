"""What decoding gives: leaves with their paths, and what was not inspected, with its reason."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

import msgspec

from detectors.records import Uninspected

if TYPE_CHECKING:
    from detectors.decode.work import Place, Work


class Leaf(msgspec.Struct, eq=False, gc=False):
    """One scalar of a request, as text, with the path that leads to it.

    `path` is for people (`body>gzip>json:$.batch[0].traits.email`); `keys` are the object keys on
    the way, outermost first, without array positions and encodings, for judging by key name: the
    real ones, where the format wraps them (`{"name": "email", "value": ...}`, table headers). Two
    leaves may have one path (the cells of a CSV text). The text is personal data until shown
    otherwise: no repr. It is valid Unicode (no lone surrogates).
    """

    path: str
    keys: tuple[str, ...]
    text: str

    def __repr__(self) -> str:
        return f"<Leaf of {len(self.text)} characters>"


class Reason(StrEnum):
    """Why some bytes were not inspected; also the label they are counted under."""

    TRUNCATED_CAPTURE = "truncated-capture"
    BUDGET_BYTES = "over-size-budget"
    BUDGET_RATIO = "over-expansion-ratio"
    BUDGET_DEPTH = "over-depth"
    BUDGET_LEAVES = "over-leaf-budget"
    BUDGET_STEPS = "over-step-budget"
    CORRUPT = "corrupt-encoding"
    UNKNOWN_ENCODING = "unknown-encoding"
    BINARY = "binary"


@dataclass(frozen=True, slots=True)
class Budget:
    """The bounds of one event's decoding, shared by everything nested in it."""

    depth: int = 32
    """Nesting of objects, arrays and encodings together."""
    expanded_bytes: int = 8 * 1024 * 1024
    """Bytes after decompression and decoding, in all."""
    ratio: int = 200
    """Decompressed bytes for each compressed one."""
    leaves: int = 50_000
    steps: int = 400_000
    """Members walked, formats tried and kilobytes read: stands for time, since the core has no
    clock."""


@dataclass(slots=True)
class Decoded:
    """One request, decoded. `inspected` counts the bytes (after decompression) that became leaves
    or structure; `uninspected` has one entry a reason."""

    leaves: list[Leaf] = field(default_factory=list["Leaf"])
    inspected: int = 0
    uninspected: list[Uninspected] = field(default_factory=list[Uninspected])


class BodyDecoder(Protocol):
    """One body format: stateless, never raises on any bytes.

    Formats nest (JSON in a form field, MIME in base64 in JSON): a decoder hands what it finds
    inside to `work`, which keeps the one budget of the event.
    """

    name: str

    def decode(self, data: bytes, place: "Place", work: "Work") -> bool:
        """Adds the leaves of `data` to `work`; False, and nothing added, where it is another
        format. It looks at the bytes: the content type is only a hint, and often wrong."""
        ...
