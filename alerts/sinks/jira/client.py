"""The few calls of Jira Cloud's REST API (version 3) that a sink needs."""

from base64 import b64encode
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import msgspec

from alerts.sinks.base import Clock, SinkError
from alerts.sinks.http import judge_answer
from alerts.sinks.jira.config import JiraConfig
from alerts.sinks.web import Answer, HttpChannel

PROPERTY = "egresswatch"
"""The property of issues and comments that holds the id of the message they were made for."""

_LARGEST = 4 * 1024 * 1024
_PAGE = 100
_REMEDY = {
    400: "check project, issue_type and priorities: does the project have them, and does it want "
    "fields that we do not set?",
    401: "check user and token",
    403: "the account may not do this in the project",
    404: "check site and project: does the account see the project?",
}


class JiraApi:
    """Every failure is a SinkError."""

    def __init__(self, config: JiraConfig, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._channel = HttpChannel(config, clock)

    def find(self, label: str) -> str | None:
        """The key of the newest issue with this label."""
        jql = f'project = "{self._config.project}" AND labels = "{label}" ORDER BY created DESC'
        asked = {"jql": jql, "maxResults": 1, "fields": ["summary"]}
        found = self._call("POST", "search/jql", asked)["issues"]
        return found[0]["key"] if found else None

    def create(self, fields: dict[str, Any], message_id: str) -> str:
        made = self._call("POST", "issue", {"fields": fields, "properties": _marked(message_id)})
        return made["key"]

    def update(self, issue: str, fields: dict[str, Any]) -> None:
        self._call("PUT", f"issue/{quote(issue)}", {"fields": fields})

    def comment(self, issue: str, body: dict[str, Any], message_id: str) -> None:
        given = {"body": body, "properties": _marked(message_id)}
        self._call("POST", f"issue/{quote(issue)}/comment", given)

    def messages(self, issue: str) -> Iterator[str]:
        """The ids of the messages that the issue and its comments were made for."""
        read = self._call("GET", f"issue/{quote(issue)}?fields=summary&properties={PROPERTY}")
        yield _message(read.get("properties", {}).get(PROPERTY))
        start, total = 0, 1
        while start < total:
            where = f"issue/{quote(issue)}/comment?expand=properties&startAt={start}"
            page = self._call("GET", f"{where}&maxResults={_PAGE}")
            for comment in page["comments"]:
                for one in comment.get("properties", []):
                    if one.get("key") == PROPERTY:
                        yield _message(one.get("value"))
            total = page["total"]
            start += max(len(page["comments"]), 1)

    def transition(self, issue: str, name: str) -> bool:
        """Makes the transition; False where the issue does not offer it (any more)."""
        where = f"issue/{quote(issue)}/transitions"
        for one in self._call("GET", where)["transitions"]:
            if one["name"].casefold() == name.casefold():
                self._call("POST", where, {"transition": {"id": one["id"]}})
                return True
        return False

    def check(self) -> None:
        """The account is valid and sees the project."""
        self._call("GET", "myself")
        self._call("GET", f"project/{quote(self._config.project)}")

    def close(self) -> None:
        self._channel.close()

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        url = f"{self._config.site}/rest/api/3/{path}"
        pair = f"{self._config.user}:{self._config.reveal('token')}"
        headers = {
            "Authorization": f"Basic {b64encode(pair.encode()).decode()}",
            "Accept": "application/json",
            "Content-Type": "application/json",
        }
        content = b"" if body is None else msgspec.json.encode(body)
        answer = self._channel.request(method, url, headers, content, keep=_LARGEST)
        if not answer.head.is_success:
            raise self._refused(url, answer)
        try:
            return msgspec.json.decode(answer.body) if answer.body else None
        except msgspec.DecodeError:
            problem = f"{self._channel.label(url)}: the answer is none of Jira's; check site"
            raise SinkError(problem, recoverable=False, in_doubt=True) from None

    def _refused(self, url: str, answer: Answer) -> SinkError:
        """Jira's own words are not told: they may quote what we sent."""
        label, status = self._channel.label(url), answer.head.status_code
        if status in _REMEDY:
            problem = f"{label}: answered {status}: {_REMEDY[status]}"
            return JiraRefusedError(problem, status)
        return judge_answer(label, answer.head, self._clock.now())


class JiraRefusedError(SinkError):
    """Jira understood the call and did not do it."""

    def __init__(self, problem: str, status: int) -> None:
        super().__init__(problem, recoverable=False, in_doubt=False)
        self.status = status


def _marked(message_id: str) -> list[dict[str, Any]]:
    return [{"key": PROPERTY, "value": {"message": message_id}}]


def _message(value: Any) -> str:
    return str(value.get("message", "")) if isinstance(value, dict) else ""  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
