"""Matchers on labels, as Alertmanager writes them: `severity=critical`, `service!=web`,
`rule=~"pii-.*|weak-tls"`, `destination!~.*\\.example\\.com`.

A regular expression must fit the whole value. A category fits its parents: `category=user.contact`
means `user.contact.email` too.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple, get_args

from pydantic import AfterValidator

from alerts.desk.labels import LABELS, SINGLE, Labels
from alerts.severity import LEVELS
from detectors.rules import RULES
from detectors.scan.custom.patterns import bounded

Operator = Literal["=", "!=", "=~", "!~"]

_FORM = re.compile(r"\s*(?P<label>\w+)\s*(?P<op>=~|!~|!=|=)\s*(?P<value>.*?)\s*", re.DOTALL)
_KNOWN: dict[str, tuple[str, ...]] = {"severity": LEVELS, "rule": tuple(RULES)}
"""Labels whose values are all known: one that is not is a mistake."""


class Matcher(NamedTuple):
    """A condition on one label."""

    label: str
    op: Operator
    value: str
    pattern: re.Pattern[str] | None = None

    def fits(self, labels: Labels) -> bool:
        """Whether any of the label's values is meant; with `!=` and `!~`, whether none is."""
        found = any(self.means(value) for value in labels[self.label] or ("",))
        return found == (self.op in {"=", "=~"})

    def means(self, value: str) -> bool:
        """Whether the matcher speaks of this value, for or against it."""
        if self.pattern is not None:
            return self.pattern.fullmatch(value) is not None
        below = self.label == "category" and self.value and value.startswith(f"{self.value}.")
        return value == self.value or bool(below)


@lru_cache(maxsize=4096)
def parse_matcher(text: str) -> Matcher:
    """The matcher that a text says; ValueError, naming the part that is wrong."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError(f"a matcher is LABEL OPERATOR VALUE, with {', '.join(get_args(Operator))}")
    label, value = found["label"], _unquoted(found["value"])
    op = next(one for one in get_args(Operator) if one == found["op"])
    if label not in LABELS:
        raise ValueError(f"there is no label {label!r}; there are {', '.join(LABELS)}")
    if op in {"=~", "!~"}:
        return Matcher(label, op, value, bounded(value))
    if value and value not in _KNOWN.get(label, (value,)):
        raise ValueError(f"{label} is none of {', '.join(_KNOWN[label])}")
    return Matcher(label, op, value)


def parse_matchers(texts: Iterable[str]) -> tuple[Matcher, ...]:
    """All of them; ValueError for none, since that would fit everything."""
    matchers = tuple(parse_matcher(text) for text in texts)
    if not matchers:
        raise ValueError("at least one matcher is needed: none would fit every alert")
    if contradict(matchers):
        raise ValueError("the matchers contradict each other: no alert can fit them all")
    return matchers


def all_fit(matchers: Iterable[Matcher], labels: Labels) -> bool:
    return all(matcher.fits(labels) for matcher in matchers)


def contradict(matchers: Sequence[Matcher]) -> bool:
    """Whether certainly no alert fits all of them. Where two regular expressions are all there is
    to go by, it is not certain."""
    return any(_unfit([one for one in matchers if one.label == label]) for label in LABELS)


def _unfit(matchers: Sequence[Matcher]) -> bool:
    """Whether no value of one label fits; any of a known set, or those that are named."""
    if not matchers:
        return False
    label = matchers[0].label
    named = [one.value for one in matchers if one.op == "="]
    if label in SINGLE:
        candidates = _KNOWN.get(label) or named[:1]
        return bool(candidates) and not any(
            all_fit(matchers, {label: (value,)}) for value in candidates
        )
    against = [one for one in matchers if one.op in {"!=", "!~"}]
    return any(matcher.means(value) for matcher in against for value in named)


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] == '"':
        return value[1:-1].replace('\\"', '"')
    return value


def _checked(text: str) -> str:
    parse_matcher(text)
    return text


MatcherText = Annotated[str, AfterValidator(_checked)]
"""A matcher in a configuration."""
