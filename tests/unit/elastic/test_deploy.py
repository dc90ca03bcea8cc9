"""The files for Kibana and the cluster's security: whole, current, and true to the mappings."""

import json
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

import pytest

from alerts.index.elastic.config import ElasticConfig
from alerts.index.elastic.layout import COLLECTIONS_STORED, KINDS, Layout, Stored
from alerts.index.elastic.plain import PLAIN
from deploy.elastic.__main__ import FOLDER, files
from deploy.elastic.kibana import DASHBOARDS, PANELS, VIEWS, objects
from deploy.elastic.roles import api_keys, roles

OBJECTS = [json.loads(line) for line in (FOLDER / "kibana.ndjson").read_text().splitlines()]


@pytest.mark.parametrize("name", files())
def test_the_files_are_what_the_code_says(name: str) -> None:
    # where this fails: python -m deploy.elastic
    assert (FOLDER / name).read_text() == files()[name]


def test_every_reference_is_to_an_object_that_came_before() -> None:
    seen: set[tuple[str, str]] = set()
    for one in OBJECTS:
        for reference in one["references"]:
            assert (reference["type"], reference["id"]) in seen
        assert (one["type"], one["id"]) not in seen
        seen.add((one["type"], one["id"]))
    assert len(seen) == len(VIEWS) + len(PANELS) + len(DASHBOARDS)


def test_panels_ask_for_fields_that_their_mapping_has_and_can_aggregate() -> None:
    for panel in PANELS:
        fields = {field.name: field for field in COLLECTIONS_STORED[panel.what].fields}
        assert set(panel.rows) <= set(fields), panel.id
        if panel.measure:
            assert fields[panel.measure].kind == "int", panel.id
        if panel.query:
            assert any(name in panel.query for name in fields), panel.id


def test_what_is_text_inside_the_objects_is_json() -> None:
    for one in objects():
        attributes = one["attributes"]
        for name in ("visState", "uiStateJSON", "panelsJSON", "optionsJSON"):
            if name in attributes:
                json.loads(attributes[name])
        if "kibanaSavedObjectMeta" in attributes:
            json.loads(attributes["kibanaSavedObjectMeta"]["searchSourceJSON"])


def test_panels_of_a_dashboard_do_not_overlap_and_are_referred_to() -> None:
    for one in OBJECTS:
        if one["type"] != "dashboard":
            continue
        panels: list[dict[str, Any]] = json.loads(one["attributes"]["panelsJSON"])
        names = {reference["name"] for reference in one["references"]}
        assert {f"{panel['panelIndex']}:{panel['panelRefName']}" for panel in panels} == names
        cells = {
            (x, y)
            for panel in panels
            for x in range(panel["gridData"]["x"], panel["gridData"]["x"] + panel["gridData"]["w"])
            for y in range(panel["gridData"]["y"], panel["gridData"]["y"] + panel["gridData"]["h"])
        }
        assert len(cells) == sum(p["gridData"]["w"] * p["gridData"]["h"] for p in panels)
        assert max(x for x, _ in cells) < 48


def test_every_panel_is_on_a_dashboard() -> None:
    shown = {panel for _, panels in DASHBOARDS.values() for panel in panels}
    assert shown == {panel.id for panel in PANELS}


def privileges(role: str, index: str) -> set[str]:
    """What a role may do with an index, by its grants' patterns."""
    return {
        privilege
        for grant in roles()[role]["indices"]
        if any(fnmatchcase(index, pattern) for pattern in grant["names"])
        for privilege in grant["privileges"]
    }


def test_privileges_reach_our_indices_only() -> None:
    for name, role in roles().items():
        for grant in role["indices"]:
            assert all(pattern.startswith("egresswatch-") for pattern in grant["names"]), name
            assert "all" not in grant["privileges"]
        assert "all" not in role["cluster"]
        assert api_keys()[name]["role_descriptors"] == {name: role}


@pytest.mark.parametrize("kind", KINDS)
def test_readers_search_and_only_the_privacy_role_reads_people(kind: Stored) -> None:
    layout = Layout(ElasticConfig(urls=["http://127.0.0.1"]))
    for index in (layout.alias(kind), layout.index(kind, datetime(2026, 1, 5, tzinfo=UTC))):
        may_read = {role for role in roles() if privileges(role, index) & {"read", "all"}}
        private = kind in PLAIN
        everyone = {"egresswatch-writer", "egresswatch-reader", "egresswatch-admin"}
        assert may_read == ({"egresswatch-privacy"} if private else everyone)
        reads = {"read", "view_index_metadata"}
        assert privileges("egresswatch-reader", index) == (set() if private else reads)
        assert not privileges("egresswatch-writer", index) & {"delete", "delete_index", "manage"}


def test_whoever_asks_cannot_change_what_was_asked() -> None:
    assert privileges("egresswatch-privacy", "egresswatch-audit-v2-all") == {
        "create_index",
        "create_doc",
        "read",
        "view_index_metadata",
    }
    assert privileges("egresswatch-privacy", "egresswatch-members-v2-2026.01") == {
        "read",
        "view_index_metadata",
    }
    assert privileges("egresswatch-writer", "egresswatch-audit") == set()
