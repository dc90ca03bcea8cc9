"""The whole program with its channels: a page that is answered by its buttons, and one that a dead
channel hands on."""

import hashlib
import hmac
import subprocess
import time
from pathlib import Path
from urllib.parse import quote_plus

import httpx
import msgspec
import pytest

from tests.acceptance.test_live import free_port, running, until
from tests.support.api import serving
from tests.support.events import event
from tests.support.moments import at
from tests.support.receiver import receiving, refuse
from tests.support.slack_api import CHANNEL, TOKEN, SlackApi, holdings
from tests.support.workspace import Workspace

pytestmark = [pytest.mark.acceptance, pytest.mark.enable_socket]

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
LEAK = event(at(9), host="api.unknown.example.net", body={"email": "a@shop.example.org"})


def press(port: int, alert: str, action: str, **more: object) -> int:
    payload = {
        "type": "block_actions",
        "user": {"id": "U1", "username": "zoe"},
        "actions": [{"action_id": action, "block_id": f"egresswatch:{alert}", **more}],
    }
    body = f"payload={quote_plus(msgspec.json.encode(payload).decode())}".encode()
    timestamp = str(int(time.time()))
    signed = hmac.new(SECRET.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256)
    return httpx.post(
        f"http://127.0.0.1:{port}/slack/team",
        content=body,
        headers={
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": f"v0={signed.hexdigest()}",
        },
    ).status_code


def test_a_slack_message_is_answered_by_its_buttons_and_follows_the_incident(
    tmp_path: Path,
) -> None:
    space, port = Workspace(tmp_path), free_port()
    with serving(SlackApi()) as slack:
        app = {"token": TOKEN, "channel": CHANNEL, "signing_secret": SECRET}
        space.configure(
            inputs=[{"type": "stdin"}],
            sinks=[{"type": "slack", "name": "team", "api_url": slack.api_url, **app}],
            interactivity={"port": port},
        )
        with running(space, stdin=subprocess.PIPE) as process:
            assert process.stdin
            process.stdin.write(LEAK + b"\n")
            process.stdin.flush()
            until(lambda: bool(slack.messages), "Slack has the message")
            count = len(slack.messages)
            ((alert, _), *_) = holdings(slack)
            assert press(port, alert, "egresswatch_ack") == 200
            until(lambda: len(slack.messages) > count, "the thread knows who has it")
            verdict = {"selected_option": {"value": "true-positive"}}
            assert press(port, alert, "egresswatch_close", **verdict) == 200
            until(lambda: len(slack.messages) > count + 1, "the thread knows that it is closed")
        root = next(one for one in slack.messages if holds(one, alert))
        replies = [one for one in slack.messages if one.get("thread_ts") == root["ts"]]
    assert "somebody has taken the incident on" in replies[0]["text"]
    assert "closed (true-positive)" in replies[1]["text"]
    assert root["blocks"][0]["text"]["text"].startswith("✅")
    listed = space.run("alerts", "show", alert, "--output", "json").stdout
    (stored,) = msgspec.json.decode(listed)
    assert [entry["what"] for entry in stored["egresswatch.history"]] == [
        "opened",
        "acknowledged",
        "closed",
    ]
    assert stored["egresswatch.history"][1]["who"] == "slack:zoe"


def holds(message: dict[str, object], alert: str) -> bool:
    return "thread_ts" not in message and alert in str(message.get("metadata"))


def test_what_a_revoked_channel_cannot_deliver_another_one_tells(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    space.write("events.ndjson", [LEAK])
    with receiving() as receiver:
        receiver.script([refuse(410)] * 10)
        space.configure(
            sinks=[
                {"type": "webhook", "name": "hook", "url": receiver.url, "fallback": "audit"},
                {"type": "file", "name": "audit", "path": "alerts.ndjson"},
            ]
        )
        assert space.run("run", "--config", str(space.config)).returncode == 0
    told = [
        msgspec.json.decode(line) for line in (tmp_path / "alerts.ndjson").read_bytes().splitlines()
    ]
    own = [one for one in told if not one["instead_of"]]
    handed_on = [one for one in told if one["instead_of"] == "hook"]
    assert own
    assert sorted(one["alert"]["event.id"] for one in own) == sorted(
        one["alert"]["event.id"] for one in handed_on
    )
    ledger = space.run("deliveries", "--sink", "hook").stdout
    assert "the hook has been revoked: make a new one" in ledger


def test_a_channel_that_cannot_be_answered_is_refused_at_the_start(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    space.configure(interactivity={"port": 0})
    ran = space.run("run")
    assert ran.returncode == 2
    assert "interactivity: no slack sink has a signing_secret" in ran.stderr
