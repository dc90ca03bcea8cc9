"""The alert stage and the deliverer die at random points: for every incident somebody is told, and
a receiver that can be asked holds no message twice.

A day's work in the embedded runner, on a database whose process can die before and after every
statement: incidents of many vendors, groups that wait, repeats, a silence, closings and returns,
while the receiver refuses, drops connections and loses answers. After each death all begins anew
from what was committed; the clock goes on.
"""

import os
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from random import Random
from threading import Event
from typing import Any

import msgspec
import pytest

from alerts.delivery import Deliverer, RetryPolicy, ledger
from alerts.desk.notifications import NotificationSettings
from alerts.desk.silences import new_silence
from alerts.index.sqlite import SqliteIndex
from alerts.lifecycle import IncidentSettings
from alerts.sinks import Sink
from alerts.sinks.file import FileConfig, FileSink
from alerts.sinks.webhook import WebhookConfig, WebhookSink
from detectors.anomaly import Baseline, BaselineSettings
from detectors.records import Alert, Command, EgressEvent, Flow
from monitor.answers import give_answer
from monitor.clock import ManualClock
from monitor.pipeline import Pipeline
from monitor.runners.embedded import EmbeddedRunner
from monitor.runners.intake import Intake, IntakeSettings
from monitor.runners.store import EmbeddedStore
from monitor.stages.alert import AlertStage
from monitor.stages.scan import Incoming, ScanStage
from monitor.state.database import FILE_NAME, connect, open_database, transaction
from tests.support.messages import tools
from tests.support.moments import at
from tests.support.mortal import Fate, Killed, MortalConnection
from tests.support.naming import PlainNames
from tests.support.partitions import ListPartition, ListSource, MomentFormat
from tests.support.receiver import (
    LOST_AFTER,
    LOST_BEFORE,
    OK,
    TAKEN_BUT_502,
    Receiver,
    receiving,
    refuse,
)
from tests.unit.stages.test_scan import stage

pytestmark = pytest.mark.enable_socket

KILLS = int(os.environ.get("EGRESSWATCH_CHAOS_KILLS", "5"))
VENDORS = 12
ROUNDS = 40
START = at(12)
ANSWERS = [
    OK,
    OK,
    LOST_BEFORE,
    LOST_AFTER,
    TAKEN_BUT_502,
    refuse(503),
    refuse(429, Retry_After="3"),
]
NOTIFICATIONS: dict[str, Any] = {
    "group": {"wait_seconds": 5, "interval_seconds": 20, "repeat_hours": 0.02},
    "storm": {"messages": 8, "minutes": 1},
    "silences": {"notice_minutes": 0.5},
}


class VendorStage(ScanStage):
    """Every event goes to one of many unregistered vendors, which its minute names."""

    def __init__(self) -> None:
        vars(self).update(vars(stage()))

    def flow(self, incoming: Incoming) -> tuple[Flow, dict[str, set[int]]]:
        moment = incoming.event.timestamp
        event = msgspec.convert(
            {
                "@timestamp": moment,
                "url": {"full": f"https://api.vendor{moment.minute % VENDORS}.com/x"},
                "http": {"request": {"body": {"content": '{"email":"jane@shop.example.org"}'}}},
            },
            EgressEvent,
        )
        return super().flow(Incoming(incoming.id, incoming.late, event))


class World:
    """What outlives a process: the clock, the disk, the receiver, the traffic, the analysts."""

    def __init__(self, folder: Path, receiver: Receiver, fate: Fate) -> None:
        self.folder, self.receiver, self.fate = folder, receiver, fate
        self.clock = ManualClock(START)
        self.traffic = ListPartition("a", [at(9, minute) for minute in range(4)], ends=False)
        self.round = 0

    @property
    def path(self) -> Path:
        return self.folder / FILE_NAME

    def connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, factory=MortalConnection, isolation_level=None, check_same_thread=False
        )
        connection.fate = self.fate
        return connection

    def pass_time(self) -> None:
        """A few seconds, in which traffic comes and analysts answer; once each, whoever dies."""
        self.round += 1
        self.clock.advance(4)
        more = [at(9, self.round, second) for second in range(3)]
        self.traffic.items += more if self.round < ROUNDS // 2 else []
        act = {4: self.close, 6: self.silence, 12: self.close, 16: self.acknowledge}.get(self.round)
        if act is not None:
            with closing(connect(self.path)) as connection:
                act(SqliteIndex.open(connection), connection)

    def close(self, index: SqliteIndex, connection: sqlite3.Connection) -> None:
        for alert in self.heard(index, connection)[:3]:
            if alert.status != "closed":
                said = {"action": "close", "verdict": "true-positive", "who": "ann"}
                give_answer(index, connection, alert.id, at=alert.last, **said)

    def acknowledge(self, index: SqliteIndex, connection: sqlite3.Connection) -> None:
        alert = next(one for one in self.heard(index, connection) if one.status == "open")
        give_answer(index, connection, alert.id, action="acknowledge", at=self.clock.now(), who="z")

    def heard(self, index: SqliteIndex, connection: sqlite3.Connection) -> list[Alert]:
        """The incidents that somebody was told of."""
        told = {one.alert for one in ledger(connection, limit=1_000)}
        return [one for one in alerts_of(index) if one.id in told and not one.muted]

    def silence(self, index: SqliteIndex, connection: sqlite3.Connection) -> None:
        now = self.clock.now()
        silence = new_silence(
            ["subprocessor=~vendor(7|8).com"],
            owner="ann",
            reason="a test",
            starts=now,
            ends=now + timedelta(seconds=50),
            said=now,
        )
        with transaction(connection):
            index.add_command(Command(at=now, action="silence", silence=silence))


