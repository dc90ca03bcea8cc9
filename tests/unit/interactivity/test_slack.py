"""Slack's buttons, as Slack sends them to a real server over a real database."""

import hashlib
import hmac
from collections.abc import Callable, Generator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import httpx
import msgspec
import pytest

from alerts.index.sqlite import SqliteIndex
from alerts.sinks.slack import SlackConfig
from alerts.sinks.stdout import StdoutConfig
from detectors.records import Alert, Command
from detectors.yamlfile import ConfigError
from monitor.clock import ManualClock
from monitor.interactivity import InteractivityServer, InteractivitySettings
from monitor.interactivity.giving import into_database
from monitor.state.database import FILE_NAME, connect, open_database
from tests.support.api import Api, Call, Reply, serving
from tests.support.messages import NOW
from tests.support.messages import alert as an_alert

pytestmark = pytest.mark.enable_socket

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
Press = Callable[..., httpx.Response]


class Hooks(Api):
    """Where Slack takes words back."""

    def handle(self, call: Call) -> Reply:
        return Reply({"ok": True})


@pytest.fixture
def hooks() -> Generator[Hooks]:
    with serving(Hooks()) as api:
        yield api


@pytest.fixture
def database(tmp_path: Path) -> Path:
    with closing(open_database(tmp_path)) as connection:
        closed = an_alert("b2", status="closed", verdict="expected", subjects={})
        SqliteIndex.create(connection).put_alerts([an_alert(subjects={}), closed])
    return tmp_path / FILE_NAME


@pytest.fixture
def config(hooks: Hooks) -> SlackConfig:
    given = {"token": "xoxb-1", "channel": "C0123456789", "signing_secret": SECRET}
    given |= {"type": "slack", "name": "team", "api_url": f"{hooks.url}/api/"}
    return SlackConfig.model_validate(given)


