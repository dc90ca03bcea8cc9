"""Webhooks against a real server on the loopback."""

import logging
import threading
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from alerts.sinks import SinkError
from alerts.sinks.payload import body
from alerts.sinks.webhook import WebhookConfig, WebhookSink, sign
from tests.support.messages import NOW, message, tools
from tests.support.receiver import LOST_AFTER, LOST_BEFORE, Answer, Receiver, receiving, refuse

pytestmark = pytest.mark.enable_socket

HIDDEN = "hunter2-s3cr3t"
Make = Callable[..., WebhookSink]


@pytest.fixture
def receiver() -> Generator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def make(receiver: Receiver) -> Generator[Make]:
    made: list[WebhookSink] = []

    def make(**config: Any) -> WebhookSink:
        given = {"type": "webhook", "name": "hook", "url": receiver.url, **config}
        made.append(WebhookSink(WebhookConfig.model_validate(given), tools()))
        return made[-1]

    yield make
    for sink in made:
        sink.close()


def test_a_message_arrives_as_signed_json(receiver: Receiver, make: Make) -> None:
    make(secret="key", token="t0k").send(message())
    (request,) = receiver.requests
    assert request.content == body(message())
    assert request.headers["content-type"] == "application/json"
    assert request.headers["idempotency-key"] == message().id
    assert request.headers["authorization"] == "Bearer t0k"
    timestamp = request.headers["x-egresswatch-timestamp"]
    assert timestamp == str(int(NOW.timestamp()))
    assert request.headers["x-egresswatch-signature"] == sign("key", timestamp, request.content)


def test_the_signature_is_what_openssl_computes() -> None:
    # printf '1.body' | openssl dgst -sha256 -hmac key
    expected = "91b5374b153842ad05b2c4eab9349b8321b14703165bd3fb8b034dfb8be98ae5"
    assert sign("key", "1", b"body") == f"sha256={expected}"


def test_without_a_secret_nothing_is_signed(receiver: Receiver, make: Make) -> None:
    make().send(message())
    assert "x-egresswatch-signature" not in receiver.requests[0].headers
    assert "authorization" not in receiver.requests[0].headers


def test_one_connection_serves_many_messages(receiver: Receiver, make: Make) -> None:
    sink = make()
    for number in range(5):
        sink.send(message(number=number))
    assert receiver.connections == 1


def test_a_huge_answer_is_not_read(receiver: Receiver, make: Make) -> None:
    receiver.script([Answer(size=10_000_000)])
    sink = make()
    sink.send(message("a1"))
    sink.send(message("a2"))
    assert receiver.connections == 2


def test_a_closed_sink_can_be_used_again(receiver: Receiver, make: Make) -> None:
    sink = make()
    sink.send(message())
    sink.close()
    sink.close()
    sink.send(message("a2"))
    assert len(receiver.taken) == 2


def test_a_refusal_is_told_from_a_delay(receiver: Receiver, make: Make) -> None:
    receiver.script([refuse(429, Retry_After="7"), refuse(410), refuse(503)])
    sink = make()
    expected = [(True, False, 7.0), (False, False, None), (True, True, None)]
    for recoverable, in_doubt, wait in expected:
        with pytest.raises(SinkError) as failure:
            sink.send(message())
        error = failure.value
        assert (error.recoverable, error.in_doubt, error.retry_after) == (
            recoverable,
            in_doubt,
            wait,
        )


def test_a_redirect_is_not_followed(receiver: Receiver, make: Make) -> None:
    receiver.script([refuse(307, Location=receiver.url)])
    with pytest.raises(SinkError, match="answered 307: give the address it redirects to"):
        make().send(message())
    assert len(receiver.requests) == 1


@pytest.mark.parametrize("lost", [LOST_BEFORE, LOST_AFTER])
def test_a_lost_answer_leaves_it_in_doubt(receiver: Receiver, make: Make, lost: Answer) -> None:
    receiver.script([lost])
    with pytest.raises(SinkError, match="connection lost") as failure:
        make().send(message())
    assert failure.value.recoverable
    assert failure.value.in_doubt


def test_a_slow_answer_leaves_it_in_doubt(receiver: Receiver, make: Make) -> None:
    answered = threading.Event()
    receiver.script([Answer(wait=answered)])
    with pytest.raises(SinkError, match="no answer in time") as failure:
        make(read_timeout=0.2).send(message())
    answered.set()
    assert failure.value.recoverable
    assert failure.value.in_doubt


def test_where_nobody_listens_nothing_has_arrived(make: Make) -> None:
    with receiving() as gone:
        url = gone.url
    with pytest.raises(SinkError, match="no connection") as failure:
        make(url=url).send(message())
    assert failure.value.recoverable
    assert not failure.value.in_doubt


