"""What becomes of findings: one incident a kind and sub-processor, told once, closed by verdict."""

from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.desk import Desk as AlertDesk
from alerts.desk.notifications import NotificationSettings
from alerts.incidents import (
    REASONS_KEPT,
    GroupKey,
    IncidentSettings,
    group_of,
    take_findings,
)
from alerts.lifecycle import apply_command
from alerts.messages import Message
from alerts.severity import LEVELS, severity
from detectors.distinct import sketch
from detectors.ids import stable_id
from detectors.records import Alert, Command, Evidence, Finding
from tests.support.moments import at
from tests.support.naming import PlainNames

TEN = at(10)
NOW = at(20, day=20)
SETTINGS = IncidentSettings.model_validate({"quiet_days": 7})


def finding(
    moment: datetime = TEN,
    *,
    rule: str = "plaintext-http",
    subprocessor: str = "hubspot",
    category: str = "user.contact.email",
    people: range = range(1),
    score: float = 1.0,
    service: str = "crm",
) -> Finding:
    return Finding(
        timestamp=moment,
        last=moment + timedelta(minutes=1),
        detected=moment,
        id=stable_id(rule, subprocessor, category, moment.isoformat()),
        kind="policy",
        rule=rule,
        message=f"{category} at {moment:%H:%M}",
        channel="egress",
        subprocessor=subprocessor,
        service=service,
        category=category,
        window=moment,
        events=1,
        values=len(people),
        subjects=sketch(people),
        score=score,
        evidence=Evidence(fields=("body>json:$.x",), destinations=("api.example.com",)),
    )


class Desk:
    """The incidents of one test, as a store would keep them."""

    def __init__(self) -> None:
        self.current: dict[GroupKey, Alert] = {}
        self.told: list[Message] = []
        self._desk = AlertDesk(NotificationSettings(), SETTINGS, PlainNames())

    def take(self, *findings: Finding) -> list[Alert]:
        known = {
            group_of(f): self.current[group_of(f)] for f in findings if group_of(f) in self.current
        }
        alerts = take_findings(known, findings, SETTINGS, PlainNames())
        for alert in alerts:
            self.current[alert.subprocessor, alert.rule] = alert
            self._desk.change(alert, NOW)
        self.told += self._desk.tell(NOW).messages
        return alerts

    def command(self, alert: Alert, **words: object) -> Alert:
        command = msgspec.convert({"@timestamp": at(12), "alert": alert.id, **words}, Command)
        answered = apply_command(alert, command)
        self.current[alert.subprocessor, alert.rule] = answered
        self._desk.note(answered, NOW)
        self._desk.tell(NOW)
        return answered


def test_findings_of_one_kind_and_vendor_are_one_incident_told_once() -> None:
    desk = Desk()
    desk.take(finding(at(10)), finding(at(10, 1), service="web"))
    (alert,) = desk.take(finding(at(10, 2), category="user.name"))

    assert [message.why for message in desk.told] == ["first"]
    assert (alert.opened, alert.last) == (at(10), at(10, 3))
    assert alert.services == ("crm", "web")
    assert alert.categories == ("user.contact.email", "user.name")
    assert (alert.events, alert.values, alert.subjects_estimate) == (3, 3, 1)
    assert alert.title == "Personal data goes unencrypted to Hubspot"
    assert alert.query == 'subprocessor:"hubspot" AND violation:plaintext-http'


def test_another_vendor_or_rule_is_another_incident() -> None:
    desk = Desk()
    alerts = desk.take(finding(), finding(rule="weak-tls"), finding(subprocessor="stripe"))
    assert len({alert.id for alert in alerts}) == 3
    assert [message.why for message in desk.told] == ["first"] * 3


def test_an_incident_that_grows_graver_is_told_again_and_only_then() -> None:
    desk = Desk()
    desk.take(finding(rule="pii-in-url"))
    desk.take(finding(at(11), rule="pii-in-url", people=range(50)))
    desk.take(finding(at(12), rule="pii-in-url", people=range(150)))
    desk.take(finding(at(13), rule="pii-in-url", people=range(160)))

    assert [(m.why, m.alert.severity) for m in desk.told] == [("first", "low"), ("grew", "medium")]
    assert len({message.id for message in desk.told}) == 2


def test_severity_never_falls_while_an_incident_is_open() -> None:
    desk = Desk()
    desk.take(finding(category="user.health_and_medical"))
    (alert,) = desk.take(finding(at(11)))
    assert alert.severity == "critical"


def test_the_strongest_reasons_are_kept_and_newer_words_replace_older() -> None:
    desk = Desk()
    many = [finding(at(10, n), score=n) for n in range(20)]
    desk.take(*many)
    louder = msgspec.structs.replace(many[3], score=99.0, message="louder")
    (alert,) = desk.take(louder)

    assert len(alert.reasons) == REASONS_KEPT
    assert [one.message for one in alert.reasons][:2] == ["louder", "user.contact.email at 10:19"]
    assert len({one.finding for one in alert.reasons}) == REASONS_KEPT


