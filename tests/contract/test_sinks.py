"""What every sink must do, whatever it talks to: a new kind is one line in CASES."""

from collections.abc import Callable, Generator
from contextlib import ExitStack
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pydantic import TypeAdapter

from alerts.sinks import SINKS, Message, Sink, SinkConfig, SinkError, build
from alerts.sinks.stdout import StdoutConfig, StdoutSink
from detectors.records import HistoryEntry
from monitor.clock import ManualClock
from tests.support import jira_api
from tests.support.api import CA, serving
from tests.support.jira_api import JiraApi
from tests.support.kafka import brokers, create, records
from tests.support.messages import NOW, message, tools
from tests.support.pagerduty_api import KEY, PagerDutyApi
from tests.support.receiver import receiving, refuse
from tests.support.slack_api import CHANNEL, TOKEN, SlackApi
from tests.support.smtp import mail_server
from tests.support.syslog import collecting

pytestmark = pytest.mark.enable_socket

ADAPTER: TypeAdapter[SinkConfig] = TypeAdapter(SinkConfig)


@dataclass
class Case:
    """A sink, what its receiver holds as text, and how to make its receiver fail once."""

    sink: Sink
    received: Callable[[], str]
    break_it: Callable[[], None]
    can_say: bool
    same_again: bool = True
    """Whether the receiver adds nothing of its own, such as a number, to what it is sent."""


def stdout(_: ExitStack, __: Path, **more: Any) -> Case:
    stream, seen = StringIO(), list[str]()

    def break_it() -> None:
        seen.append(stream.getvalue())
        stream.close()

    config = StdoutConfig.model_validate({"type": "stdout", "name": "mine", **more})
    return Case(
        StdoutSink(config, tools(), stream),
        lambda: "".join(seen) if stream.closed else stream.getvalue(),
        break_it,
        can_say=False,
    )


def file(_: ExitStack, folder: Path, **more: Any) -> Case:
    path = folder / "alerts.ndjson"
    path.touch()

    def break_it() -> None:
        path.unlink()
        path.mkdir()

    return Case(make(type="file", path=path, **more), path.read_text, break_it, can_say=True)


def webhook(stack: ExitStack, _: Path, *, status: bool = False, **config: Any) -> Case:
    receiver = stack.enter_context(receiving())
    more = {"status_url": f"{receiver.url}/{{id}}"} if status else {}
    return Case(
        make(type="webhook", url=receiver.url, **more, **config),
        lambda: "".join(request.content.decode() for request in receiver.requests),
        lambda: receiver.script([refuse(503)]),
        can_say=status,
    )


def slack(stack: ExitStack, _: Path) -> Case:
    api = stack.enter_context(serving(SlackApi()))
    config = {"token": TOKEN, "channel": CHANNEL, "api_url": api.api_url}
    return Case(
        make(type="slack", **config),
        lambda: "\n".join(msgspec.json.encode(one).decode() for one in api.messages),
        lambda: api.script([refuse(503)]),
        can_say=True,
        same_again=False,
    )


def pagerduty(stack: ExitStack, _: Path) -> Case:
    api = stack.enter_context(serving(PagerDutyApi(), tls=True))
    return Case(
        make(type="pagerduty", routing_key=KEY, api_url=api.url, ca_file=CA),
        lambda: "".join(
            msgspec.json.encode(event).decode() for one in api.alerts for event in one["log"]
        ),
        lambda: api.script([refuse(503)]),
        can_say=False,
    )


def mail(stack: ExitStack, _: Path) -> Case:
    box = stack.enter_context(mail_server(tls="none"))
    addresses = {"sender": "egresswatch@example.com", "recipients": ["privacy@example.com"]}

    def received() -> str:
        parts = [mail.get_body(("plain",)) for mail in box.mails]
        return "".join(f"{part.get_content()}" for part in parts if part is not None)

    return Case(
        make(type="mail", host="127.0.0.1", port=box.port, security="none", **addresses),
        received,
        lambda: box.spoilt.append("busy"),
        can_say=False,
    )


def teams(stack: ExitStack, _: Path) -> Case:
    receiver = stack.enter_context(receiving())
    receiver.key = "content-type"
    return Case(
        make(type="teams", url=receiver.url),
        lambda: "".join(request.content.decode() for request in receiver.requests),
        lambda: receiver.script([refuse(503)]),
        can_say=False,
    )


def jira(stack: ExitStack, _: Path) -> Case:
    api = stack.enter_context(serving(JiraApi()))
    account = {"user": jira_api.USER, "token": jira_api.TOKEN, "project": "PRIV"}
    return Case(
        make(type="jira", site=api.url, index_seconds=0, **account),
        lambda: "".join(msgspec.json.encode(one).decode() for one in api.issues.values()),
        lambda: api.script([refuse(503)]),
        can_say=True,
        same_again=False,
    )


def syslog(stack: ExitStack, _: Path) -> Case:
    collector = stack.enter_context(collecting("tcp"))
    return Case(
        make(type="syslog", protocol="tcp", host="127.0.0.1", port=collector.port),
        lambda: "".join(f"{line.priority} {line.message}\n" for line in collector.lines),
        lambda: setattr(collector, "reset", True),
        can_say=False,
    )


