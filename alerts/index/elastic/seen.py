"""When values were first and last seen, without reading the time of every record.

Counting is nearly free, reading each record's time is not. An index holds one day or month, so only
those indices are read that may hold the first or the last record of a value.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from alerts.index.elastic.layout import EVER, Home
from alerts.index.fields import Field

Body = dict[str, Any]

MOST_VALUES, MOST_INDICES = 100, 600
"""Their product stays below the buckets that Elasticsearch gives in one answer (65,536)."""

TIMES: Body = {
    "first": {"min": {"field": "@timestamp"}},
    "last": {"max": {"field": "@timestamp"}},
}


def ends(
    ask: Callable[[Body, Sequence[str]], Body],
    home: Callable[[str], Home | None],
    field: Field,
    values: Sequence[str],
) -> dict[str, Body]:
    """The aggregated `TIMES` of some values of a text field; `ask` asks some indices, or all. None
    of a value whose records went elsewhere meanwhile (retention, a migration), nor of any where
    there are too many indices."""
    where: Body = {
        "terms": {"field": "_index", "size": MOST_INDICES},
        "aggregations": {
            "values": {"terms": {"field": field.name, "include": values, "size": len(values)}}
        },
    }
    told = ask({"where": where}, ())["where"]
    if told["sum_other_doc_count"]:
        return {}
    indices = told["buckets"]
    places: dict[str, list[str]] = {value: [] for value in values}
    for index in indices:
        for bucket in index["values"]["buckets"]:
            places[bucket["key"]].append(index["key"])
    homes = {index["key"]: home(index["key"]) or EVER for index in indices}
    filters = {str(n): {"term": {field.name: value}} for n, value in enumerate(values)}
    read: Body = {"filters": {"filters": filters}, "aggregations": TIMES}
    found = ask({"values": read}, sorted(outermost(homes, places.values())))["values"]["buckets"]
    times = {value: found[str(n)] for n, value in enumerate(values)}
    return {value: one for value, one in times.items() if one["first"]["value"] is not None}


def outermost(homes: Mapping[str, Home], places: Iterable[Sequence[str]]) -> set[str]:
    """The indices that may hold the earliest or the latest record of those in some places."""
    found: set[str] = set()
    for names in filter(None, places):
        earliest = min(homes[name].until for name in names)
        latest = max(homes[name].since for name in names)
        found |= {
            name for name in names if homes[name].since < earliest or homes[name].until > latest
        }
    return found
