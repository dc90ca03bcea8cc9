"""A message as an OCSF Data Security Finding (class 2006), for security data lakes and SIEMs."""

from datetime import datetime
from typing import Any

import msgspec

from alerts.content import Content
from alerts.messages import Message, Why
from alerts.sinks.payload import product_version
from detectors.records import Alert
from detectors.records.alert import Severity, Status

OCSF = "1.5.0"
"""The version of the schema that the finding follows."""

_CLASS = 2006
_ACTIVITY: dict[Why, tuple[int, str]] = {
    "first": (1, "Create"),
    "reopened": (2, "Update"),
    "grew": (2, "Update"),
    "repeat": (2, "Update"),
    "acknowledged": (2, "Update"),
    "resolved": (3, "Close"),
}
_SEVERITY: dict[Severity, tuple[int, str]] = {
    "low": (2, "Low"),
    "medium": (3, "Medium"),
    "high": (4, "High"),
    "critical": (5, "Critical"),
}
_STATUS: dict[Status, tuple[int, str]] = {
    "open": (1, "New"),
    "acknowledged": (2, "In Progress"),
    "closed": (4, "Resolved"),
}
_SUPPRESSED = (3, "Suppressed")
_BENIGN = frozenset({"expected", "false-positive"})
_RULE, _STATISTICS = (1, "Rule"), (3, "Statistical")

_encoder = msgspec.json.Encoder()


def ocsf_body(message: Message, content: Content) -> bytes:
    """The finding as one line of JSON; the event's unique id comes first."""
    return _encoder.encode(_finding(message, content))


def ocsf_prefix(message_id: str) -> bytes:
    """How the finding of the message with this id begins."""
    return b'{"metadata":{"uid":' + _encoder.encode(message_id) + b","


def _finding(message: Message, content: Content) -> dict[str, Any]:
    alert = message.alert
    activity, activity_name = _ACTIVITY[message.why]
    severity, severity_name = _SEVERITY[alert.severity]
    status, status_name = _SUPPRESSED if alert.verdict in _BENIGN else _STATUS[alert.status]
    return {
        "metadata": {
            "uid": message.id,
            "version": OCSF,
            "product": {
                "name": "Egresswatch",
                "vendor_name": "Egresswatch",
                "version": product_version(),
            },
        },
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": _CLASS,
        "class_name": "Data Security Finding",
        "type_uid": _CLASS * 100 + activity,
        "activity_id": activity,
        "activity_name": activity_name,
        "severity_id": severity,
        "severity": severity_name,
        "status_id": status,
        "status": status_name,
        "time": _milliseconds(message.decided),
        "start_time": _milliseconds(alert.opened),
        "end_time": _milliseconds(alert.last),
        "message": content.title,
        "is_alert": message.why != "resolved",
        "count": max(alert.events, 1),
        "finding_info": _info(alert, content),
        "data_security": {
            "data_lifecycle_state_id": 2,
            "data_lifecycle_state": "Data in-Transit",
            "detection_system_id": 99,
            "detection_system": "Egress stream inspection",
            "policy": {"name": alert.rule, "uid": alert.rule},
        },
        "resources": [
            {"name": name, "type": "data category", "uid": name} for name in alert.categories
        ],
        "dst_endpoint": {
            "name": alert.subprocessor,
            **({"hostname": alert.destinations[0]} if alert.destinations else {}),
        },
        "remediation": {
            "desc": content.to_do,
            **({"references": [content.runbook_url]} if content.runbook_url else {}),
        },
        "unmapped": {
            "why_sent": content.why_sent,
            "services": list(alert.services),
            "fields": list(alert.fields),
            "destinations": list(alert.destinations),
            "values": alert.values,
            "subjects": {
                "estimate": alert.subjects_estimate,
                "low": alert.subjects_low,
                "high": alert.subjects_high,
            },
            "query": alert.query,
            "verdict": content.verdict,
            "possible_repeat": message.repeat,
        },
    }


def _info(alert: Alert, content: Content) -> dict[str, Any]:
    type_id, type_name = _STATISTICS if alert.rule.startswith("volume") else _RULE
    return {
        "uid": alert.id,
        "title": content.title,
        "desc": "; ".join(content.compared) or content.title,
        "created_time": _milliseconds(alert.opened),
        "first_seen_time": _milliseconds(alert.opened),
        "last_seen_time": _milliseconds(alert.last),
        "types": [alert.rule],
        "analytic": {"name": alert.rule, "uid": alert.rule, "type_id": type_id, "type": type_name},
        **({"src_url": content.console_url} if content.console_url else {}),
    }


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
