"""What the configurations of sinks that speak HTTP share, and the client they use."""

from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from alerts.sinks.base import Clock, SinkError
from alerts.sinks.config import BaseSinkConfig
from alerts.sinks.http import SMALL, check_url, is_small, judge_failure, new_client, place
from detectors.yamlfile import ConfigFile

if TYPE_CHECKING:
    import httpx


class HttpSinkConfig(BaseSinkConfig):
    """Whom to trust, and how long to wait."""

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

    def address(self, key: str) -> str | None:
        """The secret address under `key` or its file twin, checked; SinkError for a bad one."""
        url = self.reveal(key)
        if url is not None:
            try:
                check_url(url)
            except ValueError as error:  # one from a file, which the configuration has not seen
                problem = f"sink {self.name}: {key}_file: {error}"
                raise SinkError(problem, recoverable=False, in_doubt=False) from None
        return url


class HookConfig(HttpSinkConfig):
    """A sink whose receiver is one secret address."""

    url: SecretStr | None = Field(
        default=None,
        description="Where to POST. A secret, since such addresses often hold a token.",
        examples=["https://hooks.example.com/egresswatch"],
    )
    url_file: ConfigFile | None = Field(
        default=None, description="A file that holds `url`.", examples=["/run/secrets/hook-url"]
    )

    @field_validator("url")
    @classmethod
    def _web_address(cls, value: SecretStr | None) -> SecretStr | None:
        return web_address(value)

    @model_validator(mode="after")
    def _one_url(self) -> Self:
        return self.one_of("url", "url_file", required=True)


def web_address(value: SecretStr | None) -> SecretStr | None:
    """The value where it is an http(s) address; ValueError, without quoting it, where it is not."""
    if value is not None:
        check_url(value.get_secret_value())
    return value


class Answer(NamedTuple):
    """The head of an answer, and as much of its body as was wanted."""

    head: "httpx.Response"
    body: bytes


class HttpChannel:
    """One sink's client: it is made at the first use, and an error never shows more of an address
    than scheme, host and port."""

    def __init__(self, config: HttpSinkConfig, clock: Clock) -> None:
        self._config = config
        self.clock = clock

    def request(
        self, method: str, url: str, headers: dict[str, str], content: bytes = b"", keep: int = 0
    ) -> "Answer":
        """What was answered, with at most `keep` bytes of the body. SinkError where nothing was."""
        import httpx

        body = b""
        try:
            with self._client.stream(method, url, headers=headers, content=content) as head:
                if keep or is_small(head):
                    with suppress(httpx.HTTPError):  # the status has said what became of it
                        for chunk in head.iter_bytes():
                            body += chunk
                            if len(body) > max(keep, SMALL):
                                break
                return Answer(head, body[:keep])
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise judge_failure(self.label(url), error) from None

    def label(self, url: str) -> str:
        """How errors call the receiver."""
        return f"sink {self._config.name} ({place(url)})"

    def close(self) -> None:
        if "_client" in self.__dict__:
            self._client.close()
            del self._client

    @cached_property
    def _client(self) -> "httpx.Client":
        config = self._config
        return new_client(config.connect_timeout, config.read_timeout, config.ca_file)
