"""Analysts' commands and dead letters, from the command line through the topics and back."""

from datetime import datetime, timedelta

import msgspec

from monitor.clock import SystemClock
from tests.integration.kafka.conftest import finish, told
from tests.support.events import event, person
from tests.support.kafka_space import KafkaSpace, eventually
from tests.support.moments import MONDAY
from tests.support.receiver import receiving, refuse


def test_answers_go_through_the_alert_stage_and_are_told(space: KafkaSpace) -> None:
    space.prepare()
    space.produce([(0, event(MONDAY, host="api.hubapi.com", body={"contact": person(1)}))])
    (alert,) = finish(space)["alerts"]
    name = alert["event.id"]
    closed = space.run("alerts", "close", name, "--verdict", "expected")
    assert closed.returncode == 0, closed.stderr
    (alert,) = finish(space)["alerts"]
    assert (alert["egresswatch.status"], alert["egresswatch.verdict"]) == ("closed", "expected")
    assert [why for _, why in told(space)] == ["first", "resolved"]
    again = space.run("alerts", "close", name, "--verdict", "expected")
    assert again.returncode == 2
    assert "closed already" in again.stderr
    for stale in ("--version", "1"), ():
        reopened = space.run("alerts", "reopen", name, "--who", "zoe", *stale)
        assert (reopened.returncode == 0) == (not stale), reopened.stderr
    (alert,) = finish(space)["alerts"]
    assert alert["egresswatch.status"] == "open"
    shown = msgspec.json.decode(space.run("alerts", "show", name, "--output", "json").stdout)
    history = [one["what"] for one in shown[0]["egresswatch.history"]]
    assert history == ["opened", "closed", "reopened"]
    assert sorted(why for _, why in told(space)) == ["first", "reopened", "resolved"]


def test_a_silence_over_kafka_reaches_every_worker_and_outlives_them(space: KafkaSpace) -> None:
    space.prepare()
    added = space.run("silences", "add", "severity=~.*", "--for", "1h", "--reason", "a test")
    assert added.returncode == 0, added.stderr
    silence = added.stdout.split()[1]
    finish(space)
    hosts = [f"api.vendor{number}.com" for number in range(6)]  # over both partitions
    traffic = [(0, event(MONDAY, host=host, body={"contact": person(1)})) for host in hosts]
    space.produce(traffic)
    alerts = finish(space)["alerts"]
    assert {tuple(one["egresswatch.muted"]) for one in alerts} == {(f"silence:{silence}",)}
    assert space.told_lines() == 0
    (row,) = space.run("silences", "list").stdout.splitlines()[1:]
    assert row.split("\t")[5] == str(len(alerts))
    ended = space.run("silences", "expire", silence[:6])
    assert ended.returncode == 0, ended.stderr
    alerts = finish(space)["alerts"]
    assert [one.get("egresswatch.muted") for one in alerts] == [None] * len(alerts)
    assert [why for _, why in told(space)] == ["first"] * len(alerts)
    assert len({one["egresswatch.subprocessor"] for one in alerts}) == len(hosts)


def test_what_waits_in_a_group_is_told_by_time_alone(space: KafkaSpace) -> None:
    space.prepare(notifications={"group": {"by": ["subprocessor"], "wait_seconds": 6}})
    space.produce([(0, event(MONDAY, host="api.hubapi.com", body={"contact": person(1)}))])
    finish(space)  # the workers stop before its time
    with space.running():
        eventually("the message is sent", lambda: space.told_lines() > 0)
    assert [why for _, why in told(space)] == ["first"]


def test_deliveries_can_be_looked_at(space: KafkaSpace) -> None:
    space.prepare()
    space.produce([(0, event(MONDAY, host="api.hubapi.com", body={"contact": person(1)}))])
    finish(space)
    shown = space.run("deliveries", "--output", "json")
    (delivery,) = msgspec.json.decode(shown.stdout)
    assert (delivery["state"], delivery["attempts"]) == ("delivered", 1)


def test_a_command_that_no_longer_fits_is_a_dead_letter(space: KafkaSpace) -> None:
    """Two answers are given before the alert stage has seen the first."""
    space.prepare()
    space.produce([(0, event(MONDAY, host="api.hubapi.com", body={"contact": person(1)}))])
    (alert,) = finish(space)["alerts"]
    for verdict in ("expected", "duplicate"):
        closed = space.run("alerts", "close", alert["event.id"], "--verdict", verdict)
        assert closed.returncode == 0, closed.stderr
    found = finish(space)
    assert [one["egresswatch.verdict"] for one in found["alerts"]] == ["expected"]
    (letter,) = found["dead-letters"]
    assert letter["error.code"] == "command-refused"
    assert "has changed since you read it" in letter["error.message"]
    assert [why for _, why in told(space)] == ["first", "resolved"]


def test_dead_deliveries_of_a_sink_are_revived_once(space: KafkaSpace) -> None:
    with receiving() as receiver:
        hook = {"type": "webhook", "name": "hook", "url": receiver.url}
        space.prepare(sinks=[hook])
        receiver.script([refuse(400)])
        space.produce([(0, event(MONDAY, host="api.hubapi.com", body={"contact": person(1)}))])
        finish(space)
        assert states(space, "--revive", "other") == ["dead"]
        finish(space)
        assert states(space, "--revive", "hook") == ["dead"]  # until the stage has read it
        finish(space)
        assert states(space) == ["delivered"]
        assert len(receiver.requests) == 2


def states(space: KafkaSpace, *arguments: str) -> list[str]:
    shown = space.run("deliveries", "--output", "json", *arguments)
    assert shown.returncode == 0, shown.stderr
    return [one["state"] for one in msgspec.json.decode(shown.stdout)]


class Later(SystemClock):
    def now(self) -> datetime:
        return super().now() + timedelta(days=31)


def test_a_delivery_that_ended_long_ago_leaves_the_topic_and_the_ledger(space: KafkaSpace) -> None:
    space.prepare(notifications={"group": {"repeat_hours": None}})
    space.produce([(0, event(MONDAY, host="api.hubapi.com", body={"contact": person(1)}))])
    (alert,) = finish(space)["alerts"]
    # of an incident that is open the last word stays: its end will be told whoever had it
    closed = space.run("alerts", "close", alert["event.id"], "--verdict", "expected")
    assert closed.returncode == 0, closed.stderr
    finish(space)
    with space.running(Later()):
        eventually("it is forgotten", lambda: newest_state(space) is None)
        eventually("the index has everything", space.indexed)
    assert states(space) == []
    finish(space)
    assert sorted(why for _, why in told(space)) == ["first", "resolved"]


def newest_state(space: KafkaSpace) -> object:
    (*_, last) = space.records(space.topics.delivery_state.name)
    return last.value()


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
