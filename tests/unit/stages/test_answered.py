"""What receivers are told of analysts' answers."""

from typing import Any

import pytest

from alerts.desk.notifications import NotificationSettings
from alerts.lifecycle import IncidentSettings
from detectors.records import Command
from monitor.stages.alert import AlertStage
from tests.support.messages import NOW, alert
from tests.support.naming import PlainNames

ACK = Command(at=NOW, action="acknowledge", alert="a1")
CLOSE = Command(at=NOW, action="close", alert="a1", verdict="expected")
CLOSED = {"status": "closed", "verdict": "expected"}


def stage() -> AlertStage:
    return AlertStage(IncidentSettings(), NotificationSettings(), PlainNames())


@pytest.mark.parametrize(
    ("commands", "status", "told"),
    [
        ([ACK], {"status": "acknowledged"}, ["acknowledged"]),
        ([CLOSE], CLOSED, ["resolved"]),
        ([ACK, CLOSE], CLOSED, ["resolved"]),
        ([], {}, []),
    ],
)
def test_an_answer_is_told_as_long_as_it_is_true(
    commands: list[Command], status: dict[str, Any], told: list[str]
) -> None:
    one = stage()
    desk = one.new_desk()
    desk.note(alert(), NOW)
    assert [sent.why for sent in desk.tell(NOW).messages] == ["first"]
    outcome = one.answered(desk, commands, lambda _: alert(**status), NOW)
    assert [sent.why for sent in outcome.messages] == told


def test_an_answer_to_an_alert_that_is_gone_or_that_nobody_heard_of_is_told_to_nobody() -> None:
    one = stage()
    assert one.answered(one.new_desk(), [ACK, CLOSE], lambda _: None, NOW) == ([], [])
    closed = one.answered(one.new_desk(), [CLOSE], lambda _: alert(**CLOSED), NOW)
    assert closed.messages == []
