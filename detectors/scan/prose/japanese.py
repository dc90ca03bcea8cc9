"""Cues in Japanese text, which has no spaces between words."""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from detectors.scan.base import Hit
from detectors.scan.prose.segments import CJK, Prose
from detectors.yamlfile import StrictModel, load

_SHAPES = {
    "POSTCODE": r"(?P<value>\d{3}-?\d{4})(?!\d)",
    "PHONE": r"(?P<value>\+?\d[\d ()-]{7,17}\d)(?!\d)",
    "DATE": r"(?P<value>(?:19|20)\d\d[-/年.]\d{1,2}[-/月.]\d{1,2}日?)",
    "NUMBER": r"(?P<value>[A-Z]{0,2}\d[\d -]{4,16}\d)(?!\d)",
    "NAME": (
        r"(?<![一-龥々])(?P<value>K{1,4} ?(?:K{1,4}|[ぁ-ゖ]{2,5}|[ァ-ヶー]{2,8})|K{2,5})".replace(
            "K",
            "[一-槗槙-龥々]",  # all but 様, which follows names
        )
    ),
}


class _Cue(StrictModel):
    entity: str
    pattern: str


class _Cues(StrictModel):
    cues: tuple[_Cue, ...]
    not_names: tuple[str, ...]


class Japanese:
    """The patterns of japanese.yaml, tried only where there is Japanese text."""

    def __init__(self, cues: _Cues) -> None:
        self._patterns = [(cue.entity, _compiled(cue.pattern)) for cue in cues.cues]
        self._not_names = frozenset(cues.not_names)

    def find(self, prose: Prose) -> Iterator[Hit]:
        """A hit for each value that a cue names."""
        if prose.text.isascii() or CJK.search(prose.text) is None:
            return
        for entity, pattern in self._patterns:
            for found in pattern.finditer(prose.text):
                value = found.group("value")
                if entity != "PERSON" or (len(value) > 1 and value not in self._not_names):
                    yield Hit(
                        prose.leaf, entity, *found.span("value"), 0.85, f"cue:{entity.lower()}"
                    )


def _compiled(pattern: str) -> re.Pattern[str]:
    for name, shape in _SHAPES.items():
        pattern = pattern.replace(name, shape)
    return re.compile(pattern)


@cache
def default_japanese() -> Japanese:
    """The cues that come with Egresswatch."""
    text = files("detectors.scan.prose").joinpath("japanese.yaml").read_text("utf-8")
    return Japanese(load(_Cues, text, "japanese.yaml"))
