"""How a PagerDuty sink is configured."""

from typing import ClassVar, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from alerts.sinks.base import Sink
from alerts.sinks.shared import Tools
from alerts.sinks.web import HttpSinkConfig
from detectors.records.alert import Severity
from detectors.yamlfile import ConfigFile


class PagerDutyConfig(HttpSinkConfig):
    """Triggers, acknowledges and resolves PagerDuty alerts (Events API v2)."""

    extra: ClassVar[tuple[str, str] | None] = ("pagerduty", "pagerduty")

    type: Literal["pagerduty"] = Field(description="This kind of sink.", examples=["pagerduty"])
    routing_key: SecretStr | None = Field(
        default=None,
        description="The integration key of a service's or a rule set's Events API v2 integration.",
        examples=["32 letters and digits"],
    )
    routing_key_file: ConfigFile | None = Field(
        default=None,
        description="A file that holds `routing_key`.",
        examples=["/run/secrets/pagerduty"],
    )
    change_events: tuple[Severity, ...] = Field(
        default=(),
        description="Incidents of these severities are recorded as change events, which page "
        "nobody. PagerDuty does not deduplicate those: a possible repeat is marked.",
        examples=[["low"]],
    )
    api_url: str = Field(
        default="https://events.pagerduty.com",
        description="Where the Events API is; of the EU region it is another.",
        examples=["https://events.eu.pagerduty.com"],
    )

    @field_validator("api_url")
    @classmethod
    def _encrypted(cls, value: str) -> str:
        if not value.startswith("https://"):
            raise ValueError("has to begin with https://")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        return self.one_of("routing_key", "routing_key_file", required=True)

    def build(self, tools: Tools) -> Sink:
        """The sink."""
        from alerts.sinks.pagerduty.sink import PagerDutySink

        return PagerDutySink(self, tools)
