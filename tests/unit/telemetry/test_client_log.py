"""librdkafka's lines: the first of a kind at once, many in one later, and no thread names."""

import io
import json
import logging
from typing import Any

import pytest

from monitor.clock import ManualClock
from monitor.telemetry.client_log import client_logger
from monitor.telemetry.logs import Log
from tests.support.moments import at

FORM = "%s [%s] %s"
WORDS = "[thrd:k1:9092/1]: k1:9092/1: Connect to ipv4#10.0.0.1:9092 failed: Connection refused"


class Told:
    def __init__(self) -> None:
        self.clock = ManualClock(at(12))
        self._stream = io.StringIO()
        self._logger = client_logger(Log("json", self._stream), self.clock)

    def say(self, code: str, client: str, words: str = WORDS, level: int = logging.ERROR) -> None:
        self._logger.log(level, FORM, code, client, words)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._stream.getvalue().splitlines()]


@pytest.fixture
def told() -> Told:
    return Told()


def test_a_line_has_its_client_its_code_and_librdkafkas_words(told: Told) -> None:
    told.say("FAIL", "scan-0#producer-7")
    (line,) = told.lines
    assert (line["event"], line["level"]) == ("kafka.error", "error")
    assert (line["client"], line["code"], line["count"]) == ("scan-0", "FAIL", 1)
    assert line["problem"] == "k1:9092/1: Connect to ipv4#10.0.0.1:9092 failed: Connection refused"


def test_an_outage_is_a_line_a_minute_with_how_many_there_were(told: Told) -> None:
    for _ in range(120):
        for _ in range(36):
            told.say("FAIL", "scan-0#producer-7")
        told.clock.advance(1)
    assert [line["count"] for line in told.lines] == [1, 36 * 60]


def test_another_code_and_another_client_are_told_at_once(told: Told) -> None:
    told.say("FAIL", "scan-0#producer-7")
    told.say("REQTMOUT", "scan-0#producer-7", level=logging.WARNING)
    told.say("FAIL", "alert-0#consumer-2")
    assert [(line["client"], line["code"], line["level"]) for line in told.lines] == [
        ("scan-0", "FAIL", "error"),
        ("scan-0", "REQTMOUT", "warning"),
        ("alert-0", "FAIL", "error"),
    ]


def test_words_without_a_thread_stay_and_long_ones_are_cut(told: Told) -> None:
    told.say("ERROR", "index-0#consumer-1", "x" * 1000)
    (line,) = told.lines
    assert line["problem"] == "x" * 200
