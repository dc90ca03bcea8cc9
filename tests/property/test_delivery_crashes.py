"""Whatever dies and whatever fails: no message is lost, and no sink that can tell holds two.

The deliverer is killed between any two statements of its database, and right before or after any
call of a sink, over and over, while the receiver refuses, drops connections and loses answers. It
is started anew each time, until nothing is left to do.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.content.words import WHY
from alerts.delivery import Deliverer, Outbox, RetryPolicy, delivery_key
from alerts.sinks import Message, Sink, Why
from alerts.sinks.file import FileConfig, FileSink
from alerts.sinks.pagerduty import PagerDutyConfig
from alerts.sinks.slack import SlackConfig
from alerts.sinks.webhook import WebhookConfig, WebhookSink
from monitor.clock import ManualClock
from tests.support.api import CA, serving
from tests.support.messages import NOW, message, tools
from tests.support.mortal import Fate, Killed, MortalConnection
from tests.support.pagerduty_api import KEY, PagerDutyApi
from tests.support.receiver import (
    LOST_AFTER,
    LOST_BEFORE,
    OK,
    TAKEN_BUT_502,
    Answer,
    Receiver,
    receiving,
    refuse,
)
from tests.support.slack_api import CHANNEL, TOKEN, SlackApi, holdings

pytestmark = pytest.mark.enable_socket

GONE = refuse(410)
"""The only answer that may end a delivery without its message."""

ANSWERS = st.sampled_from(
    [OK, LOST_BEFORE, LOST_AFTER, TAKEN_BUT_502, refuse(503), refuse(429, Retry_After="3"), GONE]
)
WITHOUT_GONE = ANSWERS.filter(lambda answer: answer is not GONE)


class MortalSink:
    """A sink whose process can die right before and right after every call."""

    def __init__(self, sink: Sink, fate: Fate) -> None:
        self.name = sink.name
        self.interval = sink.interval
        self._sink = sink
        self._fate = fate

    def send(self, message: Message) -> None:
        self._fate.point()
        self._sink.send(message)
        self._fate.point()

    def arrived(self, message: Message) -> bool | None:
        self._fate.point()
        answer = self._sink.arrived(message)
        self._fate.point()
        return answer

    def preview(self, message: Message) -> str:
        return self._sink.preview(message)

    def check(self) -> str:
        return self._sink.check()

    def close(self) -> None:
        self._sink.close()


def deliver_all(
    database: Path, start: Callable[[], list[Sink]], fate: Fate, policy: RetryPolicy
) -> None:
    """Runs deliverers on the database, one after another's death, until nothing is left to do. A
    new life has new sinks: what one remembers dies with it."""
    clock = ManualClock(NOW)

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(database, factory=MortalConnection)
        connection.fate = fate
        return connection

    random = Random(1)
    for _ in range(10_000):
        mortal = [MortalSink(sink, fate) for sink in start()]
        deliverer = Deliverer(connect, mortal, clock, policy, random)
        try:
            while True:
                deliverer.deliver_due(clock.now())
                due = deliverer.next_due()
                if due is None:
                    return
                clock.advance(max(0.0, (due - clock.now()).total_seconds()))
        except Killed:
            pass
        finally:
            deliverer.close()
    raise AssertionError("deliveries never come to an end")


def webhook(receiver: Receiver, **more: str) -> WebhookSink:
    config = {"type": "webhook", "name": "hook", "url": receiver.url, **more}
    return WebhookSink(WebhookConfig.model_validate(config), tools())


def queue(database: Path, messages: list[Message], sinks: list[str]) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("PRAGMA journal_mode = WAL")
        outbox = Outbox(connection)
        outbox.create()
        outbox.add(messages, sinks)


def counts(database: Path) -> dict[str, dict[Any, int]]:
    with closing(sqlite3.connect(database)) as connection:
        return Outbox(connection).counts()


def keys(messages: list[Message], sink: str) -> set[str]:
    return {delivery_key(one.id, sink) for one in messages}


@pytest.fixture(scope="module")
def receive() -> Generator[Callable[[list[Answer]], Receiver]]:
    """One server for all examples: each finds it empty, with its own script."""
    with receiving() as receiver:

        def fresh(script: list[Answer]) -> Receiver:
            receiver.reset()
            receiver.script(script)
            return receiver

        yield fresh


WHYS: list[Why] = ["first", "grew", "resolved"]
MESSAGES = st.lists(
    st.tuples(st.sampled_from(["a1", "a2", "a3"]), st.sampled_from(WHYS)),
    min_size=1,
    max_size=6,
    unique=True,
).map(lambda pairs: [message(alert, why, n) for n, (alert, why) in enumerate(pairs)])
STORIES = st.lists(st.sampled_from(["a1", "a2"]), min_size=1, unique=True).map(
    lambda alerts: [
        message(alert, why, number) for number, why in enumerate(WHYS) for alert in alerts
    ]
)
"""Incidents from their beginning to their end, as the alert stage tells them."""
DEATHS = st.lists(st.integers(0, 40), max_size=12)

campaign = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
slow_campaign = settings(campaign, max_examples=25)


@campaign
@given(messages=MESSAGES, deaths=DEATHS, script=st.lists(ANSWERS, max_size=15))
def test_a_webhook_without_status_gets_every_message_and_the_dead_are_counted(
    receive: Callable[[list[Answer]], Receiver],
    messages: list[Message],
    deaths: list[int],
    script: list[Answer],
) -> None:
    receiver = receive(script)
    with TemporaryDirectory() as folder, closing(webhook(receiver)) as sink:
        database = Path(folder) / "state.db"
        queue(database, messages, ["hook"])
        deliver_all(database, lambda: [sink], Fate(deaths), RetryPolicy())
        ended = counts(database)["hook"]
    assert ended["pending"] == ended["sending"] == 0
    assert ended["delivered"] + ended["dead"] == len(messages)
    assert ended["dead"] <= script.count(GONE)
    taken = receiver.once
    assert len(taken) >= ended["delivered"]
    assert set(taken) <= keys(messages, "hook")
    if not ended["dead"]:
        assert set(taken) == keys(messages, "hook")
    for sent in receiver.taken.values():  # every one but the first says what it is
        assert all(request.json["repeat"] for request in sent[1:])


@campaign
@given(messages=MESSAGES, deaths=DEATHS, script=st.lists(WITHOUT_GONE, max_size=15))
def test_sinks_that_can_tell_hold_every_message_exactly_once_and_in_order(
    receive: Callable[[list[Answer]], Receiver],
    messages: list[Message],
    deaths: list[int],
    script: list[Answer],
) -> None:
    receiver = receive(script)
    sink = webhook(receiver, status_url=f"{receiver.url}/{{id}}")
    with TemporaryDirectory() as folder, closing(sink):
        database, path = Path(folder) / "state.db", Path(folder) / "alerts.ndjson"
        file = FileSink(FileConfig(type="file", name="file", path=path), tools())
        queue(database, messages, ["hook", "file"])
        deliver_all(database, lambda: [sink, file], Fate(deaths), RetryPolicy())
        lines = [msgspec.json.decode(line) for line in path.read_bytes().splitlines()]
        ended = counts(database)
    assert {name: states["delivered"] for name, states in ended.items()} == dict.fromkeys(
        ("hook", "file"), len(messages)
    )
    assert Counter(line["id"] for line in lines) == Counter(keys(messages, "file"))
    assert {key: len(sent) for key, sent in receiver.taken.items()} == dict.fromkeys(
        keys(messages, "hook"), 1
    )
    queued = _by_alert((one.alert.id, one.why) for one in messages)
    taken = [sent[0].json for sent in receiver.taken.values()]
    for told in (lines, taken):
        assert _by_alert((t["alert"]["event.id"], t["why"]) for t in told) == queued


@pytest.fixture(scope="module")
def slack() -> Generator[SlackApi]:
    """One Slack for all examples: each finds its channel empty."""
    with serving(SlackApi()) as api:
        yield api


@slow_campaign
@given(messages=STORIES | MESSAGES, deaths=DEATHS, script=st.lists(WITHOUT_GONE, max_size=15))
def test_a_slack_channel_holds_every_message_exactly_once_and_in_order(
    slack: SlackApi, messages: list[Message], deaths: list[int], script: list[Answer]
) -> None:
    slack.reset()
    slack.script(script)

    def started() -> list[Sink]:
        given = {"token": TOKEN, "channel": CHANNEL, "api_url": slack.api_url}
        config = {"type": "slack", "name": "team", **given}
        return [SlackConfig.model_validate(config).build(tools())]

    with TemporaryDirectory() as folder:
        database = Path(folder) / "state.db"
        queue(database, messages, ["team"])
        deliver_all(database, started, Fate(deaths), RetryPolicy())
        ended = counts(database)["team"]
    assert ended["delivered"] == len(messages)
    held = holdings(slack)
    assert Counter(key for _, key in held) == Counter(keys(messages, "team"))
    by_alert: dict[str, list[str]] = {}
    for alert, key in held:
        by_alert.setdefault(alert, []).append(key)
    for alert, told in by_alert.items():
        mine = [m for m in messages if m.alert.id == alert]
        assert told == [delivery_key(m.id, "team") for m in mine]
        assert WHY[mine[-1].why] in newest_root(slack, alert)  # it is up to date as well


def newest_root(slack: SlackApi, alert: str) -> str:
    """The text of the incident's message in the channel."""
    return [
        msgspec.json.encode(one["blocks"]).decode()
        for one in slack.messages
        if "thread_ts" not in one and one["metadata"]["event_payload"]["alert"] == alert
    ][-1]