@pytest.fixture
def server(config: SlackConfig, database: Path) -> Generator[InteractivityServer]:
    settings = InteractivitySettings(port=0)
    server = InteractivityServer(settings, [config], into_database(database), ManualClock(NOW))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def press(server: InteractivityServer, hooks: Hooks) -> Press:
    def press(
        action: str = "egresswatch_ack",
        alert: str = "a1",
        *,
        secret: str = SECRET,
        age: float = 0,
        sink: str = "team",
        respond: str = f"{hooks.url}/say",
        body: bytes | None = None,
        **more: Any,
    ) -> httpx.Response:
        payload = {
            "type": "block_actions",
            "user": {"id": "U1", "username": "zoe"},
            "actions": [{"action_id": action, "block_id": f"egresswatch:{alert}", **more}],
            "response_url": respond,
        }
        body = body or f"payload={quote_plus(msgspec.json.encode(payload).decode())}".encode()
        timestamp = str(int((NOW - timedelta(seconds=age)).timestamp()))
        base = b"v0:" + timestamp.encode() + b":" + body
        signature = "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
        return httpx.post(
            f"http://127.0.0.1:{server.port}/slack/{sink}",
            content=body,
            headers={"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature},
        )

    return press


def stored(database: Path, alert: str = "a1") -> tuple[Alert, list[Command]]:
    with closing(connect(database)) as connection:
        index = SqliteIndex.open(connection)
        found = index.alert(alert)
        assert found
        return found, index.commands()


def chosen(verdict: str) -> dict[str, Any]:
    return {"selected_option": {"value": verdict}}


def test_acknowledging_is_the_same_command_as_on_the_command_line(
    press: Press, database: Path
) -> None:
    assert press().status_code == 200
    alert, commands = stored(database)
    assert alert.status == "acknowledged"
    assert alert.history[-1].who == "slack:zoe"
    assert [(c.action, c.alert, c.at) for c in commands] == [("acknowledge", "a1", NOW)]


def test_closing_takes_the_verdict_that_was_chosen(press: Press, database: Path) -> None:
    assert press("egresswatch_close", **chosen("false-positive")).status_code == 200
    alert, _ = stored(database)
    assert (alert.status, alert.verdict) == ("closed", "false-positive")


def test_why_an_answer_is_refused_is_told_to_the_one_who_gave_it(
    press: Press, hooks: Hooks, database: Path, server: InteractivityServer
) -> None:
    assert press("egresswatch_close", "b2", **chosen("duplicate")).status_code == 200
    server.stop()  # what is said back is said before the end
    (said,) = [call.json for call in hooks.calls]
    assert said["response_type"] == "ephemeral"
    assert "closed already, as expected" in said["text"]
    assert stored(database, "b2")[0].verdict == "expected"


def test_a_word_goes_back_to_slack_only(
    press: Press, database: Path, server: InteractivityServer
) -> None:
    with serving(Hooks()) as elsewhere:
        press("egresswatch_ack", "b2", respond=f"{elsewhere.url}/steal")
        server.stop()
        assert not elsewhere.calls


@pytest.mark.parametrize(
    "changes",
    [{"secret": "another"}, {"age": 301}, {"age": -301}],
    ids=["another secret", "too old", "from the future"],
)
def test_what_is_not_signed_by_slack_or_too_old_is_refused(
    press: Press, database: Path, changes: dict[str, Any]
) -> None:
    assert press(**changes).status_code == 401
    alert, commands = stored(database)
    assert alert.status == "open"
    assert not commands


def test_the_whole_body_is_signed(server: InteractivityServer, press: Press) -> None:
    signed = press().request
    tampered = signed.content.replace(b"a1", b"b2")
    headers = {name: signed.headers[name] for name in signed.headers if name.startswith("x-slack")}
    answer = httpx.post(str(signed.url), content=tampered, headers=headers)
    assert answer.status_code == 401


@pytest.mark.parametrize("timestamp", ["", "soon", "1e9"])
def test_a_timestamp_that_is_none_is_no_signature(
    server: InteractivityServer, timestamp: str
) -> None:
    headers = {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": "v0=00"}
    url = f"http://127.0.0.1:{server.port}/slack/team"
    assert httpx.post(url, content=b"\xff", headers=headers).status_code == 401


@pytest.mark.parametrize("body", [b"payload=%7B", b"other=1", b"payload=[]"])
def test_what_is_no_interaction_is_a_bad_request(press: Press, body: bytes) -> None:
    assert press(body=body).status_code == 400


def test_an_unknown_sink_is_not_found_and_a_flood_is_cut(
    press: Press, server: InteractivityServer
) -> None:
    assert press(sink="other").status_code == 404
    assert press(body=b"x" * 300_000).status_code == 413


@pytest.mark.parametrize(
    ("action", "more"),
    [
        ("egresswatch_console", {}),
        ("egresswatch_close", chosen("whatever")),
        ("egresswatch_close", {}),
        ("somebody_elses", {}),
    ],
)
def test_what_is_no_answer_changes_nothing(
    press: Press, database: Path, action: str, more: dict[str, Any]
) -> None:
    assert press(action, **more).status_code == 200
    assert not stored(database)[1]


def test_another_apps_block_is_none_of_ours(press: Press, database: Path) -> None:
    assert press(block_id="theirs:a1").status_code == 200
    assert not stored(database)[1]


def test_without_a_signing_secret_there_is_nothing_to_answer(database: Path) -> None:
    sinks = [StdoutConfig(type="stdout", name="screen")]
    server = InteractivityServer(
        InteractivitySettings(port=0), sinks, into_database(database), ManualClock(NOW)
    )
    with pytest.raises(ConfigError, match="no slack sink has a signing_secret"):
        server.start()
    server.stop()


def test_a_port_that_is_taken_is_named(
    server: InteractivityServer, config: SlackConfig, database: Path
) -> None:
    settings = InteractivitySettings(port=server.port)
    second = InteractivityServer(settings, [config], into_database(database), ManualClock(NOW))
    with pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1 port {server.port}"):
        second.start()


def test_a_secret_that_cannot_be_read_is_no_open_door(
    database: Path, config: SlackConfig, tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    file.write_text("x")
    fields = {**config.model_dump(), "signing_secret": None, "signing_secret_file": file}
    sink = SlackConfig.model_validate(fields)
    server = InteractivityServer(
        InteractivitySettings(port=0), [sink], into_database(database), ManualClock(NOW)
    )
    server.start()
    file.unlink()
    answer = httpx.post(f"http://127.0.0.1:{server.port}/slack/team", content=b"x")
    server.stop()
    assert answer.status_code == 503
