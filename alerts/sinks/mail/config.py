"""How a mail sink is configured."""

from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, StringConstraints, model_validator

from alerts.sinks.base import Sink
from alerts.sinks.config import BaseSinkConfig
from alerts.sinks.shared import Tools
from detectors.yamlfile import ConfigFile

Address = Annotated[
    str,
    StringConstraints(pattern=r"^[!-~]+@[A-Za-z0-9.-]+$", max_length=254, strip_whitespace=True),
]
"""A bare mail address, without a display name."""


class MailConfig(BaseSinkConfig):
    """Sends mail by SMTP, with a text and an HTML part."""

    type: Literal["mail"] = Field(description="This kind of sink.", examples=["mail"])
    host: str = Field(min_length=1, description="The SMTP server.", examples=["smtp.example.com"])
    port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="Its port; else 587, or 465 with `security: tls`, or 25 with `none`.",
        examples=[587],
    )
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        description="`starttls`: required, never skipped; `tls`: from the first byte; `none`: in "
        "clear text, for a relay on this machine.",
        examples=["tls"],
    )
    username: str | None = Field(
        default=None, description="Logs in with this name.", examples=["egresswatch"]
    )
    password: SecretStr | None = Field(
        default=None, description="The password of `username`.", examples=["an app password"]
    )
    password_file: ConfigFile | None = Field(
        default=None, description="A file that holds `password`.", examples=["/run/secrets/smtp"]
    )
    sender: Address = Field(
        description="The address in From; its domain is part of every Message-ID.",
        examples=["egresswatch@example.com"],
    )
    recipients: list[Address] = Field(
        min_length=1,
        max_length=100,
        description="Who gets the mail; distribution lists are easier to keep than people.",
        examples=[["privacy@example.com"]],
    )
    ca_file: ConfigFile | None = Field(
        default=None,
        description="Certificates (PEM) to trust instead of the public authorities.",
        examples=["/etc/ssl/company-ca.pem"],
    )
    timeout: float = Field(
        default=20, gt=0, le=300, description="Seconds to wait for each answer.", examples=[20]
    )

    @model_validator(mode="after")
    def _login_is_whole_and_hidden(self) -> Self:
        self.one_of("password", "password_file")
        has_password = self.password is not None or self.password_file is not None
        if has_password != (self.username is not None):
            raise ValueError("username and password go together: give both or none")
        if has_password and self.security == "none":
            raise ValueError("security: a password is not sent in clear text; use starttls or tls")
        return self

    @property
    def domain(self) -> str:
        """That of the sender."""
        return self.sender.rpartition("@")[2]

    def build(self, tools: Tools) -> Sink:
        """The sink."""
        from alerts.sinks.mail.sink import MailSink

        return MailSink(self, tools)