def test_the_status_address_says_what_arrived(receiver: Receiver, make: Make) -> None:
    sink = make(status_url=f"{receiver.url}/{{id}}")
    assert sink.arrived(message()) is False
    sink.send(message())
    assert sink.arrived(message()) is True
    receiver.status_answers.extend([503, 401])
    for recoverable in (True, False):
        with pytest.raises(SinkError, match="status_url: answered") as failure:
            sink.arrived(message())
        assert failure.value.recoverable is recoverable


def test_a_check_asks_the_status_address_where_there_is_one(receiver: Receiver, make: Make) -> None:
    assert "nothing to try" in make().check()
    sink = make(status_url=f"{receiver.url}/{{id}}")
    assert sink.check() == "the status_url answers"
    receiver.status_answers.append(401)
    with pytest.raises(SinkError, match="status_url: answered 401: check the token"):
        sink.check()
    assert not receiver.requests


def test_without_a_status_address_it_cannot_say(make: Make) -> None:
    assert make().arrived(message()) is None


def test_errors_and_logs_hide_every_secret(
    receiver: Receiver, make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    base = receiver.url.replace("http://", f"http://user:{HIDDEN}@")
    url = f"{base}/{HIDDEN}?key={HIDDEN}"
    sink = make(url=url, secret=HIDDEN, token=HIDDEN, status_url=f"{base}/{HIDDEN}/{{id}}")
    receiver.script([refuse(500), refuse(404), LOST_BEFORE])
    receiver.status_answers.append(500)
    texts: list[str] = []
    for use in (*[lambda: sink.send(message())] * 3, lambda: sink.arrived(message())):
        with pytest.raises(SinkError) as failure:
            use()
        assert failure.value.__cause__ is None
        texts.append(repr(failure.value))
    sink.send(message())
    assert len(receiver.taken) == 1
    assert all("sink hook (http://127.0.0.1:" in text for text in texts)
    assert HIDDEN not in "".join([*texts, caplog.text, repr(sink)])


def test_a_url_or_certificate_file_that_is_no_good_is_named(
    tmp_path: Path, receiver: Receiver, make: Make
) -> None:
    file = tmp_path / "url"
    file.write_text(f"gopher://{HIDDEN}")
    with pytest.raises(SinkError, match="sink hook: url_file: is not an address") as failure:
        make(url=None, url_file=file).send(message())
    assert not failure.value.recoverable
    assert HIDDEN not in str(failure.value)
    with pytest.raises(SinkError, match="ca_file holds no usable certificate"):
        make(ca_file=file).send(message())


def test_a_token_that_http_cannot_carry_is_a_permanent_error(make: Make) -> None:
    for token in ("tökén☃", "two\nlines"):
        with pytest.raises(SinkError, match="characters that HTTP cannot carry") as failure:
            make(token=token).send(message())
        assert not failure.value.recoverable


TICKET = (
    '{"fields": {"summary": {{ title | tojson }}, "labels": ["{{ severity }}"],'
    ' "description": {{ facts | tojson }}}}'
)


def test_a_template_makes_the_body_that_a_ticket_system_wants(
    receiver: Receiver, make: Make, tmp_path: Path
) -> None:
    file = tmp_path / "ticket.j2"
    file.write_text(TICKET)
    sink = make(format="template", template=file)
    sink.send(message(title='with "quotes"\nand lines'))
    fields = receiver.requests[0].json["fields"]
    assert fields["summary"] == 'with "quotes"\N{REPLACEMENT CHARACTER}and lines'
    assert fields["labels"] == ["high"]
    assert fields["description"][0] == ["why sent", "the incident is new"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('{"title": {{ title }}}', "does not render to JSON: write each value as"),
        ('{"title": {{ tittle | tojson }}}', "unknown variable tittle; did you mean title"),
        ("{% if %}", "line 1"),
    ],
)
def test_a_template_that_makes_no_json_is_refused_at_load(
    make: Make, tmp_path: Path, source: str, words: str
) -> None:
    file = tmp_path / "ticket.j2"
    file.write_text(source)
    with pytest.raises(ValidationError, match=words):
        make(format="template", template=file)


def test_a_template_that_fails_on_one_alert_is_a_dead_delivery(
    receiver: Receiver, make: Make, tmp_path: Path
) -> None:
    file = tmp_path / "ticket.j2"
    file.write_text("{{ {'stripe': 1}[subprocessor] | tojson }}")
    sink = make(format="template", template=file)
    with pytest.raises(SinkError, match="sink hook: template: does not render to JSON") as failure:
        sink.send(message(subprocessor="mailchimp"))
    assert not failure.value.recoverable
    assert not receiver.requests


def test_format_and_template_go_together(make: Make) -> None:
    for given in ({"format": "template"}, {"template": __file__}):
        with pytest.raises(ValidationError, match=r"go together|does not render|line \d"):
            make(**given)