@pytest.fixture(scope="module")
def pagerduty() -> Generator[PagerDutyApi]:
    """One PagerDuty for all examples: each finds it without alerts."""
    with serving(PagerDutyApi(), tls=True) as api:
        yield api


@slow_campaign
@given(messages=STORIES, deaths=DEATHS, script=st.lists(WITHOUT_GONE, max_size=15))
def test_pagerduty_holds_one_alert_an_incident_and_all_are_resolved(
    pagerduty: PagerDutyApi, messages: list[Message], deaths: list[int], script: list[Answer]
) -> None:
    pagerduty.reset()
    pagerduty.script(script)
    given = {"routing_key": KEY, "api_url": pagerduty.url, "ca_file": CA}
    config = PagerDutyConfig.model_validate({"type": "pagerduty", "name": "on-call", **given})
    with TemporaryDirectory() as folder, closing(config.build(tools())) as sink:
        database = Path(folder) / "state.db"
        queue(database, messages, ["on-call"])
        deliver_all(database, lambda: [sink], Fate(deaths), RetryPolicy())
        ended = counts(database)["on-call"]
    assert ended["delivered"] == len(messages)
    assert Counter(one["key"] for one in pagerduty.alerts) == Counter(
        {one.alert.id for one in messages}
    )
    assert all(one["status"] == "resolved" for one in pagerduty.alerts)


