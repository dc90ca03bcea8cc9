"""PagerDuty against a server that deduplicates, through PagerDuty's own client and over TLS."""

import threading
from collections.abc import Callable, Generator
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from alerts.content import Composer, MessageSettings
from alerts.sinks import SinkError
from alerts.sinks.pagerduty import PagerDutyConfig
from alerts.sinks.pagerduty.sink import PagerDutySink
from tests.support.api import CA, serving
from tests.support.messages import message, tools
from tests.support.pagerduty_api import KEY, PagerDutyApi
from tests.support.receiver import LOST_AFTER, TAKEN_BUT_502, Answer, refuse

pytestmark = pytest.mark.enable_socket

Make = Callable[..., PagerDutySink]


@pytest.fixture
def pagerduty() -> Generator[PagerDutyApi]:
    with serving(PagerDutyApi(), tls=True) as api:
        yield api


@pytest.fixture
def make(pagerduty: PagerDutyApi) -> Generator[Make]:
    made: list[PagerDutySink] = []

    def make(**changes: Any) -> PagerDutySink:
        given = {"type": "pagerduty", "name": "on-call", "routing_key": KEY, **changes}
        config = PagerDutyConfig.model_validate({"api_url": pagerduty.url, "ca_file": CA, **given})
        composer = Composer(MessageSettings(console_url="https://egresswatch.example.com"))
        sink = config.build(tools(composer))
        assert isinstance(sink, PagerDutySink)
        made.append(sink)
        return sink

    yield make
    for sink in made:
        sink.close()


def test_one_alert_follows_the_incident_to_its_end(pagerduty: PagerDutyApi, make: Make) -> None:
    sink = make()
    statuses: list[str] = []
    for told in (
        message(),
        message(why="acknowledged", status="acknowledged"),
        message(why="grew", severity="critical"),
        message(why="resolved", status="closed", verdict="expected"),
    ):
        sink.send(told)
        statuses.append(pagerduty.alerts[0]["status"])
    assert statuses == ["triggered", "acknowledged", "acknowledged", "resolved"]
    (alert,) = pagerduty.alerts
    first, grew = alert["log"]
    assert alert["key"] == "a1"
    assert first["payload"]["summary"] == "[HIGH] Unusual volume of user.contact.email to Stripe"
    assert [event["payload"]["severity"] for event in (first, grew)] == ["error", "critical"]
    assert first["payload"]["source"] == "stripe"
    assert first["payload"]["custom_details"]["subjects"].startswith("about 290 people")
    assert first["links"] == [
        {"href": "https://egresswatch.example.com/alerts/a1", "text": "Console"}
    ]


def test_severities_may_be_change_events_which_page_nobody(
    pagerduty: PagerDutyApi, make: Make
) -> None:
    sink = make(change_events=["low", "medium"])
    sink.send(message(severity="low"))
    sink.send(message(severity="high"))
    assert len(pagerduty.changes) == len(pagerduty.alerts) == 1
    payload = pagerduty.changes[0]["payload"]
    assert payload["summary"].startswith("[LOW]")
    assert "severity" not in payload
    assert "event_action" not in msgspec.json.decode(sink.preview(message(severity="low")))


@pytest.mark.parametrize("spoilt", [LOST_AFTER, TAKEN_BUT_502])
def test_an_event_sent_again_joins_the_same_alert(
    pagerduty: PagerDutyApi, make: Make, spoilt: Answer
) -> None:
    sink = make()
    pagerduty.script([spoilt])
    with pytest.raises(SinkError) as failure:
        sink.send(message())
    assert failure.value.recoverable
    assert failure.value.in_doubt
    sink.send(message())
    (alert,) = pagerduty.alerts
    assert len(alert["log"]) == 2


def test_the_clients_own_retries_are_off(pagerduty: PagerDutyApi, make: Make) -> None:
    pagerduty.script([refuse(429, Retry_After="30"), refuse(503)])
    for recoverable, wait, doubt in ((True, 30, False), (True, None, True)):
        with pytest.raises(SinkError) as failure:
            make().send(message())
        error = failure.value
        assert (error.recoverable, error.retry_after, error.in_doubt) == (recoverable, wait, doubt)
    assert len(pagerduty.calls) == 2


def test_a_wrong_key_is_told_without_it(make: Make) -> None:
    sink = make(routing_key="hunter2-s3cr3t")
    for use in (lambda: sink.send(message()), sink.check):
        with pytest.raises(SinkError, match="check the routing_key") as failure:
            use()
        assert not failure.value.recoverable
        assert "hunter2" not in repr(failure.value)


def test_a_check_has_no_effect(pagerduty: PagerDutyApi, make: Make) -> None:
    assert "no effect" in make().check()
    assert not pagerduty.alerts


def test_a_slow_answer_is_in_doubt(pagerduty: PagerDutyApi, make: Make) -> None:
    answered = threading.Event()
    pagerduty.script([Answer(wait=answered)])
    with pytest.raises(SinkError, match="no answer in time") as failure:
        make(read_timeout=0.2).send(message())
    answered.set()
    assert failure.value.in_doubt


def test_nothing_is_sent_to_a_stranger(pagerduty: PagerDutyApi, make: Make) -> None:
    with pytest.raises(SinkError, match="no connection") as failure:
        make(ca_file=None).send(message())  # the public authorities have not signed it
    assert not failure.value.in_doubt
    assert not pagerduty.calls


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(text=st.text(max_size=30).map(lambda text: text * 1000), count=st.integers(0, 40))
def test_no_alert_breaks_a_limit(make: Make, text: str, count: int) -> None:
    names = (text,) * count
    told = message(
        title=text, subprocessor=text or "x", services=names, fields=names, remedy=text, query=text
    )
    event = msgspec.json.decode(make().preview(told))
    assert 1 <= len(event["payload"]["summary"]) <= 1024
    assert len(msgspec.json.encode(event)) < 100_000


def test_an_unencrypted_address_and_a_missing_key_are_refused() -> None:
    base = {"type": "pagerduty", "name": "on-call"}
    with pytest.raises(ValidationError, match="has to begin with https"):
        PagerDutyConfig.model_validate({**base, "routing_key": KEY, "api_url": "http://x"})
    with pytest.raises(ValidationError, match="routing_key or routing_key_file is missing"):
        PagerDutyConfig.model_validate(base)
