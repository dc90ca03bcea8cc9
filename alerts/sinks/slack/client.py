"""Slack's official client, without its retries, and what its errors mean."""

# ruff: noqa: TID251 - the client logs requests and failures unless it is given a silent logger
import logging
import re
import ssl
from collections.abc import Callable
from functools import cached_property
from http.client import HTTPException
from socket import gaierror
from typing import Any, cast
from urllib.error import URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from alerts.sinks.base import SinkError
from alerts.sinks.http import place, trusted
from alerts.sinks.slack.config import SlackConfig

_TOKEN = "the token is not valid (any more): make a new one and put it under token"  # noqa: S105
_SCOPES = "give the app the scopes chat:write and channels:history (private: groups:history)"
_REMEDY = {
    "invalid_auth": _TOKEN,
    "not_authed": _TOKEN,
    "account_inactive": _TOKEN,
    "token_revoked": _TOKEN,
    "token_expired": _TOKEN,
    "missing_scope": _SCOPES,
    "not_allowed_token_type": "give the bot token (xoxb-), not a user's or an app's",
    "channel_not_found": "check the channel's ID, and invite the app if the channel is private",
    "not_in_channel": "invite the app to the channel",
    "is_archived": "the channel is archived: name another",
    "restricted_action": "the workspace does not let apps post there: ask its owners",
}
_UNKNOWN = "see chat.postMessage in Slack's documentation for what this means"
_RECOVERABLE = frozenset(
    {
        "ratelimited",
        "rate_limited",
        "message_limit_exceeded",
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
        "accesslimited",
        "team_added_to_org",
        "org_login_required",
    }
)
_IN_DOUBT = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})
"""Slack says of these that part of the call may have happened."""
_CODE = re.compile(r"[a-z0-9_]{1,64}")


class SlackApi:
    """Calls of the Web API for one sink; every failure is a SinkError. The client is made for each
    call, so that a rotated token is used at once.

    The client's own retries are off: its default one sends a message a second time when the
    connection breaks after the first.
    """

    def __init__(self, config: SlackConfig) -> None:
        self._config = config
        self._label = f"sink {config.name} ({place(config.api_url)})"

    def call(self, what: Callable[[Any], Any]) -> dict[str, Any]:
        """The data of the answer to what is called on a WebClient, or SinkError."""
        try:
            return what(self._client()).data
        except SlackApiError as error:
            raise self._refused(cast("Any", error).response) from None
        except (SlackClientError, OSError, HTTPException, ValueError) as error:
            raise self._failed(error) from None

    def _client(self) -> Any:  # its methods' types are too loose to be of use
        config = self._config
        return WebClient(
            token=config.reveal("token"),
            base_url=config.api_url,
            timeout=int(max(1, config.read_timeout)),
            ssl=self._trusted,
            logger=_silent(),
            retry_handlers=[],
        )

    @cached_property
    def _trusted(self) -> ssl.SSLContext:
        return trusted(self._config.ca_file)

    def _refused(self, answer: Any) -> SinkError:
        code, status = _code(answer.data), int(answer.status_code)
        if status == 429 or status >= 500 or not code:
            waits: dict[str, str] = {k.lower(): v for k, v in answer.headers.items()}
            wait = waits.get("retry-after", "")
            return SinkError(
                f"{self._label}: answered {status}{f' {code}' if code else ''}",
                recoverable=True,
                retry_after=float(wait) if wait.isdigit() else None,
                in_doubt=status != 429,
            )
        return SlackRefusedError(
            f"{self._label}: {code}: {_REMEDY.get(code, _UNKNOWN)}",
            code,
            recoverable=code in _RECOVERABLE,
            in_doubt=code in _IN_DOUBT,
        )

    def _failed(self, error: Exception) -> SinkError:
        reason = error.reason if isinstance(error, URLError) else error
        if isinstance(reason, ConnectionRefusedError | gaierror | ssl.SSLCertVerificationError):
            kind = type(reason).__name__
            return SinkError(
                f"{self._label}: no connection ({kind})", recoverable=True, in_doubt=False
            )
        if isinstance(reason, TimeoutError):
            return SinkError(
                f"{self._label}: no answer in time; see read_timeout", recoverable=True
            )
        return SinkError(
            f"{self._label}: connection lost ({type(error).__name__})", recoverable=True
        )


class SlackRefusedError(SinkError):
    """Slack understood the call and did not do it; `code` is its word for why."""

    def __init__(self, problem: str, code: str, *, recoverable: bool, in_doubt: bool) -> None:
        super().__init__(problem, recoverable=recoverable, in_doubt=in_doubt)
        self.code = code


def _code(data: Any) -> str:
    """Slack's code of the error; empty for an answer that is none of Slack's."""
    code = cast("dict[str, Any]", data).get("error") if isinstance(data, dict) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""


def _silent() -> logging.Logger:
    logger = logging.getLogger("egresswatch.slack")
    logger.propagate = False
    logger.setLevel(logging.CRITICAL + 1)
    return logger
