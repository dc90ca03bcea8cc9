"""Reads and sendings joined by trace id: over services, in samples, and where ids are missing."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec
import pytest

from detectors.anomaly.counterpart.trace_join import MOST
from detectors.records import Feedback, Finding, PartialSum
from detectors.records.flow import Channel
from detectors.records.sums import ANY_CATEGORY
from detectors.traces import pack, print_of
from tests.support.moments import MONDAY, at
from tests.unit.anomaly.test_counterpart import found, new

ROWS = 40


def carried(
    window: datetime, channel: Channel, ids: range, *, untraced: int = 0, lost: int = 0
) -> PartialSum:
    """A sum under so many traces: `ids` from the minute's own; the last `lost` of them without."""
    names = [print_of(f"{window.date()} {window.hour} {n}") for n in ids[: len(ids) - lost]]
    weight = ROWS if channel == "access" else 1
    return PartialSum(
        window=window,
        channel=channel,
        subprocessor="hubspot",
        registered=True,
        service="crm-store" if channel == "access" else "crm-sync",
        category=ANY_CATEGORY,
        events=len(ids) + untraced,
        traced=len(ids) - lost,
        traces=pack(dict.fromkeys(names, weight)),
    )


def hourly(days: float, start: datetime = MONDAY, many: int = 20) -> Iterator[PartialSum]:
    """Reads at ten past, and their sendings at a quarter past, of another service."""
    for hour in range(int(days * 24)):
        window = start + timedelta(hours=hour, minutes=10)
        yield carried(window, "access", range(many))
        yield carried(window + timedelta(minutes=5), "egress", range(many))


def one(findings: list[Finding]) -> Finding:
    assert len({finding.id for finding in findings}) == 1
    return findings[-1]


def test_reads_whose_traces_nothing_sent_had_are_told_beside_busy_traffic() -> None:
    lone = carried(at(12, 40, day=5), "access", range(100, 110))

    finding = one(found([*hourly(6), lone], at(20, day=5)))

    assert finding.rule == "access-without-egress"
    assert finding.message == (
        "crm-store read 400 records for Hubspot, Saturday 12:40 to 13:00 UTC, under 10 traces of "
        "30 that no request there had within 60 minutes; 0.16 % are usual"
    )
    assert (finding.service, finding.values, finding.events) == ("crm-store", 400, 0)
    assert finding.detected == at(14, day=5)


def test_sendings_whose_traces_nobody_read_under_are_told() -> None:
    lone = carried(at(12, 40, day=5), "egress", range(100, 130))
    finding = one(found([*hourly(6), lone], at(20, day=5)))
    assert finding.rule == "egress-without-access"
    assert (finding.service, finding.values, finding.events) == ("crm-sync", 0, 30)
    assert "that no access record had within 60 minutes" in finding.message


@pytest.mark.parametrize("minutes", [-60, -1, 0, 1, 60])
def test_the_sending_may_come_before_or_after(minutes: int) -> None:
    read = carried(at(12, 30, day=5), "access", range(100, 110))
    sent = msgspec.structs.replace(
        carried(at(12, 30, day=5), "egress", range(100, 110)),
        window=at(12, 30, day=5) + timedelta(minutes=minutes),
    )
    sums = sorted([*hourly(6), read, sent], key=lambda part: part.window)
    assert not found(sums, at(20, day=5))


def test_few_misses_where_misses_are_usual_are_not_told() -> None:
    """Some reads serve nobody outside: one in ten is never sent under its trace."""
    sums = list(hourly(6))
    for hour in range(6 * 24):
        sums.append(carried(MONDAY + timedelta(hours=hour, minutes=20), "access", range(50, 52)))
    assert not found(sums, at(0, day=6))
    many = carried(at(12, 40, day=5), "access", range(100, 130))
    assert found([*sums, many], at(0, day=6))


def test_one_that_is_not_known_yet_is_not_spoken_of() -> None:
    lone = carried(at(12, 40, day=2), "access", range(100, 110))
    assert not found([*hourly(3), lone], at(0, day=3))


def test_where_requests_lose_their_ids_nothing_is_told() -> None:
    """After a release of the proxy, half of the requests bring no id: they cannot be joined."""
    sums = list(hourly(5))
    for hour in range(24):
        window = at(hour, 10, day=5)
        sums.append(carried(window, "access", range(20)))
        sums.append(carried(window + timedelta(minutes=5), "egress", range(20), lost=10))
    assert not found(sums, at(0, day=6))


def test_what_could_not_be_joined_is_said() -> None:
    sums = []
    for day in range(6):
        for hour in range(24):
            window = at(hour, 10, day=day)
            sums.append(carried(window, "access", range(20)))
            sums.append(carried(window, "egress", range(20), untraced=1))
    lone = carried(at(12, 40, day=5), "access", range(100, 115))
    finding = one(found([*sums, lone], at(20, day=5)))
    assert "; 1 of 21 requests meanwhile brought no trace id" in finding.message


def test_of_very_many_traces_a_sample_is_joined() -> None:
    """Each minute has ten times as many traces as a sum names, on both sides."""
    sums = [
        carried(MONDAY + timedelta(hours=hour, minutes=n), channel, range(700 * n, 700 * n + 640))
        for hour in range(6 * 24)
        for n in (5, 45)
        for channel in ("access", "egress")
    ]
    matcher = new()
    assert not found(sums, at(0, day=6), matcher)
    assert len(matcher.tracer.joins["hubspot"].traces) <= MOST
    lone = [carried(at(12, n, day=6), "access", range(90_000, 91_200)) for n in range(5, 60, 10)]
    after = [
        msgspec.structs.replace(part, window=part.window + timedelta(days=6))
        for part in sums[: 24 * 4]
    ]
    told = found(sorted([*after, *lone], key=lambda part: part.window), at(0, day=7), matcher)
    rows = sum(finding.values for finding in told)
    assert one(told).rule == "access-without-egress"
    assert 0.3 * 1200 * ROWS < rows < 10 * 1200 * ROWS


def test_restored_joins_go_on_as_the_stored_ones() -> None:
    first, second = new(), new()
    lone = carried(at(12, 40, day=5), "access", range(100, 110))
    found([*hourly(5.5), lone], at(12, 50, day=5), first)
    for name, value in first.dump_changes():
        assert value is not None
        kind, *parts = msgspec.json.decode(name, type=list[str])
        second.restore(kind, parts, value)
    after = list(hourly(0.5, at(13, day=5)))
    assert found(after, at(0, day=6), second) == found(after, at(0, day=6), first) != []
    assert not list(new().dump_changes())


def test_what_an_analyst_accepts_is_harder_to_tell_again() -> None:
    matcher = new()
    lone = carried(at(12, 40, day=5), "access", range(100, 110))
    first = one(found([*hourly(5.75), lone], at(18, day=5), matcher))
    answer = Feedback(
        at=at(18, day=5),
        alert="a",
        rule=first.rule,
        verdict="expected",
        subprocessor="hubspot",
        since=first.timestamp,
        until=first.last,
    )
    for _ in range(4):
        matcher.answer(answer)
    again = carried(at(20, 40, day=5), "access", range(100, 110))
    assert not found([*hourly(0.2, at(19, day=5)), again], at(0, day=6), matcher)
