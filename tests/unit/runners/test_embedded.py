"""The embedded runner on sources in memory: what it commits, and when it stops."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import msgspec

from alerts.delivery import ledger
from alerts.desk.notifications import NotificationSettings
from alerts.desk.silences import new_silence
from alerts.lifecycle import IncidentSettings, apply_command
from detectors.anomaly import Baseline, BaselineSettings
from detectors.records import Command, EgressEvent, Flow
from monitor.clock import ManualClock
from monitor.pipeline import Pipeline
from monitor.runners.embedded import EmbeddedRunner, Summary
from monitor.runners.intake import Intake, IntakeSettings
from monitor.runners.store import EmbeddedStore
from monitor.silencing import known_silences
from monitor.stages.alert import AlertStage
from monitor.stages.names import Names
from monitor.stages.scan import Incoming, ScanStage
from monitor.state.database import open_database
from tests.support.moments import at
from tests.support.naming import PlainNames
from tests.support.partitions import ListPartition, ListSource, MomentFormat
from tests.unit.stages.test_scan import stage

NOW = at(12, day=30)


class PlainStage(ScanStage):
    """Every event goes to an unregistered vendor with one e-mail address; minute 13 breaks."""

    def __init__(self) -> None:
        made = stage()
        vars(self).update(vars(made))

    def flow(self, incoming: Incoming) -> tuple[Flow, dict[str, set[int]]]:
        moment = incoming.event.timestamp
        if moment.minute == 13:
            raise KeyError("jane@shop.example.org")
        event = msgspec.convert(
            {
                "@timestamp": moment,
                "url": {"full": "https://t.example.net/x"},
                "http": {"request": {"body": {"content": '{"email":"jane@shop.example.org"}'}}},
            },
            EgressEvent,
        )
        return super().flow(Incoming(incoming.id, incoming.late, event))


class Stand:
    """A runner over some partitions, with its store open."""

    def __init__(
        self, folder: Path, *partitions: ListPartition, records: int = 4, **notifications: Any
    ) -> None:
        self.connection = open_database(folder)
        self.store = EmbeddedStore(self.connection)
        self.source = ListSource(*partitions)
        self.clock = ManualClock(NOW)
        names = PlainNames()
        pipeline = Pipeline(
            PlainStage(),
            Baseline(BaselineSettings(), names),
            AlertStage(
                IncidentSettings(),
                NotificationSettings.model_validate(notifications),
                Names(stage().registry, stage().taxonomy),
            ),
        )
        intake = Intake(
            [self.source],
            lambda _: MomentFormat(),
            self.clock,
            IntakeSettings(records=records, idle=timedelta(minutes=1)),
        )
        self.told = 0
        self.runner = EmbeddedRunner(
            pipeline,
            [self.source],
            intake,
            self.store,
            ["log"],
            self._committed,
            clock=self.clock,
        )

    def _committed(self) -> None:
        self.told += 1

    def flows(self) -> int:
        return self.store.index.search("flows").total


@contextmanager
def standing(folder: Path, *partitions: ListPartition, **how: Any) -> Generator[Stand]:
    stand = Stand(folder, *partitions, **how)
    try:
        yield stand
    finally:
        stand.connection.close()


def minutes(*numbers: int) -> list[datetime | str | None]:
    return [at(9, number) for number in numbers]


def test_a_run_to_the_end_commits_batch_by_batch(tmp_path: Path) -> None:
    with standing(tmp_path, ListPartition("a", minutes(*range(10)))) as stand:
        summary = stand.runner.run(Event())

        assert (summary.records, summary.events, summary.batches) == (10, 10, 3)
        assert stand.source.commits == 3
        assert stand.flows() == 10
        assert stand.told == 4, "three batches, and the end"
        assert summary.alerts == 1
        (alert,) = stand.store.index.search("alerts").rows
        assert alert["egresswatch.events"] == 10


def test_a_second_run_goes_on_where_the_first_was_stopped(tmp_path: Path) -> None:
    stop = Event()

    def after_one(summary: Summary) -> None:
        stop.set()

    with standing(tmp_path, ListPartition("a", minutes(*range(10)))) as first:
        assert first.runner.run(stop, after_one).records == 4
    with standing(tmp_path, ListPartition("a", minutes(*range(10)))) as second:
        assert second.runner.run(Event()).records == 6
        assert second.flows() == 10


def test_an_event_that_cannot_be_scanned_is_a_dead_letter_with_its_place(tmp_path: Path) -> None:
    with standing(tmp_path, ListPartition("a", minutes(12, 13, 14))) as stand:
        stand.runner.run(Event())
        (letter,) = stand.store.index.search("dead-letters").rows
        assert (letter["egresswatch.partition"], letter["egresswatch.offset"]) == ("a", 1)
        assert letter["error.code"] == "scan-failed"
        assert "jane" not in str(letter)
        assert stand.flows() == 2


def test_an_event_seen_before_counts_no_more(tmp_path: Path) -> None:
    with standing(tmp_path, ListPartition("a", minutes(1, 2))) as stand:
        stand.runner.run(Event())
    with standing(tmp_path, ListPartition("a", minutes(1, 2))) as again:
        again.connection.execute("DELETE FROM positions")
        summary = again.runner.run(Event())
        assert (summary.duplicates, summary.events) == (2, 0)
        (alert,) = again.store.index.search("alerts").rows
        assert alert["egresswatch.events"] == 2


def test_a_waiting_runner_tells_of_answers_and_lets_time_pass(tmp_path: Path) -> None:
    live = ListPartition("a", minutes(1, 2), ends=False)
    with standing(tmp_path, live) as stand:
        stop = StopAfter(stand, [close_the_alert, pass_ten_minutes, lambda _: None])
        stand.runner.run(stop)

        whys = [one.why for one in ledger(stand.connection)]
        assert whys == ["resolved", "first"]
        progress = stand.store.state.progress()["a"]
        assert progress.event_time == at(9, 12)


GROUPED = {"group": {"wait_seconds": 60, "interval_seconds": 0, "repeat_hours": 1}}


def test_a_group_waits_over_a_restart_and_is_told_when_its_time_has_come(tmp_path: Path) -> None:
    live = ListPartition("a", minutes(1, 2), ends=False)
    with standing(tmp_path, live, **GROUPED) as stand:
        stand.runner.run(StopAfter(stand, [lambda one: one.clock.advance(30)]))
        assert ledger(stand.connection) == []
    with standing(tmp_path, live, **GROUPED) as stand:
        stand.clock.advance(59)
        stand.runner.run(StopAfter(stand, [lambda one: one.clock.advance(2), lambda _: None]))
        assert [one.why for one in ledger(stand.connection)] == ["first"]
        hours = [lambda one: one.clock.advance(3_601), lambda _: None]
        stand.runner.run(StopAfter(stand, hours * 2))
        assert [one.why for one in ledger(stand.connection)] == ["repeat", "repeat", "first"]
        assert len({one.key for one in ledger(stand.connection)}) == 3


def test_where_all_input_has_ended_no_group_waits(tmp_path: Path) -> None:
    with standing(tmp_path, ListPartition("a", minutes(1, 2)), **GROUPED) as stand:
        stand.runner.run(Event())
        assert [one.why for one in ledger(stand.connection)] == ["first"]


def test_a_silence_is_taken_up_and_its_mark_is_in_the_index(tmp_path: Path) -> None:
    live = ListPartition("a", minutes(1, 2), ends=False)
    with standing(tmp_path, live, **GROUPED) as stand:
        acts = [silence_all, pass_ten_minutes, pass_ten_minutes, lambda _: None]
        stand.runner.run(StopAfter(stand, acts))
        page = stand.store.index.search("alerts", "muted:silence*")
        assert page.total == 1
        assert ledger(stand.connection) == []
        (known,) = known_silences(stand.store.index, stand.store.state)
        assert (known.hits, known.silence.owner) == (1, "ann")


def silence_all(stand: Stand) -> None:
    now = stand.clock.now()
    silence = new_silence(
        ["severity=~.*"],
        owner="ann",
        reason="a test",
        starts=now,
        ends=now + timedelta(hours=2),
        said=now,
    )
    stand.store.index.add_command(Command(at=now, action="silence", silence=silence))


def close_the_alert(stand: Stand) -> None:
    (row,) = stand.store.index.search("alerts").rows
    alert = stand.store.index.alert(row["event.id"])
    assert alert is not None
    command = Command(at=NOW, action="close", alert=alert.id, verdict="true-positive")
    stand.store.index.add_command(command)
    stand.store.index.put_alerts([apply_command(alert, command)])


def pass_ten_minutes(stand: Stand) -> None:
    stand.clock.advance(600)


class StopAfter(Event):
    """Does something each time the runner waits, and stops it when all is done."""

    def __init__(self, stand: Stand, acts: list[Callable[[Stand], None]]) -> None:
        super().__init__()
        self._stand, self._acts = stand, acts

    def wait(self, timeout: float | None = None) -> bool:
        if self._acts:
            self._acts.pop(0)(self._stand)
        else:
            self.set()
        return self.is_set()
