"""How a Kafka sink is configured."""

from typing import Any, ClassVar, Literal, Self

from pydantic import Field, SecretStr, model_validator

from alerts.sinks.base import Sink
from alerts.sinks.config import BaseSinkConfig
from alerts.sinks.shared import Tools
from detectors.yamlfile import ConfigFile


class KafkaConfig(BaseSinkConfig):
    """Writes each message to a Kafka topic, under the incident's id as its key."""

    extra: ClassVar[tuple[str, str] | None] = ("confluent_kafka", "kafka")

    type: Literal["kafka"] = Field(description="This kind of sink.", examples=["kafka"])
    brokers: str = Field(
        min_length=1,
        description="Bootstrap servers, separated by commas.",
        examples=["kafka-1.example.com:9093,kafka-2.example.com:9093"],
    )
    topic: str = Field(
        pattern=r"^[A-Za-z0-9._-]{1,249}$",
        description="The topic; it has to exist.",
        examples=["security.findings"],
    )
    format: Literal["egresswatch", "ocsf"] = Field(
        default="egresswatch",
        description="`egresswatch`: our own JSON; `ocsf`: Data Security Findings (class 2006).",
        examples=["ocsf"],
    )
    security: Literal["PLAINTEXT", "SSL", "SASL_SSL"] = Field(
        default="SSL",
        description="How to connect; PLAINTEXT is for a broker on this machine.",
        examples=["SASL_SSL"],
    )
    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="SCRAM-SHA-512", description="How to log in.", examples=["PLAIN"]
    )
    username: str | None = Field(
        default=None, description="Logs in with this name (SASL_SSL).", examples=["egresswatch"]
    )
    password: SecretStr | None = Field(
        default=None, description="The password of `username`.", examples=["a long random text"]
    )
    password_file: ConfigFile | None = Field(
        default=None, description="A file that holds `password`.", examples=["/run/secrets/kafka"]
    )
    ca_file: ConfigFile | None = Field(
        default=None,
        description="Certificates (PEM) to trust instead of the public authorities.",
        examples=["/etc/ssl/company-ca.pem"],
    )
    timeout: float = Field(
        default=20, gt=0, le=300, description="Seconds to wait for the brokers.", examples=[20]
    )

    @model_validator(mode="after")
    def _login_is_whole(self) -> Self:
        self.one_of("password", "password_file")
        has_password = self.password is not None or self.password_file is not None
        if (self.security == "SASL_SSL") != (self.username is not None) or (
            has_password != (self.username is not None)
        ):
            raise ValueError("username and password belong to `security: SASL_SSL`: give all three")
        return self

    def client(self) -> dict[str, Any]:
        """The settings of librdkafka that reach the brokers."""
        settings: dict[str, Any] = {
            "bootstrap.servers": self.brokers,
            "security.protocol": self.security,
            "client.id": "egresswatch",
            "log_level": 0,  # its lines are of connections; errors come as such
        }
        if self.ca_file is not None:
            settings["ssl.ca.location"] = str(self.ca_file)
        if self.username is not None:
            settings["sasl.mechanism"] = self.mechanism
            settings["sasl.username"] = self.username
            settings["sasl.password"] = self.reveal("password")
        return settings

    def build(self, tools: Tools) -> Sink:
        """The sink."""
        from alerts.sinks.kafka.sink import KafkaSink

        return KafkaSink(self, tools)
