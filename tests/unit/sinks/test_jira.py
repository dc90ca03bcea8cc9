"""Jira against a server that keeps issues."""

from collections.abc import Callable, Generator
from typing import Any

import pytest
from pydantic import ValidationError

from alerts.content import Composer
from alerts.sinks import SinkError
from alerts.sinks.jira import JiraConfig
from alerts.sinks.jira.sink import JiraSink
from alerts.sinks.shared import Tools
from monitor.clock import ManualClock
from tests.support.api import serving
from tests.support.jira_api import TOKEN, USER, JiraApi, text_of
from tests.support.messages import NOW, message
from tests.support.receiver import LOST_AFTER, refuse

pytestmark = pytest.mark.enable_socket

Make = Callable[..., JiraSink]


@pytest.fixture
def jira() -> Generator[JiraApi]:
    with serving(JiraApi()) as api:
        yield api


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def make(jira: JiraApi, clock: ManualClock) -> Generator[Make]:
    made: list[JiraSink] = []

    def make(**changes: Any) -> JiraSink:
        given = {"type": "jira", "name": "tickets", "site": jira.url, "user": USER}
        given |= {"token": TOKEN, "project": "PRIV", "index_seconds": 0, **changes}
        sink = JiraConfig.model_validate(given).build(Tools(clock, Composer()))
        assert isinstance(sink, JiraSink)
        made.append(sink)
        return sink

    yield make
    for sink in made:
        sink.close()


def test_an_incident_is_one_issue_and_its_changes_are_comments(jira: JiraApi, make: Make) -> None:
    sink = make(priorities={"critical": "Highest"}, close_transition="done")
    sink.send(message())
    sink.send(message(why="grew", severity="critical"))
    sink.send(message(why="resolved", severity="critical", status="closed", verdict="expected"))
    (issue,) = jira.issues.values()
    assert issue["fields"]["summary"].startswith("[CRITICAL] Unusual volume")
    assert issue["fields"]["priority"] == {"name": "Highest"}
    assert issue["fields"]["labels"] == ["egresswatch", "egresswatch-a1"]
    assert "subjects: about 290 people" in text_of(issue["fields"]["description"])
    said = [text_of(comment["body"]) for comment in issue["comments"]]
    assert "grew more severe" in said[0]
    assert "closed (expected)" in said[1]
    assert issue["status"] == "Done"


def test_a_transition_that_is_not_offered_is_told_in_the_comment(jira: JiraApi, make: Make) -> None:
    sink = make(close_transition="Resolve")
    sink.send(message())
    sink.send(message(why="resolved", status="closed"))
    (comment,) = jira.issues["PRIV-1"]["comments"]
    assert "the transition Resolve was not offered" in text_of(comment["body"])


def test_an_issue_that_somebody_deleted_is_made_anew(jira: JiraApi, make: Make) -> None:
    make().send(message(why="grew"))
    assert list(jira.issues) == ["PRIV-1"]
    assert jira.issues["PRIV-1"]["comments"] == []


def test_a_first_message_whose_answer_was_lost_is_found_by_its_property(
    jira: JiraApi, make: Make
) -> None:
    jira.script([refuse(503), LOST_AFTER])
    for arrived in (False, True):
        with pytest.raises(SinkError) as failure:
            make().send(message())
        assert failure.value.recoverable
        assert make().arrived(message()) is arrived


def test_a_comment_is_found_on_whatever_page_it_is(jira: JiraApi, make: Make) -> None:
    make().send(message())
    for number in range(3):
        make().send(message(why="repeat", number=number))
    assert make().arrived(message(why="grew")) is False
    make().send(message(why="grew"))
    assert make().arrived(message(why="grew")) is True


def test_a_doubt_is_not_decided_before_jiras_search_can_know(
    jira: JiraApi, make: Make, clock: ManualClock
) -> None:
    sink = make(index_seconds=30)
    clock.advance(31)
    assert sink.arrived(message()) is False
    jira.searchable = 0
    jira.script([LOST_AFTER])
    with pytest.raises(SinkError, match="connection lost"):
        sink.send(message())
    with pytest.raises(SinkError, match="may not know of the newest issues yet") as failure:
        sink.arrived(message())
    assert (failure.value.recoverable, failure.value.retry_after) == (True, 30)
    jira.searchable = None
    assert sink.arrived(message()) is True
    with pytest.raises(SinkError, match="may not know"):  # nor right after a start
        make(index_seconds=30).arrived(message("a2"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"token": "hunter2-s3cr3t"}, "answered 401: check user and token"),
        ({"project": "OTHER"}, r"answered 40[04]: check (project|site)"),
    ],
)
def test_what_jira_refuses_is_told_with_its_remedy(
    make: Make, changes: dict[str, Any], words: str
) -> None:
    sink = make(**changes)
    for use in (lambda: sink.send(message()), sink.check):
        with pytest.raises(SinkError, match=words) as failure:
            use()
        assert not failure.value.recoverable
        assert "hunter2" not in repr(failure.value)


def test_a_check_makes_no_issue(jira: JiraApi, make: Make) -> None:
    assert "sees the project" in make().check()
    assert not jira.issues


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"site": "example.atlassian.net"}, "is not an address"),
        ({"project": 'X" OR 1'}, "project"),
        ({}, "token or token_file is missing"),
    ],
)
def test_refused_configurations(changes: dict[str, Any], words: str) -> None:
    base = {"type": "jira", "name": "t", "site": "https://x.example", "user": "u"}
    with pytest.raises(ValidationError, match=words):
        JiraConfig.model_validate({**base, "project": "PRIV", **changes})
