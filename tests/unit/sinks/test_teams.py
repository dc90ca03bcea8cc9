"""Teams: Adaptive Cards within their limits, to a workflow's address."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from alerts.content import Composer, MessageSettings
from alerts.sinks import SinkError
from alerts.sinks.teams import TeamsConfig, TeamsSink
from detectors.records.alert import Reason
from tests.support.messages import message, tools
from tests.support.receiver import Answer, receiving, refuse

pytestmark = pytest.mark.enable_socket

RUN: dict[str, Any] = {
    "type": "object",
    "required": ["type", "text"],
    "properties": {
        "type": {"const": "TextRun"},
        "text": {"type": "string", "minLength": 1},
        "size": {"enum": ["default", "small", "medium", "large", "extraLarge"]},
        "weight": {"enum": ["default", "lighter", "bolder"]},
        "color": {"enum": ["default", "dark", "light", "accent", "good", "warning", "attention"]},
    },
    "additionalProperties": False,
}
CARD: dict[str, Any] = {
    "type": "object",
    "required": ["type", "version", "body"],
    "properties": {
        "$schema": {"type": "string"},
        "type": {"const": "AdaptiveCard"},
        "version": {"enum": ["1.2", "1.3", "1.4", "1.5"]},
        "msteams": {"type": "object"},
        "body": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["type", "inlines"],
                "properties": {
                    "type": {"const": "RichTextBlock"},
                    "inlines": {"type": "array", "minItems": 1, "items": RUN},
                },
                "additionalProperties": False,
            },
        },
        "actions": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["type", "title", "url"],
                "properties": {
                    "type": {"const": "Action.OpenUrl"},
                    "title": {"type": "string"},
                    "url": {"type": "string", "format": "uri"},
                },
                "additionalProperties": False,
            },
        },
    },
    "additionalProperties": False,
}
"""The part of the Adaptive Cards 1.4 schema that we use."""

CONSOLE = Composer(MessageSettings(console_url="https://egresswatch.example.com"))


def teams(url: str = "https://example.logic.azure.com/w?sig=s3cr3t") -> TeamsSink:
    return TeamsConfig.model_validate({"type": "teams", "name": "soc", "url": url}).build(
        tools(CONSOLE)
    )


@given(
    text=st.text(st.characters(codec="utf-8"), min_size=1, max_size=30).map(lambda t: t * 200)
    | st.sampled_from(["😀" * 9000, '"\\' * 9000]),
    count=st.integers(0, 20),
)
def test_every_message_is_a_valid_card_below_28_kb(text: str, count: int) -> None:
    names = (text,) * count
    told = message(
        title=text,
        subprocessor=text,
        services=names,
        categories=names,
        fields=names,
        destinations=names,
        remedy=text,
        query=text,
        reasons=(Reason(finding="f", score=1.0, message=text),) * 3,
    )
    body = msgspec.json.decode(teams().preview(told))
    assert len(msgspec.json.encode(body)) < 28 * 1024
    (attachment,) = body["attachments"]
    Draft202012Validator(CARD).validate(attachment["content"])


def test_the_links_are_buttons() -> None:
    (attachment,) = msgspec.json.decode(teams().preview(message()))["attachments"]
    (button,) = attachment["content"]["actions"]
    assert button["url"] == "https://egresswatch.example.com/alerts/a1"


def test_a_workflow_accepts_and_a_deleted_one_is_told_without_its_address() -> None:
    with receiving() as receiver:
        receiver.key = "content-type"
        sink = teams(f"{receiver.url}?sig=s3cr3t")
        receiver.script([Answer(status=202), refuse(404), refuse(429, Retry_After="60")])
        sink.send(message())
        for recoverable, wait in ((False, None), (True, 60)):
            with pytest.raises(SinkError) as failure:
                sink.send(message())
            error = failure.value
            assert (error.recoverable, error.retry_after) == (recoverable, wait)
            assert "s3cr3t" not in str(error)
        sink.close()
    sent = receiver.requests[0].json
    assert sent["type"] == "message"
    assert sent["attachments"][0]["contentType"] == "application/vnd.microsoft.card.adaptive"
