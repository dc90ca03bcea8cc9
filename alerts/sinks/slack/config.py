"""How a Slack sink is configured: as an app with a bot token, or by an incoming webhook."""

from typing import ClassVar, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from alerts.sinks.base import Sink
from alerts.sinks.http import check_url
from alerts.sinks.shared import Tools
from alerts.sinks.web import HttpSinkConfig, web_address
from detectors.yamlfile import ConfigFile


class SlackConfig(HttpSinkConfig):
    """Posts to a Slack channel. With a bot token a message is updated as its incident changes, with
    the changes in its thread; an incoming webhook only posts.

    The app needs the scopes chat:write and channels:history (groups:history for a private channel),
    and has to be a member of the channel.
    """

    extra: ClassVar[tuple[str, str] | None] = ("slack_sdk", "slack")

    type: Literal["slack"] = Field(description="This kind of sink.", examples=["slack"])
    token: SecretStr | None = Field(
        default=None, description="The app's bot token.", examples=["xoxb-..."]
    )
    token_file: ConfigFile | None = Field(
        default=None, description="A file that holds `token`.", examples=["/run/secrets/slack"]
    )
    channel: str | None = Field(
        default=None,
        pattern=r"^[CG][A-Z0-9]{5,20}$",
        description="The channel's ID, at the end of its details in Slack; not its name.",
        examples=["C0123456789"],
    )
    signing_secret: SecretStr | None = Field(
        default=None,
        description="The app's signing secret. With it, messages have buttons that acknowledge and "
        "close; the app's interactivity has to point to /slack/NAME of `interactivity`.",
        examples=["the signing secret from the app's Basic Information"],
    )
    signing_secret_file: ConfigFile | None = Field(
        default=None,
        description="A file that holds `signing_secret`.",
        examples=["/run/secrets/slack-signing"],
    )
    url: SecretStr | None = Field(
        default=None,
        description="An incoming webhook, instead of token and channel.",
        examples=["https://hooks.slack.com/services/..."],
    )
    url_file: ConfigFile | None = Field(
        default=None, description="A file that holds `url`.", examples=["/run/secrets/slack-hook"]
    )
    api_url: str = Field(
        default="https://slack.com/api/",
        description="Where Slack's Web API is.",
        examples=["https://slack-gov.com/api/"],
    )
    history_days: float = Field(
        default=30,
        gt=0,
        description="How far back the channel is read for an incident's message and for what has "
        "arrived.",
        examples=[30],
    )

    @field_validator("url")
    @classmethod
    def _web_address(cls, value: SecretStr | None) -> SecretStr | None:
        return web_address(value)

    @field_validator("api_url")
    @classmethod
    def _api_address(cls, value: str) -> str:
        check_url(value)
        return value

    @model_validator(mode="after")
    def _app_or_hook(self) -> Self:
        self.one_of("token", "token_file", "url", "url_file", required=True)
        self.one_of("signing_secret", "signing_secret_file")
        if self.is_app and self.channel is None:
            raise ValueError("channel is missing: give the channel's ID beside the token")
        if not self.is_app and (self.channel or self.has_buttons):
            raise ValueError(
                "channel and signing_secret belong to an app with a token: a webhook has its "
                "channel already, and no buttons"
            )
        return self

    @property
    def needs_extra(self) -> bool:
        """A webhook needs no client of Slack's."""
        return self.is_app

    @property
    def is_app(self) -> bool:
        return self.token is not None or self.token_file is not None

    @property
    def has_buttons(self) -> bool:
        return self.signing_secret is not None or self.signing_secret_file is not None

    def build(self, tools: Tools) -> Sink:
        """The sink; the clock bounds the history that is read."""
        if self.is_app:
            from alerts.sinks.slack.app import SlackAppSink

            return SlackAppSink(self, tools)
        from alerts.sinks.slack.hook import SlackHookSink

        return SlackHookSink(self, tools)