@pytest.mark.parametrize("verdict", ["expected", "false-positive", "duplicate"])
def test_a_benign_verdict_keeps_quiet_for_its_time(verdict: str) -> None:
    desk = Desk()
    (alert,) = desk.take(finding())
    desk.command(alert, action="close", verdict=verdict)

    (same,) = desk.take(finding(at(13, day=6)))
    assert (same.id, same.status, same.events) == (alert.id, "closed", 2)
    (new,) = desk.take(finding(at(13, day=8)))
    assert (new.status, new.generation, new.events) == ("open", 1, 1)
    assert new.id != alert.id
    assert [message.why for message in desk.told] == ["first", "first"]


def test_after_a_true_positive_a_recurrence_opens_the_incident_again() -> None:
    desk = Desk()
    (alert,) = desk.take(finding())
    desk.command(alert, action="close", verdict="true-positive")

    (same,) = desk.take(finding(at(11)))
    (again,) = desk.take(finding(at(13)))

    assert (same.id, same.status) == (alert.id, "closed"), "evidence from before it was closed"
    assert (again.id, again.status, again.verdict, again.reopened) == (alert.id, "open", None, 1)
    assert [entry.what for entry in again.history] == ["opened", "closed", "reopened"]
    assert [message.why for message in desk.told] == ["first", "reopened"]


def test_a_recurrence_after_the_window_is_a_new_incident() -> None:
    desk = Desk()
    (alert,) = desk.take(finding())
    desk.command(alert, action="close", verdict="true-positive")

    (new,) = desk.take(finding(at(13, day=6)))

    assert (new.generation, new.status, new.reopened) == (1, "open", 0)
    assert [message.why for message in desk.told] == ["first", "first"]


def test_acknowledging_and_closing_are_in_the_history() -> None:
    desk = Desk()
    (alert,) = desk.take(finding())
    acked = desk.command(alert, action="acknowledge", who="ann", note="looking")
    closed = desk.command(acked, action="close", who="ann", verdict="duplicate", version=2)

    assert acked.status == "acknowledged"
    assert [(h.what, h.who) for h in closed.history] == [
        ("opened", ""),
        ("acknowledged", "ann"),
        ("closed", "ann"),
    ]
    assert (closed.verdict, closed.version) == ("duplicate", 3)


def test_commands_that_make_no_sense_are_refused_with_the_reason() -> None:
    desk = Desk()
    (alert,) = desk.take(finding())
    with pytest.raises(ValueError, match="needs a verdict"):
        desk.command(alert, action="close")
    with pytest.raises(ValueError, match=r"version 1, not 7"):
        desk.command(alert, action="acknowledge", version=7)
    closed = desk.command(alert, action="close", verdict="expected")
    with pytest.raises(ValueError, match="closed already, as expected"):
        desk.command(closed, action="acknowledge")


@given(
    st.lists(st.tuples(st.integers(0, 59), st.integers(0, 3)), min_size=1, max_size=30), st.data()
)
def test_an_incident_is_the_same_however_its_findings_are_batched(spec, data) -> None:
    findings = [
        finding(at(10, minute), category=f"user.c{kind}", score=kind, people=range(kind))
        for minute, kind in spec
    ]
    whole, parts = Desk(), Desk()
    whole.take(*findings)
    while findings:
        size = data.draw(st.integers(1, len(findings)))
        parts.take(*findings[:size])
        findings = findings[size:]
    assert whole.current == parts.current


def test_severity_rises_with_sensitivity_people_and_rule() -> None:
    assert severity("", 0, 0) == "low"
    assert severity("basic", 99, 0) == "low"
    assert severity("basic", 100, 0) == "medium"
    assert severity("sensitive", 10_000, 0) == "critical"
    assert severity("special", 0, 2) == "critical"
    assert severity("", 0, -1) == "low"
    assert LEVELS == ("low", "medium", "high", "critical")


def test_a_person_is_counted_once_whatever_categories_left() -> None:
    desk = Desk()
    desk.take(
        *[finding(category=f"user.c{n}", people=range(40 + n)) for n in range(5)],
        finding(at(11), category="user.c4", people=range(50)),
    )
    alert = desk.current["hubspot", "plaintext-http"]
    assert alert.values == 40 + 41 + 42 + 43 + 44 + 50
    assert 48 <= alert.subjects_low <= alert.subjects_estimate <= alert.subjects_high <= 53


@pytest.mark.parametrize(
    "more",
    [
        {"category": "user.health_and_medical"},
        {"people": range(500)},
    ],
    ids=["another category", "graver"],
)
def test_a_verdict_explains_only_what_the_analyst_saw(more: dict[str, object]) -> None:
    desk = Desk()
    (alert,) = desk.take(finding())
    desk.command(alert, action="close", verdict="expected")

    (new,) = desk.take(finding(at(13), **more))

    assert (new.status, new.generation) == ("open", 1)
    assert [message.why for message in desk.told] == ["first", "first"]