@campaign
@given(messages=MESSAGES, deaths=DEATHS, attempts=st.integers(1, 4))
def test_what_never_works_dies_and_is_counted(
    receive: Callable[[list[Answer]], Receiver],
    messages: list[Message],
    deaths: list[int],
    attempts: int,
) -> None:
    receiver = receive([refuse(503)] * 200)
    with TemporaryDirectory() as folder, closing(webhook(receiver)) as sink:
        database = Path(folder) / "state.db"
        queue(database, messages, ["hook"])
        fate = Fate(deaths)
        deliver_all(database, lambda: [sink], fate, RetryPolicy(max_attempts=attempts))
        ended = counts(database)["hook"]
    assert ended == {"pending": 0, "sending": 0, "delivered": 0, "dead": len(messages)}
    assert len(receiver.requests) <= len(messages) * attempts + fate.died


def test_a_life_without_death_has_enough_points_for_the_deaths_drawn(tmp_path: Path) -> None:
    """The deaths above must strike before the work is done, or they would test nothing."""
    fate = Fate([0] * 30)
    file = FileSink(FileConfig(type="file", name="file", path=tmp_path / "alerts.ndjson"), tools())
    queue(tmp_path / "state.db", [message()], ["file"])
    deliver_all(tmp_path / "state.db", lambda: [file], fate, RetryPolicy())
    assert fate.died == 30


def _by_alert(pairs: Any) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    for alert, why in pairs:
        told.setdefault(alert, []).append(why)
    return told