class Waits(Event):
    """Where the runner would wait, a few seconds pass and the deliverer has its turn."""

    def __init__(self, world: World, deliverer: Deliverer) -> None:
        super().__init__()
        self._world, self._deliverer = world, deliverer

    def wait(self, timeout: float | None = None) -> bool:
        self._deliverer.deliver_due()
        if self._world.round >= ROUNDS and self._deliverer.next_due() is None:
            self.set()
        else:
            self._world.pass_time()
        return self.is_set()


def live(world: World, sinks: list[Sink]) -> None:
    """One process, until all is done or it dies."""
    deliverer = Deliverer(world.connect, sinks, world.clock, RetryPolicy(), Random(1))
    with closing(world.connect()) as connection:
        try:
            names = PlainNames()
            notifications = NotificationSettings.model_validate(NOTIFICATIONS)
            pipeline = Pipeline(
                VendorStage(),
                Baseline(BaselineSettings(), names),
                AlertStage(IncidentSettings(), notifications, names),
            )
            source = ListSource(world.traffic)
            intake = Intake(
                [source], lambda _: MomentFormat(), world.clock, IntakeSettings(records=4)
            )
            store = EmbeddedStore(connection)
            told = [sink.name for sink in sinks]
            runner = EmbeddedRunner(pipeline, [source], intake, store, told, clock=world.clock)
            runner.run(Waits(world, deliverer))
        finally:
            deliverer.close()


def play(folder: Path, receiver: Receiver, deaths: list[int], seed: int) -> World:
    """The whole story, with these deaths in it."""
    folder.mkdir()
    open_database(folder).close()
    random = Random(seed)
    receiver.reset()
    receiver.script(random.choice(ANSWERS) for _ in range(60))
    world = World(folder, receiver, Fate(deaths))
    config = {"type": "webhook", "name": "hook", "url": receiver.url}
    status = {"status_url": f"{receiver.url}/{{id}}"}
    for _ in range(KILLS + 1):
        hook = WebhookSink(WebhookConfig.model_validate({**config, **status}), tools())
        file = FileSink(
            FileConfig(type="file", name="file", path=folder / "alerts.ndjson"), tools()
        )
        with closing(hook), suppress(Killed):
            live(world, [hook, file])
            return world
    raise AssertionError("more deaths than were planned")


def alerts_of(index: SqliteIndex) -> Iterator[Alert]:
    for row in sorted(index.search("alerts", limit=500).rows, key=lambda row: row["event.id"]):
        alert = index.alert(row["event.id"])
        assert alert is not None
        yield alert


def require_told(world: World) -> None:
    """Every incident was told of, by itself or as one of a storm; and no message twice."""
    with closing(connect(world.path)) as connection:
        alerts = list(alerts_of(SqliteIndex.open(connection)))
    lines = (world.folder / "alerts.ndjson").read_bytes().splitlines()
    messages = [msgspec.json.decode(line) for line in lines]
    assert len({one["id"] for one in messages}) == len(messages)
    told = Counter((one["alert"]["event.id"], one["why"]) for one in messages)
    for alert in alerts:
        heard = sum(told[alert.id, why] for why in ("first", "reopened", "repeat"))
        assert heard or "storm" in alert.muted, alert
        assert told[alert.id, "first"] <= 1
    assert all(len(sent) == 1 for sent in world.receiver.taken.values())
    hooked = [sent[0].json for sent in world.receiver.taken.values()]
    assert sorted(_said(hooked)) == sorted(_said(messages)), "both sinks were told the same"
    assert len(alerts) >= VENDORS


def _said(messages: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(one["alert"]["event.id"], one["why"], one["decided"]) for one in messages]


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def test_whenever_the_alert_stage_dies_every_incident_is_told_and_nothing_twice(
    tmp_path: Path, receiver: Receiver
) -> None:
    untouched = play(tmp_path / "untouched", receiver, [], 0)
    require_told(untouched)
    whys = {sent[0].json["why"] for sent in receiver.taken.values()}
    assert whys == {"first", "reopened", "repeat", "acknowledged", "resolved"}
    points = untouched.fate.points
    random = Random(KILLS)
    for seed in (1, 2):
        deaths = [random.randrange(2 * points // (KILLS + 1)) for _ in range(KILLS)]
        world = play(tmp_path / str(seed), receiver, deaths, seed)
        require_told(world)
        assert world.fate.died >= KILLS // 2, "the deaths must strike before the work is done"
