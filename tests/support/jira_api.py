"""Jira Cloud as far as a sink uses it: issues with labels, comments, properties, transitions."""

import re
from base64 import b64encode
from typing import Any

from tests.support.api import Api, Call, Reply

USER, TOKEN = "egresswatch@example.com", "j1ra-s3cr3t"


class JiraApi(Api):
    """`issues` by key. `searchable`: how many of them the search knows of; None for all."""

    def reset(self) -> None:
        super().reset()
        self.issues: dict[str, dict[str, Any]] = {}
        self.searchable: int | None = None

    def is_write(self, call: Call) -> bool:
        return call.method in {"POST", "PUT"} and not call.path.endswith("search/jql")

    def handle(self, call: Call) -> Reply:
        pair = b64encode(f"{USER}:{TOKEN}".encode()).decode()
        if call.headers.get("authorization") != f"Basic {pair}":
            return Reply(status=401)
        path = call.path.removeprefix("/rest/api/3/")
        match path.split("/"):
            case ["myself"]:
                return Reply({"accountId": "1"})
            case ["project", key]:
                return Reply({"key": key}) if key == "PRIV" else Reply(status=404)
            case ["search", "jql"]:
                return self._search(call.json)
            case ["issue"]:
                return self._create(call.json)
            case ["issue", key, *rest]:
                if key not in self.issues:
                    return Reply(status=404)
                return self._issue(self.issues[key], rest, call)
            case _:
                return Reply(status=404)

    def _search(self, asked: dict[str, Any]) -> Reply:
        label = re.search(r'labels = "([^"]+)"', asked["jql"])
        assert label
        known = list(self.issues.values())[: self.searchable]
        found = [one for one in known if label[1] in one["fields"]["labels"]]
        return Reply({"issues": [{"key": one["key"]} for one in found[::-1]], "isLast": True})

    def _create(self, given: dict[str, Any]) -> Reply:
        fields = given["fields"]
        if fields["project"]["key"] != "PRIV" or not 1 <= len(fields["summary"]) <= 255:
            return Reply({"errors": {"summary": "too long"}}, 400)
        key = f"PRIV-{len(self.issues) + 1}"
        issue = {"key": key, "fields": fields, "comments": [], "status": "To Do"}
        self.issues[key] = {**issue, "properties": _properties(given)}
        return Reply({"key": key}, 201)

    def _issue(self, issue: dict[str, Any], rest: list[str], call: Call) -> Reply:
        match (call.method, rest):
            case ("GET", []):
                return Reply({"key": issue["key"], "properties": issue["properties"]})
            case ("PUT", []):
                issue["fields"].update(call.json["fields"])
                return Reply(status=204)
            case ("GET", ["comment"]):
                return self._comments(issue, call)
            case ("POST", ["comment"]):
                issue["comments"].append(call.json)
                return Reply({"id": "1"}, 201)
            case ("GET", ["transitions"]):
                offered = [{"id": "31", "name": "Done"}] if issue["status"] != "Done" else []
                return Reply({"transitions": offered})
            case ("POST", ["transitions"]):
                issue["status"] = "Done"
                return Reply(status=204)
            case _:
                return Reply(status=404)

    @staticmethod
    def _comments(issue: dict[str, Any], call: Call) -> Reply:
        start = int(call.query["startAt"])
        page = issue["comments"][start : start + 2]  # pages are as small as Jira likes
        return Reply({"comments": page, "total": len(issue["comments"]), "startAt": start})


def _properties(given: dict[str, Any]) -> dict[str, Any]:
    return {one["key"]: one["value"] for one in given.get("properties", [])}


def text_of(document: dict[str, Any]) -> str:
    """The text of a document in Atlassian's format, a paragraph a line."""
    return "".join(
        "".join(part["text"] for part in paragraph["content"]) + "\n"
        for paragraph in document["content"]
    )
