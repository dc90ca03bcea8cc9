"""Query trees as Elasticsearch queries. All are filters: nothing is scored, no script runs."""

from typing import Any

from alerts.index.elastic.documents import LATEST
from alerts.index.elastic.layout import time_text
from alerts.index.fields import Field
from alerts.index.nodes import And, Between, Equals, Exists, Like, Match, Node, Not, Or, Test, Wild

Body = dict[str, Any]

_SPECIAL = str.maketrans({"\\": "\\\\", "*": "\\*", "?": "\\?"})
_NOTHING: Body = {"match_none": {}}


def filter_of(node: Node) -> Body:
    """The query under which the documents of matching records match."""
    match node:
        case And(parts):
            filters = [filter_of(part) for part in parts]
            return {"bool": {"filter": filters}} if filters else {"match_all": {}}
        case Or(parts):
            return _any_of([filter_of(part) for part in parts]) if parts else _NOTHING
        case Not(Not(part)):
            return filter_of(part)
        case Not(part):
            return {"bool": {"must_not": [filter_of(part)]}}
        case Match(field, test):
            return _test(field, test)


def _test(field: Field, test: Test) -> Body:
    match test:
        case Exists():
            return {"exists": {"field": field.name}}
        case Between():
            return _between(field, test)
        case Like(parts):
            shape = (Wild.ANY, *parts, Wild.ANY) if field.kind == "prose" else parts
            return _wildcard(field, shape)
        case Equals(str(wanted)):
            return _equals_text(field, wanted)
        case Equals(wanted):
            value = bool(wanted) if field.kind == "bool" else wanted
            return {"term": {field.name: {"value": value}}}


def _equals_text(field: Field, wanted: str) -> Body:
    match field.kind:
        case "id":
            return {"term": {field.name: {"value": wanted}}}
        case "prose":
            return _wildcard(field, (Wild.ANY, wanted, Wild.ANY))
        case "dotted":
            child: Body = {"prefix": {field.name: {"value": f"{wanted}.", **_ANY_CASE}}}
            return _any_of([_term(field, wanted), child])
        case _:
            return _term(field, wanted)


def _any_of(queries: list[Body]) -> Body:
    return {"bool": {"should": queries, "minimum_should_match": 1}}


_ANY_CASE = {"case_insensitive": True}  # of A-Z only, as the query language says


def _term(field: Field, wanted: str) -> Body:
    return {"term": {field.name: {"value": wanted, **_ANY_CASE}}}


def _wildcard(field: Field, parts: tuple[str | Wild, ...]) -> Body:
    shape = "".join(
        part.value if isinstance(part, Wild) else part.translate(_SPECIAL) for part in parts
    )
    case = {} if field.kind == "id" else _ANY_CASE
    return {"wildcard": {field.name: {"value": shape, **case}}}


def _between(field: Field, test: Between) -> Body:
    if field.kind == "time":
        return _between_times(field, test)
    bounds: Body = {}
    if test.low is not None:
        bounds["gte" if test.include_low else "gt"] = test.low
    if test.high is not None:
        bounds["lte" if test.include_high else "lt"] = test.high
    return {"range": {field.name: bounds}} if bounds else {"exists": {"field": field.name}}


def _between_times(field: Field, test: Between) -> Body:
    """Both bounds are always there: a date_histogram over date_nanos fails where one is open
    (Elasticsearch 9.5: "nanoseconds are before the epoch"), and beyond what date_nanos holds
    even asking is an error."""
    low, high = int(test.low or 0), int(LATEST if test.high is None else test.high)
    if low > LATEST or high < 0:
        return _NOTHING
    lower = "gte" if test.include_low or low < 0 else "gt"
    upper = "lte" if test.include_high or test.high is None or high > LATEST else "lt"
    bounds = {lower: time_text(max(low, 0)), upper: time_text(min(high, LATEST))}
    return {"range": {field.name: bounds}}
