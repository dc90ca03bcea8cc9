"""What is not told: silences, maintenance, inhibition, flapping; and what is told when they end."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from alerts.desk.maintenance import MaintenanceWindow
from alerts.desk.notifications import NotificationSettings
from alerts.desk.silences import new_silence
from tests.support.alerting import between
from tests.unit.desk.conftest import NewScene

NO_NOTICE = {"notice_minutes": 0}


def test_what_is_silenced_is_kept_marked_and_told_at_the_end_if_still_open(
    new_scene: NewScene,
) -> None:
    scene = new_scene(silences=NO_NOTICE)
    silence = scene.at(1).silence("subprocessor=stripe", last=30)
    scene.at(2).push("stripe", "hubspot", rule="weak-tls").push("stripe")
    scene.want(between(2, 2), "first", "hubspot")
    assert scene.alert("stripe").muted == (f"silence:{silence}",)
    scene.at(10).command("stripe", "close", rule="weak-tls", verdict="expected")
    scene.want(between(31, 31.1), "first", "stripe")
    scene.end(60)
    told = scene.alert("stripe", "plaintext-http")
    assert told.muted == ()
    assert [entry.what for entry in told.history] == ["opened", "muted", "unmuted"]


def test_all_silences_that_fit_count_and_the_last_to_end_decides(new_scene: NewScene) -> None:
    scene = new_scene(silences=NO_NOTICE)
    short = scene.at(1).silence("subprocessor=stripe", last=10)
    long = scene.silence("severity=~low|medium|high", "service=crm", last=20)
    other = scene.silence("subprocessor!=stripe", last=20)
    scene.at(2).push("stripe").at(3).push("stripe")
    assert [scene.silenced(one).hits for one in (short, long, other)] == [1, 1, 0]
    scene.want(between(21, 21.1), "first", "stripe")
    scene.end(60)


def test_an_answer_is_told_though_the_alert_is_silenced_meanwhile(new_scene: NewScene) -> None:
    scene = new_scene(silences=NO_NOTICE)
    scene.at(1).push("stripe")
    scene.want(between(1, 1), "first", "stripe")
    scene.at(2).silence("subprocessor=stripe", last=100)
    assert scene.alert("stripe").muted, "the index shows it at once"
    scene.at(3).push("stripe", people=20_000)  # grows, in silence
    scene.at(4).command("stripe", "close", verdict="expected")
    scene.want(between(4, 4), "resolved", "stripe")
    scene.end(200)


def test_what_grew_in_silence_is_told_when_the_silence_is_ended_early(new_scene: NewScene) -> None:
    scene = new_scene(silences=NO_NOTICE)
    scene.at(1).push("stripe", category="")
    scene.want(between(1, 1), "first", "stripe")
    silence = scene.at(2).silence("subprocessor=stripe", last=100)
    scene.at(3).push("stripe", people=20_000)
    scene.at(5).expire(silence)
    scene.want(between(5, 5), "grew", "stripe")
    scene.end(200)
    assert scene.silenced(silence).hits == 1


def test_a_silence_that_begins_later_mutes_from_then_on(new_scene: NewScene) -> None:
    scene = new_scene(silences=NO_NOTICE, group={"repeat_hours": 0.01, "interval_seconds": 1})
    scene.at(1).push("stripe")
    scene.want(between(1, 1), "first", "stripe")
    scene.silence("subprocessor=stripe", start=10, last=100)
    assert scene.at(5).alert("stripe").muted == ()
    assert scene.at(12).alert("stripe").muted
    scene.want(between(111, 111.2), "repeat", "stripe")
    scene.end(130)


def test_the_end_of_a_silence_is_told_before_it_comes_if_it_still_mutes(
    new_scene: NewScene,
) -> None:
    scene = new_scene(silences={"notice_minutes": 1})
    used = scene.at(1).silence("subprocessor=stripe", last=120)
    scene.silence("subprocessor=nobody", last=120)
    scene.at(2).push("stripe")
    scene.want(between(61, 61.1), "first", "stripe")  # the notice
    scene.want(between(121, 121.1), "first", "stripe")  # the incident
    scene.want(between(121, 121.1), "resolved", "stripe")  # the notice's end
    scene.end(200)
    notice = scene.sent[0].message.alert
    assert notice.rule == "silence-ends"
    assert f"1 open alert, until 2026-03-02 00:02 UTC (silence {used})" in notice.title
    assert notice.query == f'muted:"silence:{used}"'


def test_a_silence_is_forgotten_a_week_after_its_end(new_scene: NewScene) -> None:
    scene = new_scene(silences=NO_NOTICE)
    silence = scene.at(1).silence("subprocessor=stripe", last=10)
    scene.skip_to(7 * 86_400)
    assert f"silence/{silence}" in scene.state
    scene.skip_to(7 * 86_400 + 20)
    assert f"silence/{silence}" not in scene.state


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"owner": " "}, "needs an owner"),
        ({"reason": ""}, "needs a reason"),
        ({"hours": 0}, "an end after its start"),
        ({"hours": 9000}, "ends within a year"),
        ({"matchers": []}, "at least one matcher"),
        ({"matchers": ["team=a"]}, "no label 'team'; there are subprocessor, rule, owner"),
        ({"matchers": ["severity=hgih"]}, "severity is none of low, medium, high, critical"),
        ({"matchers": ["rule=nonsense"]}, "rule is none of category-not-allowed"),
        ({"matchers": ["service"]}, "LABEL OPERATOR VALUE"),
        ({"matchers": ["service=~(a+)+b"]}, "the pattern"),
        ({"matchers": ["service=~["]}, "not a regular expression"),
        ({"matchers": ["rule=weak-tls", "rule=pii-in-url"]}, "contradict each other"),
        ({"matchers": ["severity=low", "severity!~low|high"]}, "contradict each other"),
    ],
)
def test_silences_that_make_no_sense_are_refused_by_name(
    wrong: dict[str, object], says: str
) -> None:
    given = {"owner": "ann", "reason": "x", "hours": 1, "matchers": ["rule=weak-tls"], **wrong}
    now = datetime(2026, 3, 2, tzinfo=UTC)
    with pytest.raises(ValueError, match=says):
        new_silence(
            given["matchers"],  # pyright: ignore
            owner=str(given["owner"]),
            reason=str(given["reason"]),
            starts=now,
            ends=now + timedelta(hours=float(given["hours"])),  # pyright: ignore
            said=now,
        )


# -- inhibition

PARTS = {
    "name": "parts",
    "source": ["rule=unregistered-subprocessor"],
    "target": ["rule=~plaintext-http|weak-tls"],
}


def test_a_broad_incident_mutes_its_parts_as_long_as_it_is_open(new_scene: NewScene) -> None:
    scene = new_scene(inhibition=[PARTS])
    scene.at(1).push("stripe", rule="unregistered-subprocessor")
    scene.want(between(1, 1), "first", "stripe")
    broad = scene.alert("stripe").id
    scene.at(2).push("stripe", "hubspot")
    scene.want(between(2, 2), "first", "hubspot")
    assert scene.alert("stripe", "plaintext-http").muted == (f"inhibited:{broad}",)
    scene.at(5).command("stripe", "close", "unregistered-subprocessor", verdict="expected")
    scene.want(between(5, 5), "resolved", "stripe")
    scene.want(between(5, 5), "first", "stripe")
    scene.end(20)
    assert scene.alert("stripe", "plaintext-http").muted == ()


def test_a_part_that_came_in_the_same_batch_before_the_whole_is_muted(new_scene: NewScene) -> None:
    scene = new_scene(inhibition=[PARTS], group={"wait_seconds": 5})
    scene.at(1).push("stripe")
    scene.at(3).push("stripe", rule="unregistered-subprocessor")
    scene.want(between(8, 8.1), "first", "stripe")
    scene.end(20)
    assert scene.sent[0].message.alert.rule == "unregistered-subprocessor"


def rule(name: str, source: str, target: str) -> dict[str, object]:
    return {"name": name, "source": [source], "target": [target]}


@pytest.mark.parametrize(
    ("rules", "circle"),
    [
        ([rule("a", "severity=critical", "subprocessor=stripe")], "a -> a"),
        (
            [
                rule("a", "rule=weak-tls", "rule=pii-in-url"),
                rule("b", "rule=pii-in-url", "rule=volume-high"),
                rule("c", "rule=volume-high", "rule=weak-tls"),
            ],
            "a -> b -> c -> a",
        ),
    ],
)
def test_inhibition_in_a_circle_is_refused_with_the_rules_named(
    rules: list[dict[str, object]], circle: str
) -> None:
    with pytest.raises(ValidationError, match=f"goes in a circle: {circle}"):
        NotificationSettings.model_validate({"inhibition": rules})


def test_inhibition_in_a_chain_is_none_in_a_circle() -> None:
    chain = [
        rule("a", "rule=weak-tls", "rule=pii-in-url"),
        rule("b", "rule=pii-in-url", "rule=volume-high"),
        rule("c", "severity=critical", "severity!=critical"),
    ]
    del chain[2]
    assert len(NotificationSettings.model_validate({"inhibition": chain}).inhibition) == 2


# -- maintenance

NIGHT = {
    "name": "night",
    "rrule": "FREQ=DAILY",
    "starts": "2026-03-01T01:00:00",
    "zone": "Europe/Berlin",  # midnight in UTC, in winter
    "minutes": 1,
    "match": ["subprocessor=stripe"],
    "owner": "ann",
}


def test_in_a_maintenance_window_nothing_is_told_and_after_it_what_is_left(
    new_scene: NewScene,
) -> None:
    scene = new_scene(maintenance=[NIGHT])
    scene.at(1).push("stripe", "hubspot")
    scene.want(between(1, 1), "first", "hubspot")
    assert scene.alert("stripe").muted == ("maintenance:night",)
    scene.want(between(60, 60.1), "first", "stripe")
    scene.end(100)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-03-28T00:30", True),  # 01:30 in Berlin, winter time
        ("2026-03-30T00:30", False),  # 02:30, summer time
        ("2026-03-29T23:30", True),
        ("2026-03-29T00:59", True),  # the clock jumps from 02:00 to 03:00 at 01:00 UTC
        ("2026-10-25T00:10", False),  # summer time still
        ("2026-10-26T00:10", True),
        ("2026-02-01T00:30", False),  # before the first time
    ],
)
def test_a_window_keeps_to_the_wall_clock_of_its_zone(moment: str, is_open: bool) -> None:
    window = MaintenanceWindow.model_validate({**NIGHT, "minutes": 60})
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert (window.open_until(at) is not None) == is_open


def test_a_window_of_a_rare_rule_lasts_over_days_and_opens_again() -> None:
    window = MaintenanceWindow.model_validate(
        {**NIGHT, "rrule": "FREQ=MONTHLY;BYDAY=1SA", "zone": "UTC", "minutes": 3 * 24 * 60}
    )
    days = [datetime(2026, 3, day, 12, tzinfo=UTC) for day in range(1, 32)]
    assert [day.day for day in days if window.open_until(day)] == [7, 8, 9]
    assert window.open_until(days[6]) == datetime(2026, 3, 10, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"rrule": "FREQ=SOMETIMES"}, "is no RRULE with FREQ=YEARLY"),
        ({"rrule": "FREQ=MINUTELY"}, "is no RRULE with FREQ="),
        ({"rrule": "weekly"}, "is no RRULE"),
        ({"rrule": "FREQ=DAILY;INTERVAL=0"}, "INTERVAL is a number from 1 on"),
        ({"rrule": "FREQ=WEEKLY;BYDAY=XX"}, "rrule: "),
        ({"rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, "there is no such day"),
        ({"zone": "Europe/Atlantis"}, "is no IANA time zone"),
        ({"zone": "../etc/passwd"}, "is no IANA time zone"),
        ({"starts": "2026-03-01T01:00:00Z"}, "write it without one"),
        ({"owner": ""}, "at least 1 character"),
        ({"match": []}, "at least one matcher"),
        ({"match": ["team=x"]}, "no label 'team'"),
        ({"minutes": 0}, "greater than 0"),
    ],
)
def test_windows_that_make_no_sense_are_refused_by_name(
    wrong: dict[str, object], says: str
) -> None:
    with pytest.raises(ValidationError, match=says):
        NotificationSettings.model_validate({"maintenance": [{**NIGHT, **wrong}]})


# -- flapping


def test_what_comes_back_again_and_again_is_damped_until_it_settles(new_scene: NewScene) -> None:
    scene = new_scene(flapping={"reopenings": 2, "minutes": 1})
    for second in range(1, 11, 2):
        scene.at(second).push("stripe")
        scene.at(second + 1).command("stripe", "close", verdict="true-positive")
    scene.at(11).push("stripe")
    scene.want(between(1, 1), "first", "stripe").want(between(2, 2), "resolved", "stripe")
    scene.want(between(3, 3), "reopened", "stripe").want(between(4, 4), "resolved", "stripe")
    assert scene.alert("stripe").muted == ("flapping",)
    scene.want(between(69, 69.1), "reopened", "stripe")
    scene.end(200)
