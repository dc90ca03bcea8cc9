"""POST /slack/SINK: Slack's interactivity request address, as an ASGI application."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from slack_sdk.errors import SlackClientError
from slack_sdk.webhook import WebhookClient
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from alerts.sinks import SinkError
from alerts.sinks.slack import SlackConfig
from alerts.sinks.slack.interactivity import (
    SIGNATURE,
    TIMESTAMP,
    Answered,
    answers_of,
    is_from_slack,
)
from monitor.clock import Clock
from monitor.interactivity.giving import Give

_LONGEST = 256 * 1024
"""Bytes of a request; a payload quotes the whole message, which has at most 50 blocks."""
_SECONDS = 3
"""How long a word back may take."""


class InteractivityApp:
    """Checks the signature before anything else is looked at, and answers within Slack's three
    seconds; why an answer was refused is told to the one who gave it, and to nobody else."""

    def __init__(self, sinks: Sequence[SlackConfig], give: Give, clock: Clock) -> None:
        self._sinks = {sink.name: sink for sink in sinks}
        self._keep = give
        self._clock = clock
        self.asgi = Starlette(routes=[Route("/slack/{sink}", self._slack, methods=["POST"])])

    async def _slack(self, request: Request) -> Response:
        sink = self._sinks.get(request.path_params["sink"])
        if sink is None:
            return PlainTextResponse("no slack sink of this name has a signing_secret", 404)
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > _LONGEST:
                return PlainTextResponse("too large", 413)
        try:
            secret = sink.reveal("signing_secret") or ""
        except SinkError:
            return PlainTextResponse("the signing_secret cannot be read at present", 503)
        timestamp, signature = (request.headers.get(name, "") for name in (TIMESTAMP, SIGNATURE))
        if not is_from_slack(secret, timestamp, signature, body, self._clock.now()):
            return PlainTextResponse("the signature does not match, or is too old", 401)
        try:
            answers = answers_of(body)
        except ValueError as error:
            return PlainTextResponse(str(error), 400)
        refused = await run_in_threadpool(self._give, answers)
        task = BackgroundTask(_say_back, refused, sink) if refused else None
        return Response(status_code=200, background=task)

    def _give(self, answers: Sequence[Answered]) -> list[tuple[Answered, str]]:
        """Gives the answers; those that were refused, with the reason."""
        refused: list[tuple[Answered, str]] = []
        for answer in answers:
            try:
                self._keep(answer, self._clock.now())
            except ValueError as error:
                refused.append((answer, str(error)))
        return refused


def _say_back(refused: Sequence[tuple[Answered, str]], sink: SlackConfig) -> None:
    """A word that only the one who pressed the button sees. Best effort: Slack gives no more."""
    for answer, why in refused:
        if not _is_slacks(answer.respond, sink):
            continue
        client = WebhookClient(answer.respond, timeout=_SECONDS, retry_handlers=[])
        try:
            client.send(text=why, response_type="ephemeral", replace_original=False)
        except (SlackClientError, OSError):
            continue


def _is_slacks(address: str, sink: SlackConfig) -> bool:
    """Whether the address is on Slack's own hosts, or on that of the configured API."""
    parts, api = urlsplit(address), urlsplit(sink.api_url)
    hosts = {"hooks.slack.com", "hooks.slack-gov.com"}
    secure = parts.scheme == "https" and parts.hostname in hosts
    return secure or (parts.scheme, parts.netloc) == (api.scheme, api.netloc)
