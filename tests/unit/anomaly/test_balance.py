"""More read than what is sent explains, and more sent than what was read: where traffic never
pauses."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

import msgspec

from detectors.distinct import estimate, sketch
from detectors.records import Finding, PartialSum
from detectors.records.sums import ANY_CATEGORY
from tests.support.moments import MONDAY, at
from tests.unit.anomaly.test_counterpart import EMAIL, found, new


def minute(window: datetime, read: int, sent: int, people: int = 0) -> list[PartialSum]:
    """So many records read and values sent, about so many people."""
    same = {"window": window, "subprocessor": "hubspot", "service": "crm", "registered": True}
    return [
        PartialSum(**same, channel=channel, category=category, events=1, **more)
        for channel, count in (("access", read), ("egress", sent))
        if count
        for category, more in (
            (ANY_CATEGORY, {"destinations": ("api.hubapi.com",) if channel == "egress" else ()}),
            (
                EMAIL,
                {
                    "values": count,
                    "fields": ("email",),
                    "subjects": sketch(range(people)) if channel == "egress" else b"",
                },
            ),
        )
    ]


def busy(days: float, start: datetime = MONDAY, seed: int = 5) -> Iterator[PartialSum]:
    """Every five minutes some three records are read for each value that is sent: twice as many by
    day as by night."""
    random = Random(seed)
    for step in range(int(days * 288)):
        window = start + timedelta(minutes=5 * step)
        sent = random.randint(15, 25) * (2 if 8 <= window.hour < 18 else 1)
        yield from minute(window, 3 * sent + random.randint(-9, 9), sent)


def reading(start: datetime, hours: int, read: int) -> Iterator[PartialSum]:
    """Reads besides the busy traffic, in its odd minutes."""
    for step in range(12 * hours):
        yield from minute(start + timedelta(minutes=5 * step + 2), read, 0)


def one(findings: list[Finding]) -> Finding:
    assert len({finding.id for finding in findings}) == 1
    return max(findings, key=lambda finding: finding.score)


def test_usual_traffic_is_in_balance() -> None:
    assert not found(busy(9), at(9, day=9))


def test_reads_that_what_is_sent_does_not_explain_are_told() -> None:
    attack = reading(at(10, day=7), 2, 600)

    finding = one(found([*busy(8), *attack], at(20, day=7)))

    assert finding.rule == "access-without-egress"
    assert finding.category == EMAIL
    assert finding.message.startswith("crm read ")
    assert "values were sent there; with so many," in finding.message
    assert at(10, day=7) <= finding.timestamp <= at(10, 40, day=7)
    assert finding.detected <= at(13, day=7)
    assert finding.evidence.observed is not None
    assert finding.evidence.high is not None
    assert finding.evidence.observed > 1.1 * finding.evidence.high


def test_what_goes_on_adds_up_to_what_was_read() -> None:
    told = found([*busy(8), *reading(at(10, day=7), 3, 600)], at(20, day=7))
    read = sum(finding.values for finding in told)
    usual = 3 * 40 * 12 * 5
    assert one(told)
    assert 3 * 12 * 600 <= read <= 3 * 12 * 600 + usual


def test_people_whose_data_left_and_whom_nobody_read_are_told() -> None:
    sums = [part for part in busy(8) if part.channel == "egress" or part.window < at(10, day=7)]
    leaving = [
        part
        for step in range(24)
        for part in minute(at(10, 2, day=7) + timedelta(minutes=5 * step), 0, 300, people=2000)
    ]
    some_reads = [part for hour in range(10, 14) for part in minute(at(hour, 3, day=7), 60, 0)]

    finding = one(found([*sums, *leaving, *some_reads], at(13, day=7)))

    assert finding.rule == "egress-without-access"
    assert " of 2,0" in finding.message or " of 1,9" in finding.message
    assert 1900 <= estimate(finding.subjects).value <= 2100
    assert finding.evidence.destinations == ("api.hubapi.com",)


def test_more_of_both_is_no_news() -> None:
    """A campaign is read and sent."""
    campaign = [
        part
        for step in range(48)
        for part in minute(at(10, 2, day=7) + timedelta(minutes=5 * step), 900, 300)
    ]
    assert not found([*busy(8), *campaign], at(20, day=7))


def test_nothing_is_told_while_it_is_learnt() -> None:
    assert not found([*busy(3), *reading(at(10, day=2), 2, 600)], at(20, day=2))


def test_an_attack_is_not_usual_two_days_later() -> None:
    attack = list(reading(at(8, day=7), 60, 600))
    told = found([*busy(11), *attack], at(8, day=10))
    assert max(finding.detected for finding in told) >= at(8, day=9)


def test_where_the_other_feed_is_away_nothing_is_told() -> None:
    alone = [part for part in busy(8) if part.channel == "access" or part.window < at(6, day=7)]
    mailer = [
        msgspec.structs.replace(part, service="mailer") for part in minute(at(5, 30, day=7), 5, 5)
    ]
    assert not found([*alone, *mailer], at(12, day=7))


def test_where_reads_alone_are_fed_however_many_are_no_news() -> None:
    """What is sent is not watched."""
    sums = [*busy(5), *reading(at(12, day=4), 2, 4000)]
    assert found(sums, at(0, day=5))
    assert not found([one for one in sums if one.channel == "access"], at(0, day=5))


def test_another_time_to_wait_begins_anew() -> None:
    first = new()
    found(busy(4), at(0, day=4), first)
    pairs = [(name, value) for name, value in first.dump_changes() if value is not None]
    second = new(within_minutes=30)
    for name, value in pairs:
        kind, *parts = msgspec.json.decode(name, type=list[str])
        second.restore(kind, parts, value)
    balance = second.couples["hubspot", "crm"].balance
    assert (balance.minutes, balance.blocks, balance.access.sizes) == (10, [], {})


def test_a_restored_balance_goes_on_as_the_stored_one() -> None:
    first, second = new(), new()
    found([*busy(7)], at(0, day=7), first)
    for name, value in first.dump_changes():
        assert value is not None
        kind, *parts = msgspec.json.decode(name, type=list[str])
        second.restore(kind, parts, value)
    after = [*busy(1, at(0, day=7)), *reading(at(10, day=7), 2, 600)]
    assert found(after, at(20, day=7), second) == found(after, at(20, day=7), first) != []
