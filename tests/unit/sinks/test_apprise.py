"""Apprise, with its own plug-in for JSON as the service."""

import logging
from typing import Any

import pytest
from pydantic import ValidationError

from alerts.sinks import SinkError
from alerts.sinks.apprise import AppriseConfig, AppriseSink
from tests.support.messages import message, tools
from tests.support.receiver import Receiver, receiving, refuse

pytestmark = pytest.mark.enable_socket


def make(**given: Any) -> AppriseSink:
    return AppriseConfig.model_validate({"type": "apprise", "name": "pager", **given}).build(
        tools()
    )


def address(receiver: Receiver) -> str:
    receiver.key = "content-type"
    return f"{receiver.url.replace('http://', 'json://user:s3cr3t@')}"


def test_a_service_gets_title_and_text() -> None:
    with receiving() as receiver:
        make(url=address(receiver)).send(message())
        make(url=address(receiver)).send(message(why="resolved", status="closed"))
    first, second = (request.json for request in receiver.requests)
    assert first["title"] == "[HIGH] Unusual volume of user.contact.email to Stripe"
    assert "subjects  about 290 people" in first["message"]
    assert (first["type"], second["type"]) == ("failure", "success")


def test_a_failure_is_tried_again_and_shows_no_address(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with receiving() as receiver:
        sink = make(url=address(receiver))
        receiver.script([refuse(403)])
        with pytest.raises(SinkError, match="sink pager: the service did not take it") as failure:
            sink.send(message())
    assert failure.value.recoverable
    assert "s3cr3t" not in repr(failure.value) + repr(sink) + caplog.text


def test_an_address_of_no_service_is_refused_at_load_or_at_use(tmp_path: Any) -> None:
    with pytest.raises(ValidationError, match="Apprise knows no service") as failure:
        make(url="nosuch://s3cr3t")
    assert "s3cr3t" not in str(failure.value)
    file = tmp_path / "url"
    file.write_text("nosuch://s3cr3t")
    sink = make(url_file=file)
    for use in (lambda: sink.send(message()), sink.check):
        with pytest.raises(SinkError, match="url_file: Apprise knows no service") as refused:
            use()
        assert not refused.value.recoverable
