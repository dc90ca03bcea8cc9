"""How a Jira sink is configured."""

from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from alerts.sinks.base import Sink
from alerts.sinks.http import check_url
from alerts.sinks.shared import Tools
from alerts.sinks.web import HttpSinkConfig
from detectors.records.alert import Severity
from detectors.yamlfile import ConfigFile


class JiraConfig(HttpSinkConfig):
    """Keeps one Jira Cloud issue an incident. For other ticket systems there is the webhook sink's
    `format: template`."""

    type: Literal["jira"] = Field(description="This kind of sink.", examples=["jira"])
    site: str = Field(
        description="The address of the Jira site.", examples=["https://example.atlassian.net"]
    )
    user: str = Field(
        min_length=1,
        description="The account that the token belongs to.",
        examples=["egresswatch@example.com"],
    )
    token: SecretStr | None = Field(
        default=None, description="That account's API token.", examples=["an API token"]
    )
    token_file: ConfigFile | None = Field(
        default=None, description="A file that holds `token`.", examples=["/run/secrets/jira"]
    )
    project: str = Field(
        pattern=r"^[A-Z][A-Z0-9_]{1,31}$", description="The project's key.", examples=["PRIV"]
    )
    issue_type: str = Field(
        default="Task", min_length=1, description="The type of the issues.", examples=["Incident"]
    )
    priorities: dict[Severity, str] = Field(
        default={},
        description="The priority of an issue by the incident's severity, where the project has "
        "priorities.",
        examples=[{"critical": "Highest"}],
    )
    close_transition: str | None = Field(
        default=None,
        description="The transition that closes an issue when its incident is closed; without it "
        "only a comment says so.",
        examples=["Done"],
    )
    index_seconds: float = Field(
        default=30,
        ge=0,
        description="How long Jira's search may take to know of a new issue. A doubt is not "
        "decided earlier.",
        examples=[30],
    )

    @field_validator("site")
    @classmethod
    def _web_address(cls, value: str) -> str:
        check_url(value)
        return value.rstrip("/")

    @model_validator(mode="after")
    def _one_token(self) -> Self:
        return self.one_of("token", "token_file", required=True)

    def build(self, tools: Tools) -> Sink:
        """The sink; the clock says how long Jira's search had to learn of an issue."""
        from alerts.sinks.jira.sink import JiraSink

        return JiraSink(self, tools)
