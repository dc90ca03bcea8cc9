"""A Slack app against a server that keeps a channel, through Slack's own client."""

import threading
from collections.abc import Callable, Generator
from typing import Any

import pytest

from alerts.sinks import SinkError
from alerts.sinks.slack.app import SlackAppSink
from alerts.sinks.slack.config import SlackConfig
from tests.support.api import serving
from tests.support.messages import message, tools
from tests.support.receiver import LOST_AFTER, LOST_BEFORE, TAKEN_BUT_502, Answer, refuse
from tests.support.slack_api import CHANNEL, TOKEN, SlackApi, holdings, seed_noise

pytestmark = pytest.mark.enable_socket

Make = Callable[..., SlackAppSink]


@pytest.fixture
def slack() -> Generator[SlackApi]:
    with serving(SlackApi()) as api:
        yield api


@pytest.fixture
def make(slack: SlackApi) -> Make:
    def make(**changes: Any) -> SlackAppSink:
        given = {
            "type": "slack",
            "name": "team",
            "token": TOKEN,
            "channel": CHANNEL,
            "api_url": slack.api_url,
            **changes,
        }
        sink = SlackConfig.model_validate(given).build(tools())
        assert isinstance(sink, SlackAppSink)
        return sink

    return make


def test_a_change_updates_the_incidents_message_and_is_told_in_its_thread(
    slack: SlackApi, make: Make
) -> None:
    sink = make()
    sink.send(message())
    sink.send(message(why="grew", severity="critical"))
    sink.send(message(why="resolved", severity="critical", status="closed", verdict="expected"))
    root, grew, resolved = slack.messages
    assert root["blocks"][0]["text"]["text"].startswith("✅ [CRITICAL]")
    assert root["metadata"]["event_payload"]["message"] == message().id
    assert {grew["thread_ts"], resolved["thread_ts"]} == {root["ts"]}
    assert "grew more severe" in grew["text"]
    assert grew["reply_broadcast"]
    assert not resolved["reply_broadcast"]
    assert "closed (expected)" in resolved["text"]


def test_another_process_finds_the_incidents_message_in_the_history(
    slack: SlackApi, make: Make
) -> None:
    slack.page = 7
    make().send(message())
    seed_noise(slack, 30)
    make().send(message(why="grew"))
    assert [one.get("thread_ts") for one in slack.messages][-1] == slack.messages[0]["ts"]


def test_the_history_is_read_once_a_process(slack: SlackApi, make: Make) -> None:
    sink = make()
    for number in range(5):
        sink.send(message(f"a{number}", why="grew"))
    reads = [call for call in slack.calls if call.path.endswith("conversations.history")]
    assert len(reads) == 1


def test_a_message_that_somebody_deleted_is_posted_anew(slack: SlackApi, make: Make) -> None:
    sink = make()
    sink.send(message())
    slack.messages.clear()
    sink.send(message(why="grew"))
    sink.send(message(why="resolved"))
    assert [one.get("thread_ts") for one in slack.messages] == [None, slack.messages[0]["ts"]]


def test_what_has_arrived_is_in_the_channel_or_in_the_thread(slack: SlackApi, make: Make) -> None:
    first, grew, resolved = message(), message(why="grew"), message(why="resolved")
    assert make().arrived(first) is False
    make().send(first)
    make().send(grew)
    assert [make().arrived(one) for one in (first, grew, resolved)] == [True, True, False]


@pytest.mark.parametrize("spoilt", [LOST_AFTER, TAKEN_BUT_502])
def test_an_answer_lost_after_the_effect_is_in_doubt_and_then_seen(
    slack: SlackApi, make: Make, spoilt: Answer
) -> None:
    sink = make()
    slack.script([spoilt])
    with pytest.raises(SinkError) as failure:
        sink.send(message())
    assert failure.value.recoverable
    assert failure.value.in_doubt
    assert sink.arrived(message()) is True
    assert holdings(slack) == [("a1", message().id)]


def test_the_clients_own_retries_are_off(slack: SlackApi, make: Make) -> None:
    slack.script([LOST_BEFORE])
    with pytest.raises(SinkError, match="connection lost"):
        make().send(message())
    assert len(slack.calls) == 1


def test_a_rate_limit_is_honoured(slack: SlackApi, make: Make) -> None:
    slack.script([refuse(429, Retry_After="17")])
    with pytest.raises(SinkError, match="answered 429") as failure:
        make().send(message())
    error = failure.value
    assert (error.recoverable, error.retry_after, error.in_doubt) == (True, 17, False)
    assert make().interval >= 1


def test_a_slow_answer_is_in_doubt(slack: SlackApi, make: Make) -> None:
    answered = threading.Event()
    slack.script([Answer(wait=answered)])
    with pytest.raises(SinkError, match="no answer in time") as failure:
        make(read_timeout=1).send(message())
    answered.set()
    assert failure.value.in_doubt


def test_where_nobody_listens_nothing_has_arrived(slack: SlackApi, make: Make) -> None:
    with serving(SlackApi()) as gone:
        url = gone.api_url
    with pytest.raises(SinkError, match="no connection") as failure:
        make(api_url=url).send(message())
    assert failure.value.recoverable
    assert not failure.value.in_doubt


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"token": "xoxb-wr0ng"}, "invalid_auth: the token is not valid"),
        ({"channel": "C0000000000"}, "channel_not_found: check the channel's ID"),
    ],
)
def test_what_slack_refuses_for_good_is_told_with_its_remedy(
    make: Make, changes: dict[str, str], words: str
) -> None:
    sink = make(**changes)
    for use in (lambda: sink.send(message()), sink.check, lambda: sink.arrived(message())):
        with pytest.raises(SinkError, match=words) as failure:
            use()
        assert not failure.value.recoverable
        assert not failure.value.in_doubt
        assert "xoxb" not in repr(failure.value)


def test_a_check_reads_and_sends_nothing(slack: SlackApi, make: Make) -> None:
    assert "can be read" in make().check()
    assert not slack.messages


def test_a_rotated_token_is_used_at_once(slack: SlackApi, make: Make, tmp_path: Any) -> None:
    file = tmp_path / "token"
    file.write_text("old")
    sink = make(token=None, token_file=file)
    with pytest.raises(SinkError, match="invalid_auth"):
        sink.send(message())
    file.write_text(TOKEN)
    sink.send(message())
    assert len(slack.messages) == 1


def test_more_history_than_is_read_leaves_a_doubt(
    slack: SlackApi, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerts.sinks.slack.channel._PAGES", 2)
    slack.page = 5
    make().send(message())
    seed_noise(slack, 20)
    assert make().arrived(message()) is None
