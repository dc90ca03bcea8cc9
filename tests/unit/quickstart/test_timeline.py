from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest

from deploy.quickstart import traffic
from deploy.quickstart.incidents import Kind, Truth
from deploy.quickstart.timeline import Plan, Planned
from detectors.records import EgressEvent
from detectors.records.base import convert
from tests.unit.quickstart.conftest import UNTIL

Timeline = tuple[list[Planned], list[Truth]]


def within(planned: list[Planned], truth: Truth) -> list[Planned]:
    return [
        one
        for one in planned
        if truth.start <= one.at < truth.end
        and traffic.event(one)["destination"]["domain"].split(".")[-2] in _domain(truth)
    ]


def _domain(truth: Truth) -> str:
    return {"datadog": "datadoghq", "airtable.com": "airtable"}.get(
        truth.subprocessor, truth.subprocessor
    )


def fact(timeline: Timeline, kind: str) -> Truth:
    return next(one for one in timeline[1] if one.kind == kind)


def test_every_kind_of_incident_is_there(timeline: Timeline) -> None:
    assert {one.kind for one in timeline[1]} == set(get_args(Kind))


def test_the_truth_counts_the_events_of_each_incident(timeline: Timeline) -> None:
    planned, truth = timeline
    for one in truth:
        labelled = [event for event in planned if event.incident == one.id]
        assert len(labelled) == one.events
        assert all(one.start <= event.at < one.end for event in labelled)
        assert {event.service for event in labelled} <= {one.service}
        assert (one.events == 0) == (one.kind == "silent-vendor")


def test_nothing_goes_to_the_silent_vendor_and_much_does_otherwise(timeline: Timeline) -> None:
    silence = fact(timeline, "silent-vendor")
    assert within(timeline[0], silence) == []
    day_before = [
        one
        for one in timeline[0]
        if one.template.vendor == silence.subprocessor
        and silence.start - timedelta(days=1) <= one.at < silence.end - timedelta(days=1)
    ]
    assert len(day_before) > 20


def test_the_slow_leak_grows_and_its_sibling_does_not(timeline: Timeline) -> None:
    leak = fact(timeline, "slow-leak")
    days = Counter(
        ((one.at - leak.start).days // 3, one.service)
        for one in timeline[0]
        if one.template.vendor == leak.subprocessor and one.at >= leak.start
    )
    assert days[2, leak.service] > 1.6 * days[0, leak.service]
    assert days[2, "mobile-backend"] < 1.4 * days[0, "mobile-backend"]


def test_the_bulk_export_is_about_thirty_times_the_usual(plan: Plan) -> None:
    big = Plan(**{**_given(plan), "events": 25_000})
    planned, truth = big.timeline()
    export = next(one for one in truth if one.kind == "bulk-export")
    usual = [
        one
        for one in planned
        if one.service == export.service
        and one.template.vendor == export.subprocessor
        and not one.incident
    ]
    hourly = len(usual) / (14 * 24)
    observed = export.events / ((export.end - export.start) / timedelta(hours=1))
    assert 20 < observed / hourly < 55  # weekends weigh on the average


def test_marks_of_the_incidents_are_in_the_events(timeline: Timeline) -> None:
    by_kind: dict[str, list[EgressEvent]] = {}
    for one in timeline[0]:
        kind = next((t.kind for t in timeline[1] if t.id == one.incident), "")
        if kind not in {"", "slow-leak"}:
            by_kind.setdefault(kind, []).append(convert(EgressEvent, traffic.event(one)))
    assert {(e.url.full[:5], e.tls.version) for e in by_kind["plaintext"]} == {("http:", "")}
    assert {e.tls.version for e in by_kind["weak-tls"]} == {"1.0"}
    assert {e.destination.domain for e in by_kind["unregistered-destination"]} == {
        "api.airtable.com"
    }
    assert all("%40" in e.url.full for e in by_kind["pii-in-url"])


def test_ordinary_traffic_has_no_mark(timeline: Timeline) -> None:
    for one in timeline[0]:
        if not one.incident:
            assert not one.template.pii_in_url
            assert "HEALTH" not in one.template.categories
            assert (one.plaintext, one.tls) == (False, "")


def test_days_have_their_rhythm(timeline: Timeline) -> None:
    office = Counter(
        (one.at.weekday() >= 5, one.at.hour // 8)
        for one in timeline[0]
        if (one.service, one.template.vendor) == ("support-portal", "zendesk")
    )
    assert office[False, 1] > 5 * office[False, 0]
    assert office[True, 1] * 5 < office[False, 1]


def test_the_nightly_batch_comes_at_two(timeline: Timeline) -> None:
    batch = [one.at for one in timeline[0] if one.service == "crm-sync"]
    assert len({at.date() for at in batch}) == 14
    assert all(at.hour == 2 and at.minute < 20 for at in batch)


def test_about_as_many_events_as_asked_in_order(timeline: Timeline, plan: Plan) -> None:
    planned, _ = timeline
    assert 0.9 * plan.events < len(planned) < 1.2 * plan.events
    assert planned == sorted(planned, key=lambda one: one.at)
    assert planned[0].at >= plan.start
    assert planned[-1].at < UNTIL


def test_a_shorter_time_has_the_incidents_that_lie_in_it(plan: Plan) -> None:
    short = Plan(**{**_given(plan), "days": 4, "events": 1_000})
    planned, truth = short.timeline()
    assert {one.kind for one in truth} == {"bulk-export", "silent-vendor", "plaintext"}
    assert planned[0].at >= UNTIL - timedelta(days=4)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_seed_writes_the_same_bytes(plan: Plan, seed: int, tmp_path: Path) -> None:
    small = {**_given(plan), "events": 400, "seed": seed}
    first = traffic.write(Plan(**small).timeline()[0], tmp_path / "a")
    second = traffic.write(Plan(**small).timeline()[0], tmp_path / "b")
    other = traffic.write(Plan(**{**small, "seed": 3}).timeline()[0], tmp_path / "c")
    assert len(first) == 14
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert first[3].read_bytes() != other[3].read_bytes()


def test_written_events_are_what_egresswatch_reads(timeline: Timeline, tmp_path: Path) -> None:
    planned = timeline[0][::10]
    seen: list[int] = []
    paths = traffic.write(planned, tmp_path, seen.append)
    events = [convert(EgressEvent, document) for document in traffic.read(paths)]
    assert [len(events), len(seen)] == [len(planned), 14]
    assert seen[-1] == len(planned)
    assert all(event.http.request.body.bytes is not None for event in events)
    assert {event.http.request.body.encoding for event in events} == {"utf-8", "base64"}
    assert not any(event.event.id for event in events)


def _given(plan: Plan) -> dict[str, object]:
    names = ("links", "incidents", "catalogue", "people", "until", "days", "events", "seed")
    return {name: getattr(plan, name) for name in names}
