"""Analysts' commands and dead letters, from the command line through the topics and back."""

from datetime import timedelta

import msgspec

from tests.integration.kafka.conftest import finish, told
from tests.support.events import event, person
from tests.support.kafka_space import KafkaSpace
from tests.support.moments import MONDAY


def test_closing_an_alert_goes_through_the_alert_stage_and_is_told(space: KafkaSpace) -> None:
    space.prepare()
    space.produce([(0, event(MONDAY, host="api.hubapi.com", body={"contact": person(1)}))])
    (alert,) = finish(space)["alerts"]
    closed = space.run("alerts", "close", alert["event.id"], "--verdict", "expected")
    assert closed.returncode == 0, closed.stderr
    (alert,) = finish(space)["alerts"]
    assert (alert["egresswatch.status"], alert["egresswatch.verdict"]) == ("closed", "expected")
    assert [why for _, why in told(space)] == ["first", "resolved"]
    again = space.run("alerts", "close", alert["event.id"], "--verdict", "expected")
    assert again.returncode == 2
    assert "closed already" in again.stderr


def test_deliveries_can_be_looked_at(space: KafkaSpace) -> None:
    space.prepare()
    space.produce([(0, event(MONDAY, host="api.hubapi.com", body={"contact": person(1)}))])
    finish(space)
    shown = space.run("deliveries", "--output", "json")
    (delivery,) = msgspec.json.decode(shown.stdout)
    assert (delivery["state"], delivery["attempts"]) == ("delivered", 1)


def test_a_dead_letter_is_listed_and_replayed_when_its_cause_is_gone(space: KafkaSpace) -> None:
    line = b'{"ts": 1772445600, "method": "GET", "url": "https://api.stripe.com/v1"}'
    space.prepare()
    space.produce([(0, event(MONDAY + timedelta(hours=1))), (1, line)])
    (letter,) = finish(space)["dead-letters"]
    listed = space.run("dead-letters", "list", f"reason:{letter['error.code']}")
    assert listed.returncode == 0, listed.stderr
    assert letter["error.code"] in listed.stdout

    settings = msgspec.json.decode(space.config.read_bytes())
    settings["kafka"]["topics"]["inputs"] = [{"topic": space.egress, "format": "traffic"}]
    space.config.write_bytes(msgspec.json.encode(settings))
    replayed = space.run("dead-letters", "replay")
    assert replayed.returncode == 0, replayed.stderr
    assert replayed.stdout.startswith("1 written again, 0 no longer")
    found = finish(space)
    assert len(found["flows"]) == 2
    assert len(found["dead-letters"]) == 1
    marks = [name for one in space.records(space.egress) for name, _ in one.headers() or []]
    assert marks == ["egresswatch-replayed"]
