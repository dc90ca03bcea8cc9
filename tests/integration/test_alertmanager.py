"""A real Alertmanager as a downstream: it takes an incident's messages as one alert that grows and
ends, and what it sends of them to webhooks has the form of our own."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from pydantic import TypeAdapter

from alerts.content import Composer
from alerts.sinks import Message, SinkConfig, Why, build
from alerts.sinks.alertmanager import webhook_body
from monitor.clock import SystemClock
from tests.acceptance.test_live import until
from tests.support.alertmanager import alertmanager
from tests.support.messages import message
from tests.support.receiver import Receiver, receiving
from tests.unit.sinks.test_alertmanager import shape

pytestmark = [pytest.mark.campaign, pytest.mark.enable_socket]

ADAPTER: TypeAdapter[SinkConfig] = TypeAdapter(SinkConfig)


def now(why: Why, severity: str = "high", **changes: Any) -> Message:
    """A message of this moment: Alertmanager compares with its clock."""
    moment = datetime.now(UTC)
    told = message("38e8f0", why, severity=severity, opened=moment, last=moment, **changes)
    return msgspec.structs.replace(told, decided=moment)


def held(address: str) -> dict[str, str]:
    """The state of each alert that still fires there, by its severity."""
    found = httpx.get(f"{address}/api/v2/alerts").json()
    return {one["labels"]["severity"]: one["status"]["state"] for one in found}


def statuses(hook: Receiver) -> list[str]:
    return [request.json["status"] for request in hook.requests]


def test_an_incident_is_one_alert_that_grows_and_ends(tmp_path: Path) -> None:
    with receiving() as hook, alertmanager(tmp_path, hook.url) as address:
        hook.key = "content-type"
        config = {"type": "webhook", "name": "am", "format": "alertmanager-api"}
        url = f"{address}/api/v2/alerts"
        sink = build(ADAPTER.validate_python({**config, "url": url}), SystemClock())
        sink.send(now("first"))
        assert held(address) == {"high": "active"} or held(address) == {"high": "unprocessed"}
        until(lambda: statuses(hook) == ["firing"], "it tells of it")
        first = hook.requests[0].json
        sink.send(now("grew", "critical"))
        until(lambda: set(held(address)) == {"critical"}, "only the graver one fires")
        sink.send(now("resolved", "critical", status="closed"))
        until(lambda: not held(address), "nothing fires")
        until(lambda: statuses(hook)[-1] == "resolved", "it tells of the end")
        sink.close()
    told = now("first")
    ours = msgspec.json.decode(webhook_body(told, Composer().content(told), "hook", address))
    assert shape(ours) == shape(first)
    for member in ("groupKey", "groupLabels", "version", "truncatedAlerts"):
        assert ours[member] == first[member]
