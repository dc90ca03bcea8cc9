"""What the program watches of itself, and where it says that it is alive."""

from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from alerts.sinks.web import HookConfig
from detectors.yamlfile import ConfigFile, StrictModel


class HeartbeatSettings(StrictModel):
    """A dead man's switch: whoever is behind the address tells people when beats stay away. None is
    sent while a stage has work and makes no progress, or is not ready."""

    url: SecretStr | None = Field(
        default=None,
        description="Whom to tell; a secret, since such addresses hold a token",
        examples=["https://hc-ping.example.com/uuid"],
    )
    url_file: ConfigFile | None = Field(default=None, description="A file that holds `url`")
    method: Literal["GET", "POST"] = "GET"
    seconds: float = Field(default=60, ge=1, le=86_400, description="Between two beats")
    ca_file: ConfigFile | None = Field(
        default=None, description="Certificates (PEM) to trust instead of the public authorities"
    )

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        self.hook()
        return self

    def hook(self) -> HookConfig:
        """The address as sinks have theirs; ValueError for a wrong one."""
        return HookConfig(
            name="heartbeat", url=self.url, url_file=self.url_file, ca_file=self.ca_file
        )


class SelfMonitoringSettings(StrictModel):
    """When the program raises alerts about itself, under the sub-processor `egresswatch`."""

    enabled: bool = True
    check_seconds: float = Field(default=60, ge=0.05, le=3600, description="How often it looks")
    window_minutes: float = Field(
        default=15, gt=0, description="Over how long shares and growth are measured"
    )
    silent_minutes: float = Field(
        default=1440, gt=0, description="An input without a record for so long is silent"
    )
    silent_inputs: dict[str, float] = Field(
        default={},
        description="The same for one input, by its name (over Kafka: its topic)",
        examples=[{"traffic": 30}],
    )
    lag_records: int = Field(
        default=100_000,
        ge=1,
        description="Over Kafka: so many unread records of a stage all through the window, and "
        "more than at its beginning, are too many",
    )
    dead_letter_ratio: float = Field(
        default=0.05, gt=0, le=1, description="A greater share of unreadable records is too much"
    )
    coverage: float = Field(
        default=0.5, ge=0, lt=1, description="A smaller share of inspected bytes is too little"
    )
    least_records: int = Field(
        default=100, ge=1, description="Shares are not judged over fewer records"
    )
    least_bytes: int = Field(default=1_000_000, ge=1, description="Nor coverage over fewer bytes")
    heartbeat: HeartbeatSettings | None = None

    @field_validator("silent_inputs")
    @classmethod
    def _positive(cls, value: dict[str, float]) -> dict[str, float]:
        if any(minutes <= 0 for minutes in value.values()):
            raise ValueError("minutes are more than 0")
        return value

    def silence(self, name: str) -> float:
        """Minutes after which this input counts as silent."""
        return self.silent_inputs.get(name, self.silent_minutes)
