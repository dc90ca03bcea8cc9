"""What is told as one, when it is told, and when again."""

import pytest
from pydantic import ValidationError

from alerts.desk.notifications import NotificationSettings
from tests.support.alerting import Scene, between
from tests.unit.desk.conftest import NewScene

BY_RULE = {"by": ["rule"], "wait_seconds": 5, "interval_seconds": 30, "repeat_hours": 1}


def test_without_settings_an_incident_is_told_at_once_and_alone(new_scene: NewScene) -> None:
    scene = new_scene()
    scene.at(1).push("stripe", "hubspot")
    scene.want(between(1, 1), "first", "stripe").want(between(1, 1), "first", "hubspot")
    scene.at(2).push("stripe")
    scene.end(10)


def test_a_group_waits_for_others_to_join_and_is_told_as_one(new_scene: NewScene) -> None:
    scene = new_scene(group=BY_RULE)
    scene.at(1).push("stripe")
    scene.at(3).push("hubspot")
    scene.want(between(6, 6.1), "first", "hubspot", "stripe")
    scene.end(20)
    message = scene.sent[0].message
    assert message.alert.subprocessor == "stripe", "the one that was first"
    assert message.alert.title == "Personal data goes unencrypted to Stripe and 1 more"
    assert (message.members, message.alert.events) == (2, 2)


def test_those_that_join_later_wait_for_the_interval(new_scene: NewScene) -> None:
    scene = new_scene(group=BY_RULE)
    scene.at(1).push("stripe")
    scene.want(between(6, 6.1), "first", "stripe")
    scene.at(10).push("hubspot")
    scene.at(12).push("mailer")
    scene.want(between(36, 36.1), "grew", "hubspot", "mailer", "stripe")
    scene.end(60)


def test_what_is_graver_does_not_wait_for_the_interval(new_scene: NewScene) -> None:
    scene = new_scene(group=BY_RULE)
    scene.at(1).push("stripe")
    scene.want(between(6, 6.1), "first", "stripe")
    scene.at(10).push("stripe", people=20_000)
    scene.want(between(10, 10), "grew", "stripe")
    scene.at(12).push("hubspot", category="user.health_and_medical", people=200)
    scene.want(between(40, 40), "grew", "hubspot", "stripe")
    scene.end(60)


def test_a_newcomer_graver_than_all_that_was_told_does_not_wait(new_scene: NewScene) -> None:
    scene = new_scene(group=BY_RULE)
    scene.at(1).push("stripe")
    scene.want(between(6, 6.1), "first", "stripe")
    scene.at(10).push("hubspot", category="user.health_and_medical")
    scene.want(between(10, 10), "grew", "hubspot", "stripe")
    scene.end(60)
    assert scene.sent[-1].message.alert.severity == "critical"


def test_what_stays_open_is_repeated_until_somebody_takes_it_on(new_scene: NewScene) -> None:
    scene = new_scene(group={"repeat_hours": 0.01, "interval_seconds": 1})
    scene.at(1).push("stripe")
    scene.want(between(1, 1), "first", "stripe")
    scene.want(between(37, 37.1), "repeat", "stripe")
    scene.want(between(73, 73.2), "repeat", "stripe")
    scene.at(80).command("stripe", "acknowledge")
    scene.want(between(80, 80), "acknowledged", "stripe")
    scene.end(200)


def test_a_group_is_resolved_when_all_of_it_is_closed(new_scene: NewScene) -> None:
    scene = new_scene(group=BY_RULE)
    scene.at(1).push("stripe", "hubspot")
    scene.want(between(6, 6.1), "first", "hubspot", "stripe")
    scene.at(10).command("stripe", "close", verdict="expected")
    scene.at(12).command("hubspot", "close", verdict="true-positive")
    scene.want(between(12, 12), "resolved", "hubspot", "stripe")
    scene.end(20)
    assert scene.sent[-1].message.alert.status == "closed"
    assert [key for key in scene.state if key.startswith("group/")] == []


def test_what_is_closed_before_its_group_was_told_is_told_to_nobody(new_scene: NewScene) -> None:
    scene = new_scene(group=BY_RULE)
    scene.at(1).push("stripe")
    scene.at(2).command("stripe", "close", verdict="expected")
    scene.end(20)
    assert [key for key in scene.state if key.startswith("group/")] == []


def test_at_the_end_of_all_input_nobody_waits_for_others(new_scene: NewScene) -> None:
    scene = new_scene(group=BY_RULE)
    scene.at(1).push("stripe")
    scene.finish()
    scene.want(between(1, 1), "first", "stripe")
    scene.end(20)


def test_an_incident_that_comes_back_is_told_again_as_itself(new_scene: NewScene) -> None:
    scene = new_scene()
    scene.at(1).push("stripe")
    scene.at(2).command("stripe", "close", verdict="true-positive")
    scene.at(3).push("stripe")
    scene.at(4).command("stripe", "close", verdict="true-positive")
    scene.at(5).command("stripe", "reopen", who="zoe", note="it was not")
    for moment, why in enumerate(["first", "resolved", "reopened", "resolved", "reopened"], 1):
        scene.want(between(moment, moment), why, "stripe")
    scene.end(20)
    assert len(scene.alerts) == 1
    assert scene.alert("stripe").history[-1].who == "zoe"


def test_a_quiet_incident_is_closed_by_the_time_of_events() -> None:
    scene = Scene(incidents={"auto_close_days": 0.001})  # 86.4 seconds
    scene.at(1).push("stripe", ago=1_000)
    scene.at(50).push("stripe", ago=950)
    scene.want(between(1, 1), "first", "stripe")
    scene.want(between(136.4, 136.6), "resolved", "stripe")
    scene.end(300)
    closed = scene.alert("stripe")
    assert (closed.status, closed.verdict) == ("closed", None)
    assert (closed.history[-1].who, closed.history[-1].note) == (
        "egresswatch",
        "quiet for 0.001 days",
    )


def test_event_time_stands_still_while_nothing_runs() -> None:
    scene = Scene(incidents={"auto_close_days": 0.001})
    scene.at(1).push("stripe").skip_to(4_000)
    scene.restarts = True
    scene.at(4_000.1).push("hubspot", ago=3_999)
    assert scene.alert("stripe").status == "closed", "an hour of the clock is one of events"
    scene = Scene(incidents={"auto_close_days": 0.001}, restarts=True)
    scene.at(1).push("stripe").skip_to(4_000)
    assert scene.alert("stripe").status == "open", "its evidence may only be waiting to be read"


@pytest.mark.parametrize(
    ("group", "says"),
    [
        ({"by": ["team"]}, "unknown label here: team; there are subprocessor, rule, owner"),
        ({"by": ["severity"]}, "unknown label here: severity"),
        ({"by": []}, "at least one label"),
        ({"interval_seconds": 7200, "repeat_hours": 1}, "shorter than interval_seconds"),
    ],
)
def test_groups_that_make_no_sense_are_refused_by_name(group: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        NotificationSettings.model_validate({"group": group})
