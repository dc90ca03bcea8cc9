"""PagerDuty's official client, without its retries, and what its errors mean."""

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import Any, cast

from pagerduty import Error, EventsApiV2Client

from alerts.sinks.base import Clock, SinkError
from alerts.sinks.http import judge_answer, place, trusted
from alerts.sinks.pagerduty.config import PagerDutyConfig

_NOT_CONNECTED = frozenset({"ConnectError", "ConnectTimeout"})
_BAD_KEY = "answered 400: check the routing_key; it is an Events API v2 integration's"


class _Answered(Exception):  # noqa: N818 - it is no error, but the way out of the client
    def __init__(self, answer: Any) -> None:
        self.answer = answer


class _Client(EventsApiV2Client):
    """Gives up at once: what did not succeed stays in the outbox, which retries without holding
    the other sinks up. The client itself would sleep, on a 429 without end."""

    max_network_attempts = 0

    def postprocess(self, response: Any) -> None:
        if not response.is_success:
            raise _Answered(response)


class PagerDutyApi:
    """Calls of the Events API for one sink; every failure is a SinkError."""

    def __init__(self, config: PagerDutyConfig, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._label = f"sink {config.name} ({place(config.api_url)})"

    def call(self, what: Callable[[Any], object]) -> None:
        """Calls what is given on an EventsApiV2Client; SinkError where it did not succeed."""
        client = self._client
        client.auth_method.secret = self._config.reveal("routing_key")  # it may be rotated
        try:
            what(client)
        except _Answered as refused:
            raise self._refused(refused.answer, self._clock.now()) from None
        except (Error, OSError, ValueError) as error:
            raise self._failed(error) from None

    def close(self) -> None:
        if "_client" in self.__dict__:
            self._client.close()
            del self._client

    @cached_property
    def _client(self) -> Any:  # its methods have no types to be of use
        config = self._config
        client: Any = _Client(
            config.reveal("routing_key") or "",
            base_url=config.api_url,
            verify=trusted(config.ca_file),
        )
        client.timeout = config.read_timeout
        return client

    def _refused(self, answer: Any, now: datetime) -> SinkError:
        if answer.status_code == 400:
            problem = f"{self._label}: {_BAD_KEY}"
            return SinkError(problem, recoverable=False, in_doubt=False)
        return judge_answer(self._label, answer, now)

    def _failed(self, error: Exception) -> SinkError:
        cause = type(cast("BaseException", error.__cause__ or error)).__name__
        if cause in _NOT_CONNECTED:
            problem = f"{self._label}: no connection ({cause})"
            return SinkError(problem, recoverable=True, in_doubt=False)
        if "Timeout" in cause:
            problem = f"{self._label}: no answer in time; see read_timeout"
            return SinkError(problem, recoverable=True)
        return SinkError(f"{self._label}: connection lost ({cause})", recoverable=True)