def kafka(stack: ExitStack, _: Path) -> Case:
    servers = stack.enter_context(brokers())
    create(servers, "findings")
    sink = make(type="kafka", brokers=servers, topic="findings", security="PLAINTEXT", timeout=3)

    def break_it() -> None:
        sink.close()
        stack.close()

    return Case(
        sink,
        lambda: "".join(value.decode() for _, value, _, _ in records(servers, "findings")),
        break_it,
        can_say=True,
    )


def apprise(stack: ExitStack, _: Path) -> Case:
    receiver = stack.enter_context(receiving())
    receiver.key = "content-type"
    return Case(
        make(type="apprise", url=receiver.url.replace("http://", "json://")),
        lambda: "".join(request.content.decode() for request in receiver.requests),
        lambda: receiver.script([refuse(503)]),
        can_say=False,
    )


def slack_hook(stack: ExitStack, _: Path) -> Case:
    receiver = stack.enter_context(receiving())
    receiver.key = "content-type"
    return Case(
        make(type="slack", url=receiver.url),
        lambda: "".join(request.content.decode() for request in receiver.requests),
        lambda: receiver.script([refuse(503)]),
        can_say=False,
    )


CASES: dict[str, Callable[[ExitStack, Path], Case]] = {
    "stdout": stdout,
    "stdout json": lambda stack, folder: stdout(stack, folder, format="json"),
    "file": file,
    "file ocsf": lambda stack, folder: file(stack, folder, format="ocsf"),
    "webhook": webhook,
    "webhook alertmanager": lambda stack, folder: webhook(stack, folder, format="alertmanager"),
    "webhook ocsf": lambda stack, folder: webhook(stack, folder, format="ocsf"),
    "slack": slack,
    "slack hook": slack_hook,
    "pagerduty": pagerduty,
    "mail": mail,
    "teams": teams,
    "jira": jira,
    "syslog": syslog,
    "kafka": kafka,
    "apprise": apprise,
    "webhook alertmanager-api": lambda stack, folder: webhook(
        stack, folder, format="alertmanager-api"
    ),
    "webhook status": lambda stack, folder: webhook(stack, folder, status=True),
}


def make(**config: Any) -> Sink:
    return build(ADAPTER.validate_python({"name": "mine", **config}), ManualClock(NOW))


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Case]:
    with ExitStack() as stack:
        made = CASES[request.param](stack, tmp_path)
        yield made
        made.sink.close()


def test_every_kind_is_here() -> None:
    assert set(SINKS) == {name.partition(" ")[0] for name in CASES}


def test_it_has_the_configured_name(case: Case) -> None:
    assert case.sink.name == "mine"


def test_a_message_arrives_whole(case: Case) -> None:
    case.sink.send(message())
    received = case.received()
    for part in ("high", message().alert.title, message().alert.query, "checkout", "api.stripe"):
        assert part.lower() in received.lower()


def test_it_says_truly_what_arrived_or_that_it_cannot(case: Case) -> None:
    before = case.sink.arrived(message("a1"))
    case.sink.send(message("a1"))
    after = case.sink.arrived(message("a1"))
    other = case.sink.arrived(message("a2"))
    assert (before, after, other) == ((False, True, False) if case.can_say else (None,) * 3)


def test_a_repeat_looks_different(case: Case) -> None:
    case.sink.send(message())
    plain = case.received()
    case.sink.send(msgspec.structs.replace(message(), repeat=True))
    assert case.received()[len(plain) :] != plain


def test_the_same_message_gives_the_same_bytes(case: Case) -> None:
    case.sink.send(message())
    plain = case.received()
    case.sink.send(message())
    if case.same_again:
        assert case.received() == plain * 2
    assert case.sink.preview(message()) == case.sink.preview(message())


def test_every_reason_to_send_can_be_sent(case: Case) -> None:
    ways: list[Message] = [
        message(why="first"),
        message(why="grew", severity="critical"),
        message(why="resolved", status="closed", verdict="duplicate"),
    ]
    for one in ways:
        case.sink.send(one)
    assert case.received()


def test_a_failure_is_a_sink_error_that_names_the_sink(case: Case) -> None:
    case.sink.send(message("a1"))
    case.break_it()
    with pytest.raises(SinkError, match="sink mine") as failure:
        case.sink.send(message("a2"))
    assert failure.value.recoverable
    assert message().alert.title not in str(failure.value)


def test_it_can_be_closed_twice(case: Case) -> None:
    case.sink.close()
    case.sink.close()


def test_a_preview_shows_what_is_sent_and_sends_nothing(case: Case) -> None:
    text = case.sink.preview(message())
    assert case.received() == ""
    for part in ("high", message().alert.title, "checkout"):
        assert part.lower() in text.lower()


def test_a_check_sends_nothing(case: Case) -> None:
    assert case.sink.check()
    assert case.received() == ""


def test_no_limit_of_a_receiver_is_negative(case: Case) -> None:
    assert case.sink.interval >= 0


PLANTED = "jane.doe@example.com"


def test_what_analysts_wrote_and_the_sketches_stay_at_home(case: Case) -> None:
    """Notes are free text, and may quote a person; a sketch holds pseudonyms."""
    entry = HistoryEntry(at=NOW, what="acknowledged", who=PLANTED, note=f"asked {PLANTED}")
    sketch = {"user.contact.email": PLANTED.encode()}
    case.sink.send(message(history=(entry,), subjects=sketch, assignee=PLANTED))
    assert PLANTED not in case.received()
    assert "jane.doe" not in case.received()
