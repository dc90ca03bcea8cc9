"""Kibana's saved objects, from the index's own fields: data views, panels, three dashboards.

The format is that of Kibana 8.8 (aggregation-based visualisations), which 8.8 and later import,
9.x too by Elastic's rules. The tests check structure and fields; no Kibana has read it yet.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from alerts.index.elastic.layout import Stored

PREFIX = "egresswatch"
CORE = "8.8.0"
VERSIONS = {"index-pattern": "8.0.0", "visualization": "8.5.0", "dashboard": "8.7.0"}
WIDTH, HEIGHT = 24, 12
"""Half of Kibana's 48 columns, and a height that shows ten rows."""

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Panel:
    """One visualisation. `rows`: the fields it splits by, most frequent values first."""

    id: str
    title: str
    what: Stored
    kind: str
    rows: tuple[str, ...] = ()
    measure: str = ""
    query: str = ""
    size: int = 10


FLOWS_OVER_TIME = Panel("flows", "Flows over time", "flows", "histogram", ("service.name",))
PANELS = (
    FLOWS_OVER_TIME,
    Panel(
        "vendors",
        "Flows by sub-processor",
        "flows",
        "histogram",
        ("egresswatch.subprocessor",),
    ),
    Panel(
        "values",
        "Personal values by sub-processor and category",
        "sums",
        "table",
        ("egresswatch.subprocessor", "egresswatch.category"),
        measure="egresswatch.values",
        query="not egresswatch.category : \\*",
        size=25,
    ),
    Panel(
        "unregistered",
        "Sub-processors nobody has registered",
        "flows",
        "table",
        ("destination.domain",),
        query="egresswatch.registered : false",
    ),
    Panel(
        "broken-rules",
        "Broken rules over time",
        "flows",
        "histogram",
        ("egresswatch.violations.rule",),
        query="egresswatch.violations.rule : *",
    ),
    Panel("open-alerts", "Open alerts", "alerts", "metric",
          query="not egresswatch.status : closed"),
    Panel(
        "services",
        "Which service sends how many bytes",
        "flows",
        "table",
        ("service.name", "egresswatch.subprocessor"),
        measure="egresswatch.bytes",
    ),
    Panel(
        "inventory",
        "Fields and the category they carry",
        "flows",
        "table",
        ("egresswatch.inventory",),
        size=100,
    ),
    Panel("destinations", "Hosts", "flows", "table", ("destination.domain",)),
    Panel(
        "skipped",
        "Bytes not inspected, and why",
        "flows",
        "table",
        ("egresswatch.uninspected.reason",),
        measure="egresswatch.uninspected.bytes",
    ),
    Panel(
        "alerts-by-severity",
        "Alerts by severity",
        "alerts",
        "histogram",
        ("egresswatch.severity",),
    ),
    Panel(
        "queue",
        "The queue",
        "alerts",
        "table",
        ("egresswatch.severity", "title", "egresswatch.status"),
        measure="egresswatch.subjects.estimate",
        query="not egresswatch.status : closed",
        size=50,
    ),
    Panel("verdicts", "What closed alerts turned out to be", "alerts", "table",
          ("rule.id", "egresswatch.verdict"), query="egresswatch.status : closed"),
    Panel(
        "findings",
        "Findings by rule",
        "findings",
        "table",
        ("rule.id", "egresswatch.subprocessor"),
        measure="egresswatch.events",
    ),
    Panel("refused", "Inputs that could not be read", "dead-letters", "table",
          ("error.code", "egresswatch.partition")),
)  # fmt: skip

DASHBOARDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "overview": (
        "Egresswatch: overview",
        ("open-alerts", "vendors", "values", "broken-rules", "unregistered", "refused"),
    ),
    "subprocessor": (
        "Egresswatch: one sub-processor (filter by egresswatch.subprocessor)",
        ("flows", "services", "inventory", "destinations", "values", "skipped"),
    ),
    "triage": (
        "Egresswatch: alert triage",
        ("queue", "alerts-by-severity", "findings", "verdicts"),
    ),
}
VIEWS: tuple[Stored, ...] = ("flows", "sums", "findings", "alerts", "dead-letters")


def objects() -> Iterator[Object]:
    """Every saved object; those that others refer to come first."""
    for what in VIEWS:
        attributes = {
            "title": f"{PREFIX}-{what}",
            "name": f"Egresswatch {what}",
            "timeFieldName": "@timestamp",
        }
        yield _object("index-pattern", f"{PREFIX}-{what}", attributes, [])
    for panel in PANELS:
        yield _visualisation(panel)
    for name, (title, panels) in DASHBOARDS.items():
        yield _dashboard(name, title, panels)


