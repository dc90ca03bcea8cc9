"""How records lie in Elasticsearch: index names, strict mappings, settings, all made from `fields`.

One index holds one kind of record for one day or month of event time and has the version of its
mappings in its name: `egresswatch-flows-v1-2026.01.05`. So a record's index follows from the record
alone (a replay finds what it wrote), retention deletes whole indices, and a new mapping gets new
indices. People and Kibana read the alias `egresswatch-flows`.

A document has the values of all fields, defaults too, under their ECS names, and the record itself
as text that is neither parsed nor indexed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import msgspec

from alerts.index.asked import MAX_LIMIT, moment
from alerts.index.base import What
from alerts.index.elastic.config import ElasticConfig
from alerts.index.elastic.plain import PLAIN, Plain
from alerts.index.fields import COLLECTIONS, SUMS, Collection, Field, Kind
from detectors.ids import stable_id

VERSION = 2
"""The version of the mappings. Raise it with every change to them."""

Searched = What | Literal["days"]
"""`days`: sums added up over services and the day, for counting people (see `people`)."""

Stored = Searched | Plain

RECORD = "egresswatch.record"
APPLIED = "egresswatch.applied"
"""How far each source's entries are in this document: what makes adding idempotent."""
KEY = "event.id"
"""The field that breaks ties of time; sums have their key there."""

COLLECTIONS_STORED: Mapping[Searched, Collection] = {**COLLECTIONS, "days": SUMS}
KINDS: tuple[Stored, ...] = (*COLLECTIONS_STORED, *PLAIN)
_NEVER_DELETED: tuple[Stored, ...] = ("alerts", "audit")

MAX_TERM = 8_191
"""Longer texts are kept and not indexed: Lucene's terms end at 32,766 bytes."""

_TYPES: dict[Kind, dict[str, Any]] = {
    "int": {"type": "long"},
    "bool": {"type": "boolean"},
    "time": {"type": "date_nanos"},
    "real": {"type": "double"},
}
_TEXT: dict[str, Any] = {"type": "keyword", "ignore_above": MAX_TERM}
_KEPT_ONLY: dict[str, Any] = {"type": "keyword", "index": False, "doc_values": False}

MERGED_AFTER_DAYS = 2

_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2262, 1, 1, tzinfo=UTC)


class Home(NamedTuple):
    """A dated index: the kind of record, the version of its mappings, the time it holds."""

    what: Stored
    version: int
    since: datetime
    until: datetime


