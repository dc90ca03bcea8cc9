"""Every other channel, through Apprise: more than a hundred services, one address each."""

# ruff: noqa: TID251 - Apprise logs what it sends and where to unless it is silenced
import logging
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, SecretStr, model_validator

from alerts.messages import Message
from alerts.sinks.base import SinkError
from alerts.sinks.config import BaseSinkConfig
from alerts.sinks.shared import BaseSink, Tools
from detectors.yamlfile import ConfigFile

_TITLE = 200


class AppriseConfig(BaseSinkConfig):
    """Notifies a service by its Apprise address (https://github.com/caronc/apprise)."""

    extra: ClassVar[tuple[str, str] | None] = ("apprise", "apprise")

    type: Literal["apprise"] = Field(description="This kind of sink.", examples=["apprise"])
    url: SecretStr | None = Field(
        default=None,
        description="The service's Apprise address; a secret, since it holds tokens.",
        examples=["ntfys://egresswatch@ntfy.example.com/alerts"],
    )
    url_file: ConfigFile | None = Field(
        default=None, description="A file that holds `url`.", examples=["/run/secrets/ntfy"]
    )

    @model_validator(mode="after")
    def _known_service(self) -> Self:
        self.one_of("url", "url_file", required=True)
        if self.url is not None and _service(self.url.get_secret_value()) is None:
            raise ValueError("url: Apprise knows no service with such an address")
        return self

    def build(self, tools: Tools) -> "AppriseSink":
        """The sink."""
        return AppriseSink(self, tools)


class AppriseSink(BaseSink):
    """Guarantee: at least once; a possible repeat is marked. Apprise does not say why a service
    refused, so every failure is tried again."""

    def __init__(self, config: AppriseConfig, tools: Tools) -> None:
        super().__init__(config, tools)
        self._config = config

    def send(self, message: Message) -> None:
        title, text = self._texts(message)
        service = self._known()
        if not service.notify(title=title, body=text, notify_type=_kind(message)):
            problem = "the service did not take it: check its address, token and target under url"
            raise SinkError(f"sink {self.name}: {problem}", recoverable=True)

    def preview(self, message: Message) -> str:
        return "\n".join(self._texts(message))

    def check(self) -> str:
        self._known()
        return "Apprise knows the service; it has nothing to try without sending"

    def _texts(self, message: Message) -> tuple[str, str]:
        content = self.composer.content(message)
        return self.composer.title(content, _TITLE), self.composer.text(content)

    def _known(self) -> Any:
        service = _service(self._config.reveal("url") or "")
        if service is None:
            problem = f"sink {self.name}: url_file: Apprise knows no service with such an address"
            raise SinkError(problem, recoverable=False, in_doubt=False)
        return service


def _service(url: str) -> Any:
    """Apprise's plug-in for an address; None where there is none. A text that is too long for the
    service is cut, never sent as several messages."""
    import apprise

    logger = logging.getLogger("apprise")
    logger.propagate = False
    logger.setLevel(logging.CRITICAL + 1)
    asset = apprise.AppriseAsset(app_id="Egresswatch", app_desc="Egresswatch alerts")
    service: Any = apprise.Apprise.instantiate(url, asset=asset)  # pyright: ignore[reportUnknownMemberType]
    if service is not None:
        service.overflow_mode = "truncate"
    return service


def _kind(message: Message) -> str:
    if message.why == "resolved":
        return "success"
    return "failure" if message.alert.severity in {"high", "critical"} else "warning"
