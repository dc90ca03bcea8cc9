"""What is set up wrong ends as a dead delivery that says what to do, and quotes no secret: a new
kind of sink adds its lines to CASES."""

import sqlite3
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from alerts.delivery import Deliverer, Outbox, ledger
from alerts.sinks import SinkConfig, build
from monitor.clock import ManualClock
from tests.support import jira_api
from tests.support.api import CA, serving
from tests.support.jira_api import JiraApi
from tests.support.messages import NOW, message
from tests.support.pagerduty_api import KEY, PagerDutyApi
from tests.support.receiver import receiving, refuse
from tests.support.slack_api import CHANNEL, TOKEN, SlackApi
from tests.support.smtp import NOBODY, PASSWORD, USER, mail_server

pytestmark = pytest.mark.enable_socket

ADAPTER: TypeAdapter[SinkConfig] = TypeAdapter(SinkConfig)
HIDDEN = "wr0ng-s3cr3t"

Config = dict[str, Any]


def slack(stack: ExitStack, **wrong: Any) -> Config:
    api = stack.enter_context(serving(SlackApi()))
    right = {"token": TOKEN, "channel": CHANNEL, "api_url": api.api_url}
    return {"type": "slack", **right, **wrong}


def pagerduty(stack: ExitStack, **wrong: Any) -> Config:
    api = stack.enter_context(serving(PagerDutyApi(), tls=True))
    return {"type": "pagerduty", "routing_key": KEY, "api_url": api.url, "ca_file": CA, **wrong}


def jira(stack: ExitStack, **wrong: Any) -> Config:
    api = stack.enter_context(serving(JiraApi()))
    right = {"user": jira_api.USER, "token": jira_api.TOKEN, "project": "PRIV", "index_seconds": 0}
    return {"type": "jira", "site": api.url, **right, **wrong}


def mail(stack: ExitStack, **wrong: Any) -> Config:
    box = stack.enter_context(mail_server())
    login = {"username": USER, "password": PASSWORD, "ca_file": CA}
    right = {"sender": "egresswatch@example.com", "recipients": ["privacy@example.com"], **login}
    return {"type": "mail", "host": "127.0.0.1", "port": box.port, **right, **wrong}


def plain_mail(stack: ExitStack, **wrong: Any) -> Config:
    box = stack.enter_context(mail_server(tls="none"))
    right = {"sender": "egresswatch@example.com", "recipients": ["privacy@example.com"]}
    return {"type": "mail", "host": "127.0.0.1", "port": box.port, **right, **wrong}


def hook(stack: ExitStack, kind: str, status: int) -> Config:
    receiver = stack.enter_context(receiving())
    receiver.script([refuse(status)] * 3)
    return {"type": kind, "url": f"{receiver.url}?{HIDDEN}"}


CASES: dict[str, tuple[Callable[[ExitStack], Config], str]] = {
    "slack, wrong token": (lambda s: slack(s, token=HIDDEN), "make a new one and put it under"),
    "slack, unknown channel": (lambda s: slack(s, channel="C9999999999"), "check the channel's ID"),
    "slack, revoked webhook": (lambda s: hook(s, "slack", 404), "the hook may have been revoked"),
    "pagerduty, wrong key": (lambda s: pagerduty(s, routing_key=HIDDEN), "check the routing_key"),
    "jira, wrong token": (lambda s: jira(s, token=HIDDEN), "check user and token"),
    "jira, unknown project": (lambda s: jira(s, project="NONE"), "check project, issue_type"),
    "mail, wrong password": (lambda s: mail(s, password=HIDDEN), "check username and password"),
    "mail, unknown recipient": (
        lambda s: mail(s, recipients=[NOBODY]),
        "does not take mail from this sender to these recipients",
    ),
    "mail, no STARTTLS": (plain_mail, "the server offers no STARTTLS or no login: see security"),
    "webhook, wrong token": (lambda s: hook(s, "webhook", 401), "check the token"),
    "webhook, revoked": (lambda s: hook(s, "webhook", 410), "make a new one"),
    "teams, revoked": (lambda s: hook(s, "teams", 404), "the hook may have been revoked"),
}


@pytest.mark.parametrize(("configured", "remedy"), CASES.values(), ids=CASES)
def test_it_is_dead_at_once_with_the_remedy(
    tmp_path: Path, configured: Callable[[ExitStack], Config], remedy: str
) -> None:
    connection = sqlite3.connect(tmp_path / "outbox.sqlite", isolation_level=None)
    Outbox(connection).create()
    Outbox(connection).add([message()], ["mine"])
    with ExitStack() as stack:
        config = ADAPTER.validate_python({"name": "mine", **configured(stack)})
        sink = build(config, ManualClock(NOW))
        stack.callback(sink.close)
        deliverer = Deliverer(lambda: connection, [sink], ManualClock(NOW))
        assert deliverer.deliver_due().dead == 1
        (delivery,) = ledger(connection)
        deliverer.close()
    assert delivery.state == "dead"
    assert delivery.attempts == 1
    assert "sink mine" in delivery.last_error
    assert remedy in delivery.last_error
    assert HIDDEN not in delivery.last_error
