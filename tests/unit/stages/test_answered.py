"""What receivers are told of analysts' answers."""

from typing import Any

import pytest

from detectors.records import Command
from monitor.stages.alert import AlertStage
from tests.support.messages import NOW, alert

ACK = Command(at=NOW, action="acknowledge", alert="a1")
CLOSE = Command(at=NOW, action="close", alert="a1", verdict="expected")


@pytest.mark.parametrize(
    ("commands", "status", "told"),
    [
        ([ACK], {"status": "acknowledged"}, ["acknowledged"]),
        ([CLOSE], {"status": "closed", "verdict": "expected"}, ["resolved"]),
        ([ACK, CLOSE], {"status": "closed", "verdict": "expected"}, ["resolved"]),
        ([], {}, []),
    ],
)
def test_an_answer_is_told_as_long_as_it_is_true(
    commands: list[Command], status: dict[str, Any], told: list[str]
) -> None:
    messages = AlertStage.answered(commands, lambda _: alert(**status))
    assert [one.why for one in messages] == told


def test_an_answer_to_an_alert_that_is_gone_is_told_to_nobody() -> None:
    assert AlertStage.answered([ACK, CLOSE], lambda _: None) == []
