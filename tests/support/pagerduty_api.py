"""PagerDuty's Events API v2: deduplication of alerts, change events, and the published limits."""

from typing import Any

from tests.support.api import Api, Call, Reply

KEY = "R0UT1NGK3Y0000000000000000000000"


class PagerDutyApi(Api):
    """`alerts` are all that were ever opened, by deduplication key in the order of opening."""

    def reset(self) -> None:
        super().reset()
        self.alerts: list[dict[str, Any]] = []
        self.changes: list[dict[str, Any]] = []

    def handle(self, call: Call) -> Reply:
        event = call.json
        if len(call.content) > 512 * 1024:
            return Reply(status=413)
        if event.get("routing_key") != KEY:
            return Reply({"status": "invalid event", "message": "Event object is invalid"}, 400)
        if call.path == "/v2/change/enqueue":
            return self._change(event)
        return self._event(event)

    def _change(self, event: dict[str, Any]) -> Reply:
        if problem := _problem(event["payload"], {"summary"}):
            return Reply({"status": "invalid event", "errors": [problem]}, 400)
        self.changes.append(event)
        return Reply({"status": "success", "message": "Change event processed"}, 202)

    def _event(self, event: dict[str, Any]) -> Reply:
        key, action = event["dedup_key"], event["event_action"]
        opened = [a for a in self.alerts if a["key"] == key and a["status"] != "resolved"]
        if len(key) > 255:
            return Reply({"status": "invalid event", "errors": ["dedup_key"]}, 400)
        if action == "trigger":
            if problem := _problem(event["payload"], {"summary", "source", "severity"}):
                return Reply({"status": "invalid event", "errors": [problem]}, 400)
            if not opened:
                opened = [{"key": key, "status": "triggered", "log": []}]
                self.alerts += opened
            opened[0]["log"].append(event)
        elif opened:
            opened[0]["status"] = "acknowledged" if action == "acknowledge" else "resolved"
        body = {"status": "success", "message": "Event processed", "dedup_key": key}
        return Reply(body, 202)


def _problem(payload: dict[str, Any], needed: set[str]) -> str:
    if missing := needed - set(payload):
        return f"missing {missing}"
    if not 1 <= len(payload["summary"]) <= 1024:
        return "summary"
    if payload.get("severity", "info") not in {"critical", "error", "warning", "info"}:
        return "severity"
    return ""
