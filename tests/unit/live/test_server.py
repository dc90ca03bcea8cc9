"""What the view's server answers."""

from collections.abc import Iterator

import httpx
import pytest

from monitor.clock import ManualClock
from monitor.live.server import Answer, LiveServer
from monitor.live.settings import LiveSettings
from monitor.live.view import LiveView
from tests.support.moments import at


class Asked:
    """How often an answer was made."""

    def __init__(self, clock: ManualClock) -> None:
        self.times = 0
        self._clock = clock

    def answer(self) -> Answer:
        self.times += 1
        now = self._clock.now()
        return Answer(
            now=now,
            as_of=None,
            age_seconds=None,
            stale=True,
            waiting=0,
            unreadable=0,
            hour=LiveView(LiveSettings()).look(now),
        )


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(at(12))


@pytest.fixture
def asked(clock: ManualClock) -> Asked:
    return Asked(clock)


@pytest.fixture
def client(asked: Asked, clock: ManualClock) -> Iterator[httpx.Client]:
    server = LiveServer("127.0.0.1", 0, asked.answer, clock)
    server.start()
    with httpx.Client(base_url=server.address, timeout=30, trust_env=False) as client:
        yield client
    server.stop()


def test_it_is_json_that_nobody_keeps(client: httpx.Client) -> None:
    answer = client.get("/live")
    assert answer.json()["now"] == "2026-03-02T12:00:00Z"
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert client.head("/live").content == b""


def test_one_answer_serves_everybody_for_a_second(
    client: httpx.Client, asked: Asked, clock: ManualClock
) -> None:
    client.get("/live")
    client.get("/live")
    assert asked.times == 1
    clock.advance(1)
    client.get("/live")
    assert asked.times == 2


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1", "[::1]:8670"])
def test_it_is_asked_by_address(client: httpx.Client, host: str) -> None:
    assert client.get("/live", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example.com", "localhost.example.com:80", ""])
def test_a_page_of_the_web_cannot_read_it(client: httpx.Client, host: str) -> None:
    assert client.get("/live", headers={"host": host}).status_code == 403


def test_other_paths_and_methods(client: httpx.Client) -> None:
    assert client.get("/").status_code == 404
    assert client.post("/live").status_code == 405
