"""Messages as signed JSON to an HTTP address."""

import hashlib
import hmac
from pathlib import Path
from typing import Literal, Self
from urllib.parse import quote

import msgspec
from pydantic import Field, SecretStr, field_validator, model_validator

from alerts.content import Composer
from alerts.content.examples import examples
from alerts.content.templates import TemplateFaultError, Templates, check_template
from alerts.sinks.alertmanager import api_body, webhook_body
from alerts.sinks.base import Message, SinkError
from alerts.sinks.http import judge_answer
from alerts.sinks.ocsf import ocsf_body
from alerts.sinks.payload import body
from alerts.sinks.shared import BaseSink, Tools
from alerts.sinks.web import Answer, HookConfig, HttpChannel, web_address
from detectors.yamlfile import ConfigFile

_NOBODY = "egresswatch-connection-check"

WebhookFormat = Literal["egresswatch", "alertmanager", "alertmanager-api", "ocsf", "template"]


class WebhookConfig(HookConfig):
    """Posts each message as JSON to an HTTP address."""

    type: Literal["webhook"] = Field(description="This kind of sink.", examples=["webhook"])
    format: WebhookFormat = Field(
        default="egresswatch",
        description="`egresswatch`: our own JSON; `alertmanager`: as Prometheus Alertmanager "
        "sends it to webhooks (version 4); `alertmanager-api`: as Alertmanager takes it at "
        "/api/v2/alerts; `ocsf`: a Data Security Finding; `template`: JSON of your own, for "
        "ticket systems.",
        examples=["alertmanager"],
    )
    template: ConfigFile | None = Field(
        default=None,
        description="For `format: template`: Jinja that renders to JSON; write each value as "
        "`{{ title | tojson }}`.",
        examples=["ticket.json.j2"],
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

    @field_validator("status_url")
    @classmethod
    def _has_place_for_id(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and "{id}" not in value.get_secret_value():
            raise ValueError("has no {id}: write it where the idempotency key belongs")
        return web_address(value)

    @field_validator("template")
    @classmethod
    def _renders_to_json(cls, value: Path | None) -> Path | None:
        if value is not None:
            _check_json_template(value)
        return value

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        if (self.format == "template") != (self.template is not None):
            raise ValueError("`format: template` and `template: FILE` go together: give both")
        for key in ("secret", "token", "status_url"):
            self.one_of(key, f"{key}_file")
        return self

    def build(self, tools: Tools) -> "WebhookSink":
        """The sink; the clock dates the signature and reads a Retry-After that is a date."""
        return WebhookSink(self, tools)


class WebhookSink(BaseSink):
    """Guarantee: exactly once where the receiver heeds `Idempotency-Key`, or `status_url` is set
    and tells the truth at once; else at least once, with a possible repeat marked in the body.

    A redirect is not followed: it would carry the message, and its signature, elsewhere.
    """

    def __init__(self, config: WebhookConfig, tools: Tools) -> None:
        super().__init__(config, tools)
        self._config = config
        self._channel = HttpChannel(config, tools.clock)
        self._template = _json_template(config.template)

    def send(self, message: Message) -> None:
        content = self._body(message)
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": message.id,
            **self._signature(content),
        }
        url = self._config.address("url") or ""
        answer = self._request("POST", url, headers, content)
        if not answer.head.is_success:
            raise judge_answer(self._channel.label(url), answer.head, self.clock.now())

    def arrived(self, message: Message) -> bool | None:
        return self._has(message.id)

    def check(self) -> str:
        if self._has(_NOBODY) is None:
            return super().check()
        return "the status_url answers"

    def preview(self, message: Message) -> str:
        return msgspec.json.format(self._body(message), indent=2).decode()

    def close(self) -> None:
        self._channel.close()

    def _has(self, message_id: str) -> bool | None:
        """What the status_url says of a message; None where there is no such address."""
        url = self._config.address("status_url")
        if url is None:
            return None
        answer = self._request("GET", url.replace("{id}", quote(message_id, safe="")), {})
        match answer.head.status_code:
            case 200:
                return True
            case 404:
                return False
            case _:
                label = f"{self._channel.label(url)} status_url"
                raise judge_answer(label, answer.head, self.clock.now())

    def _body(self, message: Message) -> bytes:
        content = self.composer.content(message)
        match self._config.format:
            case "egresswatch":
                return body(message)
            case "alertmanager":
                return webhook_body(message, content, self.name, self.composer.console)
            case "alertmanager-api":
                return api_body(message, content)
            case "ocsf":
                return ocsf_body(message, content)
            case "template":
                return self._templated(message)

    def _templated(self, message: Message) -> bytes:
        try:
            rendered = self._template.render_own("text", self.composer.content(message))
            return msgspec.json.encode(msgspec.json.decode(rendered))
        except Exception as error:  # noqa: BLE001 - a template can raise whatever Python can
            problem = (
                f"sink {self.name}: template: does not render to JSON for this message "
                f"({type(error).__name__}); write each value as {{{{ name | tojson }}}}"
            )
            raise SinkError(problem, recoverable=False, in_doubt=False) from None

    def _request(
        self, method: str, url: str, headers: dict[str, str], content: bytes = b""
    ) -> Answer:
        token = self._config.reveal("token")
        if token is not None:
            headers = {**headers, "Authorization": f"Bearer {token}"}
        return self._channel.request(method, url, headers, content)

    def _signature(self, content: bytes) -> dict[str, str]:
        timestamp = str(int(self.clock.now().timestamp()))
        headers = {"X-Egresswatch-Timestamp": timestamp}
        secret = self._config.reveal("secret")
        if secret is not None:
            headers["X-Egresswatch-Signature"] = sign(secret, timestamp, content)
        return headers


def sign(secret: str, timestamp: str, content: bytes) -> str:
    """The signature header's value; a receiver computes it anew and compares, and refuses a
    timestamp that is some minutes old."""
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + content, hashlib.sha256)
    return f"sha256={digest.hexdigest()}"


def _json_template(file: Path | None) -> Templates:
    return Templates({} if file is None else {"text": file.read_text(encoding="utf-8")})


def _check_json_template(file: Path) -> None:
    """ValueError for what is no template, or does not render to JSON for every example."""
    composer = Composer()
    contents = tuple(composer.content(message) for message in examples())
    try:
        check_template("text", file.read_text(encoding="utf-8"), contents)
        for content in contents:
            msgspec.json.decode(_json_template(file).render("text", content))
    except TemplateFaultError as error:
        raise ValueError(str(error)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot be read ({type(error).__name__})") from None
    except msgspec.DecodeError:
        remedy = "write each value as {{ name | tojson }}"
        raise ValueError(f"does not render to JSON: {remedy}") from None