def ndjson() -> str:
    """The file that Kibana imports."""
    return "".join(json.dumps(one, sort_keys=True) + "\n" for one in objects())


def _object(kind: str, name: str, attributes: Object, references: Sequence[Object]) -> Object:
    return {
        "id": name,
        "type": kind,
        "attributes": attributes,
        "references": list(references),
        "coreMigrationVersion": CORE,
        "typeMigrationVersion": VERSIONS[kind],
        "managed": False,
    }


def _visualisation(panel: Panel) -> Object:
    source = "kibanaSavedObjectMeta.searchSourceJSON.index"
    search = {
        "query": {"query": panel.query, "language": "kuery"},
        "filter": [],
        "indexRefName": source,
    }
    state = {
        "title": panel.title,
        "type": panel.kind,
        "aggs": list(_aggregations(panel)),
        "params": _PARAMS[panel.kind],
    }
    attributes = {
        "title": f"Egresswatch: {panel.title}",
        "visState": json.dumps(state, sort_keys=True),
        "uiStateJSON": "{}",
        "description": "",
        "kibanaSavedObjectMeta": {"searchSourceJSON": json.dumps(search, sort_keys=True)},
    }
    reference = {"name": source, "type": "index-pattern", "id": f"{PREFIX}-{panel.what}"}
    return _object("visualization", f"{PREFIX}-{panel.id}", attributes, [reference])


def _aggregations(panel: Panel) -> Iterator[Object]:
    measure = {"type": "sum", "params": {"field": panel.measure}} if panel.measure else {}
    yield {
        "id": "1",
        "enabled": True,
        "schema": "metric",
        **(measure or {"type": "count", "params": {}}),
    }
    if panel.kind == "histogram":
        yield {
            "id": "2",
            "enabled": True,
            "type": "date_histogram",
            "schema": "segment",
            "params": {"field": "@timestamp", "interval": "auto", "min_doc_count": 1},
        }
    for number, field in enumerate(panel.rows, 3):
        yield {
            "id": str(number),
            "enabled": True,
            "type": "terms",
            "schema": "group" if panel.kind == "histogram" else "bucket",
            "params": {"field": field, "size": panel.size, "order": "desc", "orderBy": "1"},
        }


_PARAMS: dict[str, Object] = {
    "metric": {"metric": {"colorSchema": "Green to Red", "style": {"fontSize": 60}}},
    "table": {"perPage": 10, "showPartialRows": False, "showTotal": False},
    "histogram": {
        "type": "histogram",
        "addLegend": True,
        "addTooltip": True,
        "legendPosition": "right",
        "categoryAxes": [
            {"id": "CategoryAxis-1", "type": "category", "position": "bottom", "show": True,
             "labels": {"show": True}, "scale": {"type": "linear"}, "title": {}}
        ],
        "valueAxes": [
            {"id": "ValueAxis-1", "type": "value", "position": "left", "show": True,
             "labels": {"show": True}, "scale": {"type": "linear"}, "title": {"text": "Count"}}
        ],
        "seriesParams": [
            {"data": {"id": "1", "label": "Count"}, "type": "histogram", "mode": "stacked",
             "show": True, "valueAxis": "ValueAxis-1"}
        ],
    },
}  # fmt: skip


def _dashboard(name: str, title: str, panels: Sequence[str]) -> Object:
    placed: list[Object] = []
    references: list[Object] = []
    for number, panel in enumerate(panels):
        key = f"panel_{number}"
        grid = {
            "x": number % 2 * WIDTH,
            "y": number // 2 * HEIGHT,
            "w": WIDTH,
            "h": HEIGHT,
            "i": str(number),
        }
        placed.append(
            {
                "type": "visualization",
                "gridData": grid,
                "panelIndex": str(number),
                "embeddableConfig": {"enhancements": {}},
                "panelRefName": key,
            }
        )
        references.append(
            {"name": f"{number}:{key}", "type": "visualization", "id": f"{PREFIX}-{panel}"}
        )
    search = {"query": {"query": "", "language": "kuery"}, "filter": []}
    attributes = {
        "title": title,
        "description": "",
        "panelsJSON": json.dumps(placed, sort_keys=True),
        "optionsJSON": json.dumps({"useMargins": True}),
        "timeRestore": True,
        "timeFrom": "now-7d",
        "timeTo": "now",
        "kibanaSavedObjectMeta": {"searchSourceJSON": json.dumps(search, sort_keys=True)},
    }
    return _object("dashboard", f"{PREFIX}-{name}", attributes, references)
