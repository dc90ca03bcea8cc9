"""A customer's recogniser in YAML: what it looks like, where it stands, and how to be sure.

    name: customer-number
    entity: CUSTOMER_NUMBER
    category: user.unique_id
    pattern: 'K-?\\d{8}'
    keys: [customerNumber, kundennummer]
    check: luhn
    context: [customer, kunde]
    score: 0.5
    examples:
      good: ['K-12345674', 'customer [[K12345674]]', {key: kundennummer, text: K-12345674}]
      bad: ['K-12345675', 'AK-123456740']

The pattern is looked for in every text, not inside words. A finding has `score`, and 0.35 more
where the key or a word shortly before names it (as Presidio counts it); with `only_named` it is
none elsewhere. With keys and no pattern, the whole value under such a key is one.
"""

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from detectors.decode.base import Leaf
from detectors.scan.base import Hit
from detectors.scan.custom.checks import CHECKS, CheckName
from detectors.scan.custom.patterns import bounded
from detectors.scan.custom.pieces import matches
from detectors.scan.keys.context import Context
from detectors.scan.keys.names import split
from detectors.yamlfile import StrictModel

_NAMED = 0.35
_LONGEST = 256
_MARKED = re.compile(r"\[\[(.+?)\]\]", re.DOTALL)

Score = Annotated[float, Field(gt=0.0, le=1.0)]


class KeyedExample(StrictModel):
    """A text under a key."""

    key: str
    text: str


Example = str | KeyedExample


class Examples(StrictModel):
    """Texts in which the recogniser finds something (or just what stands in [[ ]]), or nothing."""

    good: tuple[Example, ...] = Field(min_length=1)
    bad: tuple[Example, ...] = ()


class Definition(StrictModel):
    """A recogniser as the customer writes it."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    entity: str = Field(pattern=r"^[A-Z][A-Z0-9_]{1,62}$")
    category: str = Field(pattern=r"^[a-z_]+(\.[a-z_]+)*$")
    pattern: str = ""
    keys: tuple[str, ...] = ()
    check: CheckName = "none"
    context: tuple[str, ...] = ()
    score: Score = 0.5
    only_named: bool = False
    region: str = Field(default="", pattern=r"^([a-z]{2})?$")
    examples: Examples

    @field_validator("pattern")
    @classmethod
    def _is_bounded(cls, pattern: str) -> str:
        if pattern and bounded(pattern).match("") is not None:
            raise ValueError("the pattern matches an empty text")
        return pattern

    @model_validator(mode="after")
    def _looks_for_something(self) -> "Definition":
        if not self.pattern and not self.keys:
            raise ValueError("give a `pattern`, or `keys` whose values are meant")
        if self.only_named and not (self.keys or self.context):
            raise ValueError("`only_named` needs `keys` or `context` that can name a value")
        return self


class CustomRecogniser:
    """A definition at work: our `Recogniser`."""

    def __init__(self, definition: Definition) -> None:
        self.name = definition.name
        self.entities = frozenset([definition.entity])
        self._definition = definition
        pattern = rf"(?<!\w)(?:{definition.pattern})(?!\w)" if definition.pattern else ""
        self._search = re.compile(pattern)
        self._check = CHECKS[definition.check]
        self._context = Context(definition.context) if definition.context else None
        self._keys = frozenset("".join(split(key)) for key in definition.keys)

    def may_match(self, text: str) -> bool:
        if len(text) > _LONGEST or "\n" in text:
            return True  # the search itself would take as long; lines may match by themselves
        return not self._definition.pattern or self._search.search(text) is not None

    def find(self, leaf: Leaf) -> Iterator[Hit]:
        keyed = self._is_keyed(leaf)
        if not self._definition.pattern:
            if keyed and 0 < len(leaf.text) <= _LONGEST and self._check(leaf.text):
                yield self._hit(leaf, 0, len(leaf.text), "key")
            return
        if self._definition.only_named and not keyed and not self._may_be_named(leaf):
            return
        for start, value in matches(self._search, leaf.text):
            named = "key" if keyed else "context" if self._is_named(leaf, start) else ""
            if (named or not self._definition.only_named) and self._check(value):
                yield self._hit(leaf, start, start + len(value), named)

    def _hit(self, leaf: Leaf, start: int, end: int, named: str) -> Hit:
        definition = self._definition
        score = min(1.0, definition.score + (_NAMED if named else 0.0))
        evidence = f"custom:{self.name}" + (f" by {named}" if named else "")
        return Hit(leaf, definition.entity, start, end, score, evidence)

    def _is_keyed(self, leaf: Leaf) -> bool:
        return bool(self._keys and leaf.keys) and "".join(split(leaf.keys[-1])) in self._keys

    def _may_be_named(self, leaf: Leaf) -> bool:
        return self._context is not None and self._context.may_name(leaf)

    def _is_named(self, leaf: Leaf, start: int) -> bool:
        return self._context is not None and self._context.names(leaf, start)


def broken_examples(definition: Definition) -> Iterator[tuple[str, int, str]]:
    """The examples that the definition does not keep: `good` or `bad`, which, and what is wrong."""
    recogniser = CustomRecogniser(definition)
    for number, example in enumerate(definition.examples.good):
        leaf, marked = _leaf(example)
        spans = [leaf.text[hit.start : hit.end] for hit in recogniser.find(leaf)]
        if not spans:
            yield "good", number, "nothing is found in this example"
        elif marked and marked not in spans:
            yield "good", number, "something else is found than what stands in [[ ]]"
    for number, example in enumerate(definition.examples.bad):
        if any(recogniser.find(_leaf(example)[0])):
            yield "bad", number, "something is found in this example"


def _leaf(example: Example) -> tuple[Leaf, str]:
    text, keys = (example, ()) if isinstance(example, str) else (example.text, (example.key,))
    marked = _MARKED.search(text)
    plain = _MARKED.sub(r"\1", text)
    return Leaf("body>json:$." + ".".join(keys), keys, plain), marked[1] if marked else ""
