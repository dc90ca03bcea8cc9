"""The heartbeat: only from the living, and never with its secret in a word."""

import io
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from monitor.clock import ManualClock
from monitor.selfwatch.heartbeat import Heartbeat
from monitor.selfwatch.settings import HeartbeatSettings
from monitor.telemetry.health import Health
from monitor.telemetry.logs import Log
from tests.acceptance.test_live import until
from tests.support.moments import at
from tests.support.receiver import Receiver, receiving, refuse

SECRET = "hidden-token"


class Stand:
    def __init__(self, **settings: Any) -> None:
        self.clock = ManualClock(at(12))
        self.health = Health(self.clock, stalled_seconds=60)
        self.lines = io.StringIO()
        self.heart = Heartbeat(
            HeartbeatSettings(**settings),
            self.health,
            Log("text", self.lines),
            self.clock,
        )

    def well(self) -> None:
        self.health.started("scan")
        self.health.ready("scan")


@pytest.fixture
def receiver() -> Generator[Receiver]:
    with receiving() as receiver:
        receiver.key = "user-agent"  # beats are all the same
        yield receiver


@pytest.mark.enable_socket
def test_it_beats_only_while_there_is_progress(receiver: Receiver) -> None:
    stand = Stand(url=f"{receiver.url}?{SECRET}", method="POST")
    assert not stand.heart.beat()  # nothing has started
    stand.well()
    assert stand.heart.beat()
    assert len(receiver.requests) == 1
    stand.health.polled("scan", behind=True)
    stand.clock.advance(61)
    assert not stand.heart.beat()  # it has work, and does none
    stand.health.polled("scan", behind=True)
    stand.health.committed("scan")
    assert stand.heart.beat()
    assert len(receiver.requests) == 2
    stand.heart.stop()


@pytest.mark.enable_socket
def test_a_beat_that_does_not_arrive_is_logged_once_without_the_secret(
    receiver: Receiver, tmp_path: Path
) -> None:
    file = tmp_path / "beat-url"
    file.write_text(f"{receiver.url}?{SECRET}\n")
    stand = Stand(url_file=file, method="POST")
    stand.well()
    receiver.script([refuse(404), refuse(404)])
    assert not stand.heart.beat()
    assert not stand.heart.beat()
    assert stand.heart.beat()
    stand.heart.stop()
    (line,) = stand.lines.getvalue().splitlines()
    assert "heartbeat.failed" in line
    assert "answered 404: check the URL" in line
    assert SECRET not in line


@pytest.mark.enable_socket
def test_it_beats_from_its_thread_until_it_is_stopped(receiver: Receiver) -> None:
    stand = Stand(url=receiver.url, method="POST", seconds=3600)
    stand.well()
    stand.heart.start()
    until(lambda: bool(receiver.requests), "a beat arrives")
    stand.heart.stop()


@pytest.mark.enable_socket
def test_it_can_ask_with_get(receiver: Receiver) -> None:
    stand = Stand(url=receiver.url)
    stand.well()
    receiver.status_answers.extend([200, 500])
    assert stand.heart.beat()
    assert not stand.heart.beat()
    assert stand.heart.failure.endswith("answered 500")
    stand.heart.stop()


@pytest.mark.parametrize(
    "settings",
    [{}, {"url": "hidden"}, {"url": "https://a.example", "url_file": __file__}, {"url_file": "no"}],
)
def test_a_wrong_address_is_refused_and_not_quoted(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as raised:
        HeartbeatSettings(**settings)
    assert "hidden" not in str(raised.value)
