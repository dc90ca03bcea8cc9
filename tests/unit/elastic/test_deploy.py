"""The files for Kibana and the cluster's security: whole, current, and true to the mappings."""

import json
from typing import Any

import pytest

from alerts.index.elastic.layout import COLLECTIONS_STORED
from deploy.elastic.__main__ import FOLDER, files
from deploy.elastic.kibana import DASHBOARDS, PANELS, VIEWS, objects
from deploy.elastic.roles import ALL, api_keys, roles

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


def test_privileges_reach_our_indices_only_and_readers_cannot_write() -> None:
    for name, role in roles().items():
        for grant in role["indices"]:
            assert grant["names"] == [ALL], name
            assert "all" not in grant["privileges"]
        assert "all" not in role["cluster"]
        assert api_keys()[name]["role_descriptors"] == {name: role}
    assert set(roles()["egresswatch-reader"]["indices"][0]["privileges"]) == {
        "read",
        "view_index_metadata",
    }
    assert "delete_index" not in roles()["egresswatch-writer"]["indices"][0]["privileges"]
