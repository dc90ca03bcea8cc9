"""Too many messages at once: the first are told, the rest as one, and none is lost."""

from tests.support.alerting import between
from tests.unit.desk.conftest import NewScene

STORM = {"messages": 3, "minutes": 1}
VENDORS = [f"vendor{number:02}" for number in range(20)]


def test_beyond_the_limit_one_incident_tells_how_many_were_held_back(new_scene: NewScene) -> None:
    scene = new_scene(storm=STORM)
    scene.at(1).push(*VENDORS)
    for vendor in VENDORS[:3]:
        scene.want(between(1, 1), "first", vendor)
    scene.want(between(1, 1), "first", VENDORS[3])  # the storm's
    scene.at(2).push("late")
    scene.want(between(121, 121.2), "resolved", VENDORS[3])
    scene.end(400)
    first, last = (one.message.alert for one in scene.sent[3:])
    assert (first.rule, first.severity) == ("alert-storm", "high")
    assert first.title == "A storm of alerts: 17 messages were held back"
    assert last.title == "A storm of alerts: 18 messages were held back"
    held = [one.subprocessor for one in scene.alerts.values() if one.muted == ("storm",)]
    assert sorted(held) == sorted([*VENDORS[3:], "late"])


def test_what_was_held_back_is_told_when_it_grows_and_not_when_it_is_closed(
    new_scene: NewScene,
) -> None:
    scene = new_scene(storm=STORM)
    scene.at(1).push(*VENDORS[:5])
    for vendor in VENDORS[:3]:
        scene.want(between(1, 1), "first", vendor)
    scene.want(between(1, 1), "first", VENDORS[3]).want(between(121, 121.2), "resolved", VENDORS[3])
    scene.at(5).command(VENDORS[3], "close", "plaintext-http", verdict="expected")
    scene.at(130).push(VENDORS[4], people=20_000)
    scene.want(between(130, 130), "grew", VENDORS[4])
    scene.end(400)
    assert scene.alert(VENDORS[4]).muted == ()


def test_answers_do_not_count(new_scene: NewScene) -> None:
    scene = new_scene(storm=STORM)
    scene.at(1).push(*VENDORS[:3])
    for vendor in VENDORS[:3]:
        scene.want(between(1, 1), "first", vendor)
        scene.at(2).command(vendor, "acknowledge").command(vendor, "close", verdict="expected")
        scene.want(between(2, 2), "acknowledged", vendor).want(between(2, 2), "resolved", vendor)
    scene.end(400)
