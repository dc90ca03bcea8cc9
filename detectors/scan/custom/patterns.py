"""Regular expressions of a configuration, held to those that cannot take long.

Python's matcher backtracks: nested repetition takes exponential time on a text made for it. So a
pattern may repeat without bound only single characters (`\\d+`, `[a-z]*`), at most twice and not
inside a repeated group; and what its bounded repeats and alternatives leave open must not multiply
to more than a hundred thousand ways to match.
"""

# The standard library's parser of regular expressions has no types:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportAttributeAccessIssue=false

import re
from collections.abc import Iterator
from math import log10
from typing import Any, NamedTuple

LONGEST_PATTERN = 500
_MOST_UNBOUNDED = 2
_MOST_WAYS = 5.0
"""As a power of ten."""
_MANY = 1_000_000
_SINGLE = frozenset(["LITERAL", "NOT_LITERAL", "IN", "ANY", "CATEGORY"])
_REPEATS = frozenset(["MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"])


def bounded(pattern: str) -> re.Pattern[str]:
    """The compiled pattern; ValueError, in a sentence, where it is wrong or may take long."""
    if len(pattern) > LONGEST_PATTERN:
        raise ValueError(f"the pattern is longer than {LONGEST_PATTERN} characters")
    try:
        compiled = re.compile(pattern)
        parsed: Any = _parse(pattern)
    except (re.error, RecursionError) as error:
        raise ValueError(f"not a regular expression: {error}") from None
    cost = _cost(parsed, 1)
    if cost.unbounded > _MOST_UNBOUNDED:
        raise ValueError(
            f"the pattern repeats without bound {cost.unbounded} times, {_MOST_UNBOUNDED} at most:"
            " write {1,20} for +"
        )
    if cost.ways > _MOST_WAYS:
        raise ValueError("the pattern has too many ways to match: repeat less, or fewer groups")
    return compiled


class _Cost(NamedTuple):
    """How many repeats have no bound, and how many ways (as a power of ten) the rest has."""

    unbounded: int = 0
    ways: float = 0.0

    def plus(self, other: "_Cost") -> "_Cost":
        return _Cost(self.unbounded + other.unbounded, self.ways + other.ways)


def _parse(pattern: str) -> Any:
    from re import _parser  # pyright: ignore[reportPrivateUsage] - the only parser there is

    return _parser.parse(pattern)


def _cost(parsed: Any, turns: int) -> _Cost:
    """Of a sub-pattern that is gone through so many times."""
    cost = _Cost()
    for operation, argument in parsed:
        name = str(operation)
        if name == "GROUPREF":
            raise ValueError("the pattern refers back to a group (\\1), which may take long")
        if name in _REPEATS:
            cost = cost.plus(_cost_of_repeat(argument, turns))
            continue
        inner = list(_inner(argument))
        if name == "BRANCH":
            cost = cost.plus(_Cost(0, turns * log10(len(inner) or 1)))
        for one in inner:
            cost = cost.plus(_cost(one, turns))
    return cost


def _cost_of_repeat(argument: Any, turns: int) -> _Cost:
    least, most, body = argument
    if str(most) != "MAXREPEAT":
        ways = turns * log10(most - least + 1)
        return _Cost(0, ways).plus(_cost(body, min(turns * max(most, 1), _MANY)))
    if len(body) != 1 or str(body[0][0]) not in _SINGLE:
        raise ValueError("the pattern repeats a group without bound: write {1,20} for + or *")
    if turns > 1:
        raise ValueError("the pattern repeats a repetition without bound: write {1,20} for +")
    return _Cost(unbounded=1)


def _inner(argument: Any) -> Iterator[Any]:
    """The sub-patterns in an operation's argument."""
    if hasattr(argument, "data"):
        yield argument
    elif isinstance(argument, list | tuple):
        for part in argument:
            yield from _inner(part)
