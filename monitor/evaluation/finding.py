"""A hit as it is shown outside the scanner: under its common name, its value only where asked."""

import re
from functools import lru_cache

import msgspec

from detectors.decode import field_path
from detectors.decode.paths import CACHED_PATHS
from detectors.mask import mask
from detectors.scan import Hit
from detectors.taxonomy import Taxonomy

_POSITION = re.compile(r"\[\d+\]")


class Found(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One finding of one record, as a line of output.

    `entity` is the common name, `kind` the recogniser's own where it differs (`US_SSN` of
    `NATIONAL_ID`); `start` and `end` count characters of the leaf at `where`.
    """

    record: int
    entity: str
    category: str
    kind: str = ""
    value: str = ""
    where: str
    start: int
    end: int
    score: float
    evidence: str = ""

    def __repr__(self) -> str:
        return f"<Found {self.entity} in record {self.record}>"


def found(
    record: int, hit: Hit, taxonomy: Taxonomy, *, reveal: bool = False, explain: bool = False
) -> Found:
    """The finding of a hit, with its value only to `reveal`, its evidence only to `explain`."""
    name = taxonomy.common_name(hit.entity)
    return Found(
        record=record,
        entity=name,
        category=taxonomy.category(hit.entity),
        kind=hit.entity if hit.entity != name else "",
        value=hit.value if reveal else "",
        where=shown_path(hit.leaf.path, reveal=reveal),
        start=hit.start,
        end=hit.end,
        score=round(hit.score, 3),
        evidence=hit.evidence if explain else "",
    )


def shown_path(path: str, *, reveal: bool) -> str:
    """The path; but not to `reveal`, as it may be stored where one of its keys does not look like
    the name of a field, since such a key can be personal data itself."""
    return path if reveal else _safe_path(path)


def shown_value(value: str, *, reveal: bool) -> str:
    """The value, masked unless it is to be revealed."""
    return value if reveal else mask(value)


@lru_cache(maxsize=CACHED_PATHS)
def _safe_path(path: str) -> str:
    general = field_path(path)
    return path if _POSITION.sub("[*]", path) == general else general
