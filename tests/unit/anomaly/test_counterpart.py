"""Reads without a sending and sendings without a read: when they are told, and when not."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import msgspec
import pytest

from detectors.anomaly.counterpart import CounterpartSettings, Matcher
from detectors.findings import merge
from detectors.records import Feedback, Finding, PartialSum, Verdict
from detectors.records.flow import Channel
from detectors.records.sums import ANY_CATEGORY
from tests.support.moments import MONDAY, at
from tests.support.naming import PlainNames

EMAIL = "user.contact.email"


def parts(
    window: datetime, channel: Channel, count: int, service: str = "crm", to: str = "hubspot"
) -> list[PartialSum]:
    """The sums of a minute with so many records read, or requests sent."""
    events = 1 if channel == "access" else count
    same = {"window": window, "channel": channel, "subprocessor": to, "service": service}
    return [
        PartialSum(**same, category=ANY_CATEGORY, events=events, registered=True),
        PartialSum(**same, category=EMAIL, events=events, values=count, fields=("email",)),
    ]


def a_read_and_its_sending(day: int, hour: int, **whose: str) -> list[PartialSum]:
    return [
        *parts(at(hour, 10, day=day), "access", 500, **whose),
        *parts(at(hour, 14, day=day), "egress", 500, **whose),
    ]


def learnt(days: int = 5, **whose: str) -> list[PartialSum]:
    """Four times a day, a read and then what was read is sent."""
    return [
        part
        for day in range(days)
        for hour in (3, 9, 15, 21)
        for part in a_read_and_its_sending(day, hour, **whose)
    ]


def found(sums: Iterable[PartialSum], until: datetime, matcher: Matcher | None = None):
    return list(_found(sums, until, matcher or new()))


def _found(sums: Iterable[PartialSum], until: datetime, matcher: Matcher) -> Iterator[Finding]:
    minutes: dict[datetime, list[PartialSum]] = {}
    for part in sums:
        minutes.setdefault(part.window, []).append(part)
    for minute in sorted(minutes):
        yield from matcher.take(minute, minutes[minute])
    yield from matcher.pass_time(until)


def new(**settings: float) -> Matcher:
    return Matcher(CounterpartSettings.model_validate(settings), PlainNames())


def test_a_read_that_no_egress_follows_is_told_after_an_hour() -> None:
    read = parts(at(12, day=6), "access", 4000)

    [finding] = found([*learnt(), *read], at(13, day=6))

    assert finding.rule == "access-without-egress"
    assert finding.message == (
        "crm read 4,000 records (user.contact.email) for Hubspot, Sunday 12:00 UTC, and nothing "
        "was sent there within 60 minutes before or after; 20 times before, something was"
    )
    assert (finding.channel, finding.service, finding.values) == ("access", "crm", 4000)
    assert finding.detected == at(13, day=6)
    assert finding.evidence.fields == ("email",)
    assert finding.evidence.visits == 5


def test_egress_that_no_read_announces_is_told() -> None:
    sent = [*parts(at(12, day=6), "egress", 300), *parts(at(12, 20, day=6), "egress", 100)]

    [finding] = found([*learnt(), *sent], at(13, day=6))

    assert finding.rule == "egress-without-access"
    assert finding.message == (
        "crm sent 400 requests (user.contact.email) to Hubspot, Sunday 12:00 to 12:20 UTC, and no "
        "access record within 60 minutes before or after tells of a read; 20 times before, one did"
    )
    assert (finding.channel, finding.events, finding.values) == ("egress", 400, 0)


def test_nothing_is_told_before_its_hour_is_over() -> None:
    assert not found([*learnt(), *parts(at(12, day=6), "access", 4000)], at(12, 59, day=6))


@pytest.mark.parametrize("minute", [1, 59])
@pytest.mark.parametrize("first", ["access", "egress"])
def test_the_counterpart_may_come_before_or_after_within_the_hour(first, minute) -> None:
    second = "egress" if first == "access" else "access"
    sums = [*parts(at(12, day=6), first, 500), *parts(at(12, minute, day=6), second, 500)]
    assert not found([*learnt(), *sums], at(20, day=6))


def test_a_counterpart_after_the_hour_is_too_late_for_both() -> None:
    sums = [*parts(at(12, day=6), "access", 500), *parts(at(13, day=6), "egress", 500)]
    rules = [finding.rule for finding in found([*learnt(), *sums], at(20, day=6))]
    assert rules == ["access-without-egress", "egress-without-access"]


def test_nothing_is_told_of_a_couple_that_is_not_known_yet() -> None:
    lone = parts(at(12, day=6), "access", 4000)
    assert not found(lone, at(20, day=6))
    assert not found([*learnt(days=2), *lone], at(20, day=6))
    assert found([*learnt(days=3), *lone], at(20, day=6))


def test_a_couple_that_often_misses_is_not_spoken_of() -> None:
    """A cache is filled once and sends all day: that egress comes alone is its way."""
    sums = [*learnt()]
    for day in range(5):
        sums += parts(at(12, day=day), "egress", 100)
    assert not found([*sums, *parts(at(12, day=6), "egress", 120)], at(20, day=6))


def test_a_few_records_are_not_spoken_of() -> None:
    assert not found([*learnt(), *parts(at(12, day=6), "access", 19)], at(20, day=6))


def test_what_goes_on_is_one_finding_that_grows() -> None:
    reads = [
        part
        for n in range(150)
        for part in parts(at(12, day=6) + timedelta(minutes=n), "access", 7)
    ]

    told = found([*learnt(), *reads], at(20, day=6))

    assert len({finding.id for finding in told}) == 1
    assert [finding.detected for finding in told] == [at(h, day=6) for h in (13, 14, 15)]
    assert sum(finding.values for finding in told) == 150 * 7
    whole = merge(merge(told[0], told[1]), told[2])
    assert whole.values == 150 * 7
    assert "read 1,050 records" in whole.message


def test_another_service_of_the_vendor_is_no_counterpart() -> None:
    lone = [
        *parts(at(12, day=6), "access", 500),
        *parts(at(12, 5, day=6), "egress", 500, service="billing"),
    ]
    assert [one.service for one in found([*learnt(6), *lone], at(20, day=6))] == ["crm"]


def test_where_the_other_channel_is_silent_for_all_nothing_is_told() -> None:
    """Its feed is away: that says nothing of any service."""
    both = [*learnt(6), *learnt(6, service="mailer", to="mailgun")]
    sent = [
        part
        for whose in ({}, {"service": "mailer", "to": "mailgun"})
        for part in parts(at(12, day=6), "egress", 500, **whose)
    ]
    read = parts(at(12, 30, day=6), "access", 500, service="mailer", to="mailgun")
    assert not found([*both, *sent], at(20, day=6))
    assert [one.service for one in found([*both, *sent, *read], at(20, day=6))] == ["crm"]


def test_how_time_is_advanced_changes_nothing() -> None:
    sums = [
        *learnt(),
        *parts(at(12, day=6), "access", 500),
        *parts(at(15, 30, day=6), "egress", 500),
    ]
    by_minute: list[Finding] = []
    matcher, moment = new(), MONDAY
    while moment < at(20, day=6):
        window = [part for part in sums if part.window == moment]
        by_minute += matcher.take(moment, window) if window else ()
        moment += timedelta(minutes=1)
        by_minute += matcher.pass_time(moment)
    assert by_minute == found(sums, at(20, day=6))
    assert len(by_minute) == 2


def test_a_restored_matcher_goes_on_as_the_stored_one() -> None:
    first = new()
    before = [*learnt(), *parts(at(12, day=6), "access", 500)]
    assert not found(before, at(12, 30, day=6), first)
    second = new()
    for name, value in first.dump_changes():
        kind, *parts_of_name = msgspec.json.decode(name, type=list[str])
        assert value is not None
        second.restore(kind, parts_of_name, value)

    after = parts(at(12, 40, day=6), "access", 200)

    assert found(after, at(20, day=6), second) == found(after, at(20, day=6), first)
    assert second.couples == first.couples
    assert not list(new().dump_changes())


def test_broken_state_is_refused() -> None:
    with pytest.raises(ValueError, match="state of reads and sendings"):
        new().restore("couple", ["hubspot", "crm"], b"not it")
    with pytest.raises(ValueError, match="unknown kind"):
        new().restore("pair", [], b"")


def test_services_without_access_records_cost_nothing() -> None:
    matcher = new()
    assert not found(parts(at(12), "egress", 500), at(20), matcher)
    assert not matcher.couples


def test_the_number_of_couples_is_bounded() -> None:
    matcher = Matcher(CounterpartSettings(), PlainNames(), most=3)
    for n in range(5):
        found(parts(at(12, n), "access", 5, service=f"s{n}"), at(12, n), matcher)
    assert len(matcher.couples) == 3


@pytest.mark.parametrize("verdict", ["expected", "false-positive"])
def test_what_an_analyst_accepts_is_harder_to_tell_again(verdict: Verdict) -> None:
    matcher = new()
    read = parts(at(12, day=6), "access", 400)
    [first] = found([*learnt(), *read], at(14, day=6), matcher)
    answer = Feedback(
        at=at(15, day=6),
        alert="a",
        rule=first.rule,
        verdict=verdict,
        subprocessor="hubspot",
        services=("crm",),
        since=first.timestamp,
        until=first.last,
    )
    matcher.answer(answer)

    assert not found(parts(at(16, day=6), "access", 400), at(20, day=6), matcher)
    assert found(parts(at(22, day=6), "access", 40_000), at(0, day=7), matcher)


def test_a_true_positive_and_a_verdict_on_another_service_change_nothing() -> None:
    matcher = new()
    [first] = found([*learnt(), *parts(at(12, day=6), "access", 400)], at(14, day=6), matcher)
    for verdict, service in (("true-positive", "crm"), ("expected", "billing")):
        matcher.answer(
            Feedback(
                at=at(15, day=6),
                alert="a",
                rule=first.rule,
                verdict=verdict,
                subprocessor="hubspot",
                services=(service,),
                since=first.timestamp,
                until=first.last,
            )
        )
    assert found(parts(at(16, day=6), "access", 400), at(20, day=6), matcher)
