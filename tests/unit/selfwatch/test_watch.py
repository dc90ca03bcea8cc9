"""From verdicts to findings and closing commands."""

from collections.abc import Sequence
from datetime import timedelta
from threading import Event

import pytest

from detectors.records import Command, Finding
from monitor.clock import ManualClock
from monitor.selfwatch.figures import Figures
from monitor.selfwatch.inbox import Inbox
from monitor.selfwatch.settings import SelfMonitoringSettings
from monitor.selfwatch.watch import AGAIN, SelfWatch
from monitor.telemetry.logs import Log
from tests.support.moments import at

START = at(12)


class Stand:
    """A watch whose word is written down: rules that are wrong, with what; rules that are well."""

    def __init__(self) -> None:
        self.clock = ManualClock(START)
        self.figures = Figures()
        self.said: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self.broken = False
        self.watch = SelfWatch(
            SelfMonitoringSettings(silent_minutes=10), lambda: self.figures, self, self.clock, Log()
        )

    def tell(self, findings: Sequence[Finding], commands: Sequence[Command]) -> None:
        if self.broken:
            raise OSError("no broker answers")
        self.said += [(one.rule, one.service) for one in findings]
        self.said += [(one.rule, "well") for one in commands]
        self.ids += [one.id for one in findings]

    def look(self, minutes: float = 1) -> list[tuple[str, str]]:
        """What one look says."""
        self.said = []
        self.clock.advance(minutes * 60)
        self.watch.look()
        return self.said


def test_trouble_is_told_once_then_now_and_then_and_its_end_once() -> None:
    stand = Stand()
    assert stand.look() == []
    stand.watch.report("index-unavailable", "index", "it takes no writes")
    assert stand.look() == [("index-unavailable", "index")]
    assert stand.look() == []
    assert stand.look(AGAIN.total_seconds() / 60) == [("index-unavailable", "index")]
    assert len(set(stand.ids)) == 1
    stand.watch.report("index-unavailable", "index", "")
    assert stand.look() == [("index-unavailable", "well")]
    assert stand.look() == []
    stand.watch.report("index-unavailable", "index", "again")
    assert stand.look() == [("index-unavailable", "index")]
    assert len(set(stand.ids)) == 2


def test_a_rule_is_well_when_all_its_subjects_are() -> None:
    stand = Stand()
    stand.watch.report("deliveries-dead", "chat", "given up")
    stand.watch.report("deliveries-dead", "mail", "given up")
    assert stand.look() == [("deliveries-dead", "chat"), ("deliveries-dead", "mail")]
    stand.watch.report("deliveries-dead", "chat", "")
    assert stand.look() == []
    stand.watch.report("deliveries-dead", "mail", "")
    assert stand.look() == [("deliveries-dead", "well")]


def test_what_was_open_before_a_restart_is_closed_by_the_first_good_news() -> None:
    stand = Stand()
    stand.figures = Figures(last_record={"traffic": 0})
    assert stand.look() == []  # it has brought nothing yet: who knows
    stand.figures = Figures(last_record={"traffic": stand.clock.now().timestamp()})
    assert stand.look() == [("source-silent", "well")]


def test_of_what_others_judge_too_only_ones_own_trouble_ends() -> None:
    inbox, clock = Inbox(), ManualClock(START)
    shared = SelfMonitoringSettings(), Figures, inbox, clock, Log(), {"index-unavailable"}
    watch = SelfWatch(*shared)
    watch.report("index-unavailable", "index", "")
    watch.look()
    assert not inbox.waiting  # another may have told of it
    watch.report("index-unavailable", "index", "away")
    watch.look()
    assert len(inbox.take().findings) == 1
    watch.report("index-unavailable", "index", "")
    watch.look()
    assert [one.rule for one in inbox.take().commands] == ["index-unavailable"]


def test_a_finding_says_since_when_and_holds_the_sentence() -> None:
    inbox, clock = Inbox(), ManualClock(START)
    watch = SelfWatch(SelfMonitoringSettings(), Figures, inbox, clock, Log())
    watch.report("index-unavailable", "index", "the disk is full")
    watch.look()
    clock.advance(AGAIN.total_seconds())
    watch.look()
    first, again = inbox.take().findings
    assert (first.message, first.subprocessor, first.kind) == (
        "the disk is full",
        "egresswatch",
        "self",
    )
    assert (first.timestamp, first.last) == (START, START)
    assert (again.timestamp, again.last) == (START, START + AGAIN)
    assert again.id == first.id


def test_what_could_not_be_told_is_told_at_the_next_look() -> None:
    stand = Stand()
    stand.watch.report("index-unavailable", "index", "away")
    stand.broken = True
    with pytest.raises(OSError, match="no broker"):
        stand.look()
    stand.broken = False
    assert stand.look() == [("index-unavailable", "index")]


def test_a_report_wakes_the_thread() -> None:
    told = Event()

    class Told(Inbox):
        def tell(self, findings: Sequence[Finding], commands: Sequence[Command]) -> None:
            super().tell(findings, commands)
            if self.waiting:
                told.set()

    inbox = Told()
    watch = SelfWatch(
        SelfMonitoringSettings(check_seconds=3600), Figures, inbox, ManualClock(START), Log()
    )
    watch.start()
    watch.report("index-unavailable", "index", "away")
    assert told.wait(60)
    watch.stop()
    assert [one.rule for one in inbox.take().findings] == ["index-unavailable"]


def test_trouble_that_is_over_before_it_was_taken_is_not_told() -> None:
    inbox, clock = Inbox(), ManualClock(START)
    watch = SelfWatch(SelfMonitoringSettings(), Figures, inbox, clock, Log())
    for problem in ("away", "", "away again"):
        watch.report("index-unavailable", "index", problem)
        clock.advance(timedelta(minutes=1).total_seconds())
        watch.look()
    commands, findings = inbox.take()
    assert [one.rule for one in commands] == ["index-unavailable"]
    assert [one.message for one in findings] == ["away again"]
    assert not inbox.waiting
