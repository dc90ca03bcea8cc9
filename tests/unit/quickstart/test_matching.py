from datetime import UTC, datetime, timedelta

import pytest

from deploy.quickstart.incidents import Truth
from deploy.quickstart.matching import compare
from detectors.records import Alert, Finding

START = datetime(2026, 11, 21, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)


def truth(expect: str = "volume-high", explains: str = "new-category") -> Truth:
    return Truth(
        id="bulk",
        kind="bulk-export",
        subprocessor="klaviyo",
        service="marketing",
        start=START,
        end=START + HOUR,
        events=50,
        expect=(expect,),
        explains=(explains,),
        says="a bulk",
    )


def finding(
    rule: str = "volume-high",
    subprocessor: str = "klaviyo",
    at: datetime = START,
    service: str = "marketing",
) -> Finding:
    return Finding(
        timestamp=at,
        id=f"{rule}-{subprocessor}-{at:%d%H}",
        kind="anomaly",
        rule=rule,
        service=service,
        message="much",
        channel="egress",
        subprocessor=subprocessor,
        window=at,
        last=at + HOUR,
        detected=at + HOUR if rule == "volume-low" else at,
    )


def alert(rule: str = "volume-high", subprocessor: str = "klaviyo") -> Alert:
    return Alert(
        opened=START,
        id=f"{rule}-{subprocessor}",
        last=START,
        rule=rule,
        title="t",
        remedy="r",
        query="q",
        status="open",
        severity="high",
        subprocessor=subprocessor,
        version=1,
    )


def test_same_subprocessor_expected_rule_and_time_is_found() -> None:
    comparison = compare([truth()], [alert()], [finding()])
    assert comparison.found == 1
    assert comparison.outcomes[0].rules == ("volume-high",)
    assert comparison.outcomes[0].delay == timedelta()
    assert comparison.false_alerts == ()
    assert comparison.stray_findings == 0


@pytest.mark.parametrize(
    "other",
    [
        finding(rule="volume-low"),
        finding(subprocessor="stripe"),
        finding(at=START - 3 * HOUR),
        finding(at=START + 2 * HOUR),
    ],
    ids=["rule", "sub-processor", "before", "after"],
)
def test_anything_else_is_not_found_and_its_alert_is_false(other: Finding) -> None:
    said = alert(other.rule, other.subprocessor)
    comparison = compare([truth()], [said], [other])
    assert comparison.found == 0
    assert comparison.false_alerts == (said,)
    assert comparison.stray_findings == 1


def test_a_consequence_is_a_hint_and_neither_found_nor_false() -> None:
    comparison = compare([truth()], [alert("new-category")], [finding("new-category")])
    assert comparison.found == 0
    assert comparison.outcomes[0].hints == ("new-category",)
    assert comparison.false_alerts == ()


def test_an_alert_with_a_true_and_a_stray_finding_is_not_false_but_the_stray_one_counts() -> None:
    comparison = compare([truth()], [alert()], [finding(), finding(at=START - 48 * HOUR)])
    assert comparison.found == 1
    assert comparison.false_alerts == ()
    assert comparison.stray_findings == 1


def test_a_baseline_may_speak_within_the_hour_after_the_end() -> None:
    assert compare([truth()], [], [finding(at=START + HOUR + HOUR / 2)]).found == 1


def test_another_service_s_finding_is_only_a_hint() -> None:
    comparison = compare([truth()], [alert()], [finding(service="web")])
    assert comparison.found == 0
    assert comparison.outcomes[0].hints == ("volume-high",)
    assert comparison.false_alerts == ()


def test_silence_is_known_at_the_end_of_its_hour() -> None:
    silent = finding("volume-low", at=START + HOUR / 2)
    assert compare([truth("volume-low")], [], [silent]).outcomes[0].delay == HOUR * 1.5
