"""The live view over a real broker, in a process of its own."""

from pathlib import Path
from typing import Any

from confluent_kafka import Producer

from detectors.records import PartialSum
from detectors.windows import minute_of
from monitor.clock import SystemClock
from tests.support.index_records import alert, finding, partial_sum
from tests.support.kafka_space import PATIENCE, eventually
from tests.support.live_space import LiveSpace
from tests.support.services.secured import PASSWORD, USER, Secured

EMAIL = "user.contact.email"


def part(events: int, *, category: str = "*", subprocessor: str = "stripe") -> PartialSum:
    now = minute_of(SystemClock().now())
    return partial_sum(window=now, events=events, category=category, subprocessor=subprocessor)


def test_what_was_committed_counts_once_and_what_was_aborted_does_not(space: LiveSpace) -> None:
    topics, now = space.topics, SystemClock().now()
    space.write_records(topics.sums, [part(3), part(2, category=EMAIL)])
    space.write_records(topics.sums, [part(1000)], commit=False)
    with space.live() as live:
        eventually("what was there before is counted", lambda: live.events() == {"stripe": 3})
        space.write_records(topics.sums, [part(1000)], commit=False)
        space.write_records(topics.sums, [part(4), part(7, subprocessor="hubspot")])
        space.write_records(topics.findings, [finding(last=now), finding(1, last=now)])
        space.write_records(topics.alerts, [alert(), alert(version=2, status="closed")])
        producer = Producer({"bootstrap.servers": space.address, "enable.idempotence": True})
        producer.produce(topics.alerts.name, b"not a record: anna@example.com", b"strange")
        assert producer.flush(PATIENCE) == 0
        eventually("it goes on", lambda: live.events() == {"stripe": 7, "hubspot": 7})
        eventually("alerts are there", lambda: shown(live.view())["alerts"] == {"closed": 1})
        eventually("the strange one is counted", lambda: live.view()["unreadable"] == 1)
        eventually("it has everything", lambda: not live.view()["stale"])
        assert shown(live.view()) == {
            "categories": [(EMAIL, 2)],
            "findings": {"category-not-allowed": 2},
            "alerts": {"closed": 1},
        }
        assert live.telemetry("/readyz").text == live.telemetry("/livez").text == "ok\n"
        metrics = live.telemetry("/metrics").text
        assert 'egresswatch_records_total{stage="live"} 8.0' in metrics
        assert (
            f'egresswatch_lag_records{{partition="1",stage="live",topic="{topics.sums.name}"}} 0.0'
            in metrics
        )
        assert live.end() == 0
    assert "anna" not in "".join(live.said)


def shown(view: dict[str, Any]) -> dict[str, Any]:
    """What the view says of Stripe, and its alerts by status."""
    hour = view["hour"]
    stripe = next(one for one in hour["subprocessors"] if one["subprocessor"] == "stripe")
    statuses = [one["status"] for one in hour["alerts"]]
    return {
        "categories": [(one["category"], one["events"]) for one in stripe["categories"]],
        "findings": stripe["findings"],
        "alerts": {status: statuses.count(status) for status in statuses},
    }


def test_while_kafka_is_away_it_answers_and_says_how_old_it_is(
    tmp_path: Path, secured: Secured, authority: Path, topic_prefix: str
) -> None:
    space = LiveSpace(tmp_path / "space", secured.broker.address, topic_prefix)
    (space.folder / "password").write_text(PASSWORD)
    login = {
        "bootstrap": secured.sasl,
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_username": USER,
        "sasl_password_file": "password",
        "ssl_ca": str(authority / "ca.pem"),
    }
    space.prepare_live(login, stale_seconds=3)
    sums = space.topics.sums
    space.write_records(sums, [part(3)])
    with space.live() as live:
        eventually("it has everything", lambda: not live.view()["stale"])
        assert live.events() == {"stripe": 3}
        with secured.broker.paused():
            eventually("it says so", lambda: live.view()["stale"])
            assert live.events() == {"stripe": 3}
        space.write_records(sums, [part(4)])
        eventually("it goes on", lambda: live.events() == {"stripe": 7})
        eventually("it has everything", lambda: not live.view()["stale"])
        assert live.end() == 0
    assert PASSWORD not in "".join(live.said)
