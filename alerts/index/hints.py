"""Why a question found nothing, as far as the index can tell: a name that nothing has, with the
nearest there is; a time in which there was none of it."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from difflib import get_close_matches

from alerts.index.asked import ask
from alerts.index.base import Index, What
from alerts.index.fields import Field
from alerts.index.nodes import And, Equals, Match, Node, Or

VALUES = 1_000
"""Values of a field that are looked through."""
NAMED = 8
"""Values that are named where none is near."""


def hints(
    index: Index,
    what: What,
    query: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[str]:
    """Sentences for people; they quote what the index has, and not what was looked for."""
    if index.span(what).total == 0:
        return [f"there are no {what}"]
    if since or until:
        ever = index.span(what, query)
        if ever.first and ever.last:
            when = f"from {_text(ever.first)} to {_text(ever.last)}"
            return [f"{ever.total:,} {what} match, {when}: none in the time you ask for"]
    groups = _groups(ask(what, query, since, until).node)
    return [line for group in groups if (line := _unknown(index, what, group))]


def _groups(node: Node) -> Iterator[list[Match]]:
    """The names that must be there: alone, or one word looked for in several fields."""
    match node:
        case And(parts):
            for part in parts:
                yield from _groups(part)
        case Or(parts):
            matches = [part for part in parts if isinstance(part, Match)]
            if len(matches) == len(parts) and len({match.test for match in matches}) == 1:
                yield matches
        case Match():
            yield [node]
        case _:
            return


def _unknown(index: Index, what: What, group: list[Match]) -> str:
    """What to say of a name that nothing has; "" where something has it, or it cannot be told."""
    test = group[0].test
    fields = [match.field for match in group if match.field.kind in {"name", "dotted"}]
    if not isinstance(test, Equals) or not isinstance(test.value, str) or not fields:
        return ""
    known = _known(index, what, fields)
    wanted = test.value.casefold()
    if known is None or wanted in known:
        return ""
    near = get_close_matches(wanted, known, n=1, cutoff=0.6)
    remedy = f"did you mean {known[near[0]]}?" if near else _some(list(known.values()))
    where = (
        f"as {', '.join(field.short for field in fields)}" if len(fields) > 1 else fields[0].short
    )
    return f"no {what} have that {where}: {remedy}"


def _known(index: Index, what: What, fields: Iterable[Field]) -> dict[str, str] | None:
    """The names that there are in some fields, by their small letters; None for very many."""
    known: dict[str, str] = {}
    for field in fields:
        values = index.top(what, field.name, limit=VALUES)
        if len(values) == VALUES:
            return None
        known |= {name.casefold(): name for value, _ in values for name in _names(field, value)}
    return known


def _names(field: Field, value: str) -> Iterable[str]:
    """All that a value is found by: itself, and its parents."""
    if field.kind != "dotted":
        return [value]
    parts = value.split(".")
    return [".".join(parts[: n + 1]) for n in reversed(range(len(parts)))]


def _some(names: list[str]) -> str:
    more = ", ..." if len(names) > NAMED else ""
    return f"there are {', '.join(names[:NAMED])}{more}" if names else "there are none"


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC")
