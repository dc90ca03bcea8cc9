"""OCSF Data Security Findings, against what the schema (1.5.0) requires of class 2006."""

from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from alerts.content import Composer
from alerts.sinks import Message
from alerts.sinks.ocsf import ocsf_body, ocsf_prefix
from tests.support.messages import message

TIME = {"type": "integer", "minimum": 1_000_000_000_000, "maximum": 10_000_000_000_000}
ENTITY = {"type": "object", "properties": {"name": {"type": "string"}, "uid": {"type": "string"}}}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": [
        "activity_id",
        "category_uid",
        "class_uid",
        "finding_info",
        "metadata",
        "severity_id",
        "time",
        "type_uid",
    ],
    "properties": {
        "activity_id": {"enum": [0, 1, 2, 3, 99]},
        "activity_name": {"type": "string"},
        "category_uid": {"const": 2},
        "category_name": {"const": "Findings"},
        "class_uid": {"const": 2006},
        "class_name": {"const": "Data Security Finding"},
        "type_uid": {"enum": [200600, 200601, 200602, 200603, 200699]},
        "severity_id": {"enum": [0, 1, 2, 3, 4, 5, 6, 99]},
        "severity": {"type": "string"},
        "status_id": {"enum": [0, 1, 2, 3, 4, 5, 6, 99]},
        "status": {"type": "string"},
        "time": TIME,
        "start_time": TIME,
        "end_time": TIME,
        "message": {"type": "string"},
        "is_alert": {"type": "boolean"},
        "count": {"type": "integer", "minimum": 1},
        "metadata": {
            "type": "object",
            "required": ["product", "version"],
            "properties": {
                "uid": {"type": "string"},
                "version": {"const": "1.5.0"},
                "product": {
                    "type": "object",
                    "required": ["vendor_name"],
                    "properties": {
                        name: {"type": "string"} for name in ("name", "vendor_name", "version")
                    },
                    "additionalProperties": False,
                },
            },
            "additionalProperties": False,
        },
        "finding_info": {
            "type": "object",
            "required": ["uid"],
            "properties": {
                "uid": {"type": "string"},
                "title": {"type": "string"},
                "desc": {"type": "string"},
                "src_url": {"type": "string"},
                "types": {"type": "array", "items": {"type": "string"}},
                "created_time": TIME,
                "first_seen_time": TIME,
                "last_seen_time": TIME,
                "analytic": {
                    "type": "object",
                    "required": ["type_id"],
                    "properties": {
                        "type_id": {"enum": [0, 1, 2, 3, 4, 99]},
                        **{name: {"type": "string"} for name in ("name", "uid", "type")},
                    },
                    "additionalProperties": False,
                },
            },
            "additionalProperties": False,
        },
        "data_security": {
            "type": "object",
            "properties": {
                "data_lifecycle_state_id": {"enum": [0, 1, 2, 3, 99]},
                "data_lifecycle_state": {"type": "string"},
                "detection_system_id": {"type": "integer"},
                "detection_system": {"type": "string"},
                "policy": ENTITY,
            },
            "additionalProperties": False,
        },
        "resources": {"type": "array", "items": {**ENTITY, "required": ["name"]}},
        "dst_endpoint": {
            "type": "object",
            "minProperties": 1,
            "properties": {"name": {"type": "string"}, "hostname": {"type": "string"}},
            "additionalProperties": False,
        },
        "remediation": {
            "type": "object",
            "required": ["desc"],
            "properties": {
                "desc": {"type": "string"},
                "references": {"type": "array", "items": {"type": "string"}},
            },
            "additionalProperties": False,
        },
        "unmapped": {"type": "object"},
    },
    "additionalProperties": False,
}

TOLD = [
    message(),
    message(why="grew", severity="critical"),
    message(why="repeat", severity="low"),
    message(why="acknowledged", severity="medium", status="acknowledged"),
    message(why="resolved", status="closed", verdict="true-positive"),
    message(why="resolved", status="closed", verdict="false-positive"),
    message(services=(), categories=(), destinations=(), reasons=(), events=0, values=0),
]


def finding(told: Message) -> dict[str, Any]:
    return msgspec.json.decode(ocsf_body(told, Composer().content(told)))


@pytest.mark.parametrize("told", TOLD, ids=lambda told: f"{told.why}-{told.alert.severity}")
def test_every_message_is_a_valid_finding(told: Message) -> None:
    Draft202012Validator(SCHEMA).validate(finding(told))


def test_the_life_of_an_incident_is_that_of_a_finding() -> None:
    found = [finding(told) for told in TOLD]
    assert [one["activity_name"] for one in found[:6]] == [
        "Create",
        *["Update"] * 3,
        *["Close"] * 2,
    ]
    assert [one["type_uid"] for one in found[:2]] == [200601, 200602]
    assert [one["status"] for one in found[3:6]] == ["In Progress", "Resolved", "Suppressed"]
    assert [one["is_alert"] for one in found[3:5]] == [True, False]
    assert {one["finding_info"]["uid"] for one in found} == {"a1"}


def test_one_line_begins_with_its_id() -> None:
    line = ocsf_body(message(), Composer().content(message()))
    assert line.startswith(ocsf_prefix(message().id))
    assert b"\n" not in line
