"""A configuration with every kind of sink, none of which is really there."""

from typing import Any

from tests.support.slack_api import CHANNEL

HIDDEN = "hunter2-s3cr3t"
SINKS: list[dict[str, Any]] = [
    {"type": "stdout", "name": "screen"},
    {"type": "file", "name": "audit", "path": "alerts.ndjson", "format": "ocsf"},
    {"type": "webhook", "name": "hook", "url": f"https://h.example/{HIDDEN}", "secret": HIDDEN},
    {"type": "slack", "name": "team", "token": HIDDEN, "channel": CHANNEL},
    {"type": "slack", "name": "simple", "url": f"https://hooks.slack.example/{HIDDEN}"},
    {"type": "pagerduty", "name": "on-call", "routing_key": HIDDEN},
    {
        "type": "mail",
        "name": "mail",
        "host": "smtp.example.com",
        "username": "u",
        "password": HIDDEN,
        "sender": "a@example.com",
        "recipients": ["b@example.com"],
    },
    {"type": "teams", "name": "soc", "url": f"https://t.example/{HIDDEN}"},
    {
        "type": "jira",
        "name": "tickets",
        "site": "https://j.example",
        "user": "u",
        "token": HIDDEN,
        "project": "PRIV",
    },
    {"type": "syslog", "name": "siem", "host": "siem.example.com"},
    {"type": "kafka", "name": "bus", "brokers": "b.example:9092", "topic": "t"},
    {"type": "apprise", "name": "others", "url": f"json://{HIDDEN}@n.example/"},
]