EVER = Home("flows", 0, _FIRST, _LAST)
"""The home of an index whose name does not say what it holds."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Names and bodies of everything we make in a cluster."""

    config: ElasticConfig
    version: int = VERSION

    def alias(self, what: Stored) -> str:
        """What is read: all indices of one kind."""
        return f"{self.config.prefix}-{what}"

    def template(self, what: Stored) -> str:
        return f"{self.alias(what)}-v{self.version}"

    def pattern(self, what: Stored) -> str:
        """All indices of one kind, of all versions."""
        return f"{self.alias(what)}-v*"

    def index(self, what: Stored, at: datetime) -> str:
        """The index for a record of this time. What is little and never deleted is in one."""
        if what in _NEVER_DELETED:
            return f"{self.template(what)}-all"
        at = min(max(at.astimezone(UTC), _FIRST), _LAST)
        form = "%Y.%m.%d" if what == "flows" and self.config.period == "day" else "%Y.%m"
        return f"{self.template(what)}-{_date_text(at.date(), form)}"

    def keep_days(self, what: Stored) -> int | None:
        """For how long records are kept; None is for ever."""
        return self.config.keep_days.get("sums" if what == "days" else what)

    def home(self, name: str) -> Home | None:
        """What an index's name says; None where it is none of ours."""
        for what in KINDS:
            head = f"{self.alias(what)}-v"
            version, _, date = name.removeprefix(head).partition("-")
            if not name.startswith(head) or not version.isdecimal():
                continue
            if date == "all":
                return Home(what, int(version), _FIRST, _LAST)
            for form, days in (("%Y.%m.%d", 1), ("%Y.%m", 31)):
                try:
                    since = datetime.strptime(date, form).replace(tzinfo=UTC)
                except ValueError:
                    continue
                until = since + timedelta(days=days)
                return Home(what, int(version), since, until if days == 1 else until.replace(day=1))
        return None

    def body(self, what: Stored, *, lifecycle: bool) -> dict[str, Any]:
        """Settings and mappings of an index of this kind."""
        settings: dict[str, Any] = {
            "number_of_shards": self.config.shards if what == "flows" else 1,
            "codec": self.config.codec,
            "refresh_interval": "5s",
            "max_result_window": MAX_LIMIT + 1,
            "mapping": {"total_fields": {"limit": 100}},
            "sort": {"field": "@timestamp", "order": "desc"},
        }
        if self.config.replicas is not None:
            settings["number_of_replicas"] = self.config.replicas
        if lifecycle and self.keep_days(what) is not None:
            settings["lifecycle"] = {"name": self.template(what)}
        return {"settings": {"index": settings}, "mappings": self.mappings(what)}

    def mappings(self, what: Stored) -> dict[str, Any]:
        if what in ("members", "audit"):
            properties = PLAIN[what].properties
        else:
            properties = _properties(COLLECTIONS_STORED[what])
        return {
            "dynamic": "strict",
            "_meta": {"egresswatch": {"version": self.version}},
            "properties": properties,
        }

    def template_body(self, what: Stored, *, lifecycle: bool) -> dict[str, Any]:
        return _signed(
            {
                "index_patterns": [f"{self.template(what)}-*"],
                "priority": 500,
                "allow_auto_create": False,  # an index without its alias would not be read
                "template": {
                    **self.body(what, lifecycle=lifecycle),
                    # here, since whoever only writes may not touch aliases
                    "aliases": {self.alias(what): {}},
                },
            }
        )

    def origination(self, name: str) -> dict[str, Any]:
        """The setting that makes a lifecycle count from the event time an index holds."""
        home = self.home(name)
        until = home.until if home else _LAST
        return {"index.lifecycle.origination_date": int(until.timestamp() * 1_000)}

    def lifecycle(self, what: Stored) -> dict[str, Any]:
        """The lifecycle policy, for clusters that have them."""
        days = self.keep_days(what)
        merged = {
            "min_age": f"{MERGED_AFTER_DAYS}d",
            "actions": {"forcemerge": {"max_num_segments": 1}},
        }
        return _signed(
            {
                "phases": {
                    "hot": {"actions": {}},
                    # a phase that begins after the next one would hold that back
                    **({"warm": merged} if days is None or days > MERGED_AFTER_DAYS else {}),
                    "delete": {"min_age": f"{days}d", "actions": {"delete": {}}},
                },
            }
        )


def _signed(body: dict[str, Any]) -> dict[str, Any]:
    """The body with a fingerprint of itself, by which a change is noticed."""
    digest = stable_id(msgspec.json.encode(body, order="deterministic").decode())
    return {**body, "_meta": {"managed_by": "egresswatch", "digest": digest}}


@lru_cache(maxsize=1_024)
def _date_text(day: date, form: str) -> str:
    return day.strftime(form)


def time_text(micros: int) -> str:
    """A moment as date_nanos takes it."""
    return moment(micros).isoformat().replace("+00:00", "Z")


def _properties(collection: Collection) -> dict[str, Any]:
    """Every field, the key, and the record itself."""
    properties: dict[str, Any] = {field.name: _mapping(field) for field in collection.fields}
    properties.setdefault(KEY, _TEXT)
    properties[RECORD] = _KEPT_ONLY
    properties[APPLIED] = {"type": "object", "enabled": False}
    return properties


def _mapping(field: Field) -> dict[str, Any]:
    return _TYPES.get(field.kind, _TEXT)
