"""Messages as signed JSON to an HTTP address."""

import hashlib
import hmac
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Literal, Self
from urllib.parse import quote

from pydantic import Field, SecretStr, field_validator, model_validator

from alerts.sinks.base import Clock, Message, SinkError
from alerts.sinks.config import BaseSinkConfig
from alerts.sinks.http import check_url, is_small, judge_answer, judge_failure, new_client, place
from alerts.sinks.payload import body
from detectors.yamlfile import ConfigFile

if TYPE_CHECKING:
    import httpx


class WebhookConfig(BaseSinkConfig):
    """Posts each message as JSON to an HTTP address."""

    type: Literal["webhook"] = Field(description="This kind of sink.", examples=["webhook"])
    url: SecretStr | None = Field(
        default=None,
        description="Where to POST. A secret, since such addresses often hold a token.",
        examples=["https://hooks.example.com/egresswatch"],
    )
    url_file: ConfigFile | None = Field(
        default=None, description="A file that holds `url`.", examples=["/run/secrets/hook-url"]
    )
    secret: SecretStr | None = Field(
        default=None,
        description="Signs every request (HMAC-SHA-256), so that the receiver can trust it.",
        examples=["a long random text, shared with the receiver"],
    )
    secret_file: ConfigFile | None = Field(
        default=None, description="A file that holds `secret`.", examples=["/run/secrets/hook-key"]
    )
    token: SecretStr | None = Field(
        default=None,
        description="Sent as `Authorization: Bearer`.",
        examples=["the token the receiver gave you"],
    )
    token_file: ConfigFile | None = Field(
        default=None, description="A file that holds `token`.", examples=["/run/secrets/hook-token"]
    )
    status_url: SecretStr | None = Field(
        default=None,
        description="Answers whether a message has arrived: GET with `{id}` replaced by the "
        "idempotency key; 200 says yes, 404 no. With it, delivery is exactly once.",
        examples=["https://hooks.example.com/egresswatch/{id}"],
    )
    status_url_file: ConfigFile | None = Field(
        default=None,
        description="A file that holds `status_url`.",
        examples=["/run/secrets/hook-status-url"],
    )
    ca_file: ConfigFile | None = Field(
        default=None,
        description="Certificates (PEM) to trust instead of the public authorities.",
        examples=["/etc/ssl/company-ca.pem"],
    )
    connect_timeout: float = Field(
        default=5, gt=0, le=60, description="Seconds to wait for a connection.", examples=[5]
    )
    read_timeout: float = Field(
        default=10, gt=0, le=300, description="Seconds to wait for the answer.", examples=[10]
    )

    @field_validator("url", "status_url")
    @classmethod
    def _web_address(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            check_url(value.get_secret_value())
        return value

    @field_validator("status_url")
    @classmethod
    def _has_place_for_id(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and "{id}" not in value.get_secret_value():
            raise ValueError("has no {id}: write it where the idempotency key belongs")
        return value

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        self.one_of("url", "url_file", required=True)
        for key in ("secret", "token", "status_url"):
            self.one_of(key, f"{key}_file")
        return self

    def build(self, clock: Clock) -> "WebhookSink":
        """The sink; `clock` dates the signature and reads a Retry-After that is a date."""
        return WebhookSink(self, clock)


class WebhookSink:
    """Guarantee: exactly once where the receiver heeds `Idempotency-Key`, or `status_url` is set
    and tells the truth at once; else at least once, with a possible repeat marked in the body.

    A redirect is not followed: it would carry the message, and its signature, elsewhere.
    """

    def __init__(self, config: WebhookConfig, clock: Clock) -> None:
        self.name = config.name
        self._config = config
        self._clock = clock

    def send(self, message: Message) -> None:
        content = body(message)
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": message.id,
            **self._signature(content),
        }
        url = self._url("url") or ""
        answer = self._request("POST", url, headers, content)
        if not answer.is_success:
            raise judge_answer(self._label(url), answer, self._clock.now())

    def arrived(self, message_id: str) -> bool | None:
        url = self._url("status_url")
        if url is None:
            return None
        answer = self._request("GET", url.replace("{id}", quote(message_id, safe="")), {})
        match answer.status_code:
            case 200:
                return True
            case 404:
                return False
            case _:
                raise judge_answer(f"{self._label(url)} status_url", answer, self._clock.now())

    def close(self) -> None:
        if "_client" in self.__dict__:
            self._client.close()
            del self._client

    @cached_property
    def _client(self) -> "httpx.Client":
        config = self._config
        return new_client(config.connect_timeout, config.read_timeout, config.ca_file)

    def _request(
        self, method: str, url: str, headers: dict[str, str], content: bytes = b""
    ) -> "httpx.Response":
        """The answer's head; of its body only what is small is read, and nothing is kept."""
        import httpx

        token = self._config.reveal("token")
        if token is not None:
            headers = {**headers, "Authorization": f"Bearer {token}"}
        try:
            with self._client.stream(method, url, headers=headers, content=content) as answer:
                if is_small(answer):
                    with suppress(httpx.HTTPError):  # the status has said all we need
                        answer.read()
                return answer
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise judge_failure(self._label(url), error) from None

    def _signature(self, content: bytes) -> dict[str, str]:
        timestamp = str(int(self._clock.now().timestamp()))
        headers = {"X-Egresswatch-Timestamp": timestamp}
        secret = self._config.reveal("secret")
        if secret is not None:
            headers["X-Egresswatch-Signature"] = sign(secret, timestamp, content)
        return headers

    def _url(self, key: Literal["url", "status_url"]) -> str | None:
        url = self._config.reveal(key)
        if url is not None:
            try:
                check_url(url)
            except ValueError as error:  # one from a file, which the configuration has not seen
                problem = f"sink {self.name}: {key}_file: {error}"
                raise SinkError(problem, recoverable=False, in_doubt=False) from None
        return url

    def _label(self, url: str) -> str:
        return f"sink {self.name} ({place(url)})"


def sign(secret: str, timestamp: str, content: bytes) -> str:
    """The signature header's value; a receiver computes it anew and compares, and refuses a
    timestamp that is some minutes old."""
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + content, hashlib.sha256)
    return f"sha256={digest.hexdigest()}"
