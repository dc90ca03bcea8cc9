"""Alertmanager's forms, against what a real Alertmanager said.

`alertmanager-webhooks.json` was recorded from Alertmanager 0.25 (Debian bookworm): three messages
of one incident (first, grew, resolved) were posted to its `/api/v2/alerts` in our
`alertmanager-api` form, and these are the webhooks it sent of them. The binary is not part of CI.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from alerts.content import Composer
from alerts.sinks import Message
from alerts.sinks.alertmanager import api_body, webhook_body
from tests.support.messages import NOW, message

RECORDED = Path(__file__).parents[2] / "golden/data/alertmanager-webhooks.json"
FIRST = message("38e8f0")
GREW = message("38e8f0", why="grew", severity="critical")
RESOLVED = message("38e8f0", why="resolved", severity="critical", status="closed")


def ours(told: Message) -> dict[str, Any]:
    content = Composer().content(told)
    return msgspec.json.decode(webhook_body(told, content, "hook", "https://e.example.com"))


def posted(told: Message) -> list[dict[str, Any]]:
    return msgspec.json.decode(api_body(told, Composer().content(told)))


def real() -> list[dict[str, Any]]:
    return msgspec.json.decode(RECORDED.read_bytes())


def shape(value: Any) -> Any:
    """Names and types; the members of labels and annotations are an alert's own."""
    match value:
        case dict():
            return {name: shape(member) for name, member in value.items()}
        case list():
            return [shape(value[0])] if value else []
        case _:
            return type(value).__name__


def test_a_webhook_has_exactly_the_members_of_a_real_one() -> None:
    for told, recorded in zip((FIRST, RESOLVED), real()[::2], strict=True):
        assert shape(ours(told)) == shape(recorded)


def test_what_identifies_and_groups_is_as_a_real_one_words_it() -> None:
    for told, recorded in zip((FIRST, RESOLVED), real()[::2], strict=True):
        mine = ours(told)
        for member in ("status", "version", "groupKey", "groupLabels", "commonLabels"):
            assert mine[member] == recorded[member]
        assert mine["alerts"][0]["labels"] == recorded["alerts"][0]["labels"]
        assert mine["alerts"][0]["status"] == recorded["alerts"][0]["status"]


def test_an_open_incident_has_the_end_that_alertmanager_gives_one_and_a_closed_one_its_own() -> (
    None
):
    assert ours(FIRST)["alerts"][0]["endsAt"] == real()[0]["alerts"][0]["endsAt"]
    assert datetime.fromisoformat(ours(RESOLVED)["alerts"][0]["endsAt"]) == NOW


def test_a_quote_in_a_name_stays_inside_the_group_key() -> None:
    assert ours(message(subprocessor='a"b'))["groupKey"].endswith(r'subprocessor="a\"b"}')


def test_alertmanager_is_not_left_to_call_an_open_incident_over() -> None:
    (one,) = posted(FIRST)
    assert datetime.fromisoformat(one["endsAt"]) > NOW
    (over,) = posted(RESOLVED)
    assert datetime.fromisoformat(over["endsAt"]) == NOW
    assert over["labels"] == {**one["labels"], "severity": "critical"}


def test_an_incident_that_grew_is_over_at_the_severities_it_has_left() -> None:
    ends = {one["labels"]["severity"]: one["endsAt"] for one in posted(GREW)}
    over = {severity for severity, end in ends.items() if datetime.fromisoformat(end) <= NOW}
    assert over == {"low", "medium", "high"}
    assert set(ends) - over == {"critical"}
    recorded = {(a["labels"]["severity"], a["status"]) for a in real()[1]["alerts"]}
    assert ("critical", "firing") in recorded
    assert ("high", "resolved") in recorded
