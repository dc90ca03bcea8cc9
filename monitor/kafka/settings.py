"""How to reach Kafka. Everything is in the configuration file but secrets, which come from the
environment or from files, and are never shown."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from detectors.yamlfile import ConfigError, ConfigPath, Problem, StrictModel
from monitor.kafka.extra import refusals
from monitor.kafka.topics import TopicSettings

Value = str | int | float | bool
"""What librdkafka takes as the value of a property."""


class OAuthSettings(StrictModel):
    """OAUTHBEARER by client credentials; the client's secret is EGRESSWATCH_KAFKA_OAUTH_SECRET."""

    token_url: str = Field(
        pattern=r"^https?://",
        description="The token endpoint",
        examples=["https://sso.example.com/oauth2/token"],
    )
    client_id: str = Field(min_length=1, description="The client's id")
    scope: str | None = Field(default=None, description="What to ask for")
    extensions: str | None = Field(
        default=None,
        description="SASL extensions, as the broker's vendor wants them",
        examples=["logicalCluster=lkc-1,identityPoolId=pool-1"],
    )


class KafkaSettings(StrictModel):
    """The brokers, and how this program proves to them who it is."""

    bootstrap: str = Field(
        min_length=1, description="host:port, by commas", examples=["kafka-1:9092,kafka-2:9092"]
    )
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="Whether to encrypt, and whether to log in"
    )
    sasl_mechanism: (
        Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "GSSAPI", "OAUTHBEARER"] | None
    ) = Field(default=None, description="How to log in")
    sasl_username: str | None = Field(default=None, description="For PLAIN and SCRAM")
    sasl_password_file: ConfigPath | None = Field(
        default=None, description="Or EGRESSWATCH_KAFKA_SASL_PASSWORD, or its _FILE twin"
    )
    oauth: OAuthSettings | None = Field(default=None, description="For OAUTHBEARER")
    oauth_secret_file: ConfigPath | None = Field(
        default=None, description="Or EGRESSWATCH_KAFKA_OAUTH_SECRET, or its _FILE twin"
    )
    ssl_ca: ConfigPath | None = Field(
        default=None, description="PEM of the authorities to trust; else the system's"
    )
    ssl_certificate: ConfigPath | None = Field(
        default=None, description="PEM of this client's certificate, for mutual TLS"
    )
    ssl_key: ConfigPath | None = Field(default=None, description="PEM of its private key")
    ssl_key_password_file: ConfigPath | None = Field(
        default=None, description="Or EGRESSWATCH_KAFKA_SSL_KEY_PASSWORD, or its _FILE twin"
    )
    client_rack: str | None = Field(
        default=None, description="The zone, to read from the nearest replica", examples=["eu-1a"]
    )
    topics: TopicSettings = TopicSettings()
    extra: dict[str, Value] = Field(
        default={},
        description="Any other property of librdkafka, but those that exactly once depends on",
        examples=[{"compression.type": "zstd"}],
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        problems = [*_login_problems(self), *refusals(self.extra)]
        if self.ssl_certificate and not self.ssl_key:
            problems.append("ssl_key is missing: a certificate needs its private key")
        if problems:
            raise ValueError("; ".join(problems))
        return self


def _login_problems(settings: KafkaSettings) -> list[str]:
    sasl = settings.security_protocol.startswith("SASL")
    mechanism = settings.sasl_mechanism
    if not sasl:
        return ["sasl_mechanism: security_protocol is not SASL_*"] if mechanism else []
    if mechanism is None:
        return ["sasl_mechanism is missing: SASL needs one"]
    if mechanism == "OAUTHBEARER":
        return [] if settings.oauth else ["oauth is missing: OAUTHBEARER needs it"]
    if mechanism != "GSSAPI" and not settings.sasl_username:
        return [f"sasl_username is missing: {mechanism} needs it"]
    return []


class KafkaSecrets(BaseSettings):
    """The secrets in the environment; a name with _FILE holds the path of a file instead."""

    model_config = SettingsConfigDict(env_prefix="EGRESSWATCH_KAFKA_", hide_input_in_errors=True)

    sasl_password: SecretStr | None = None
    sasl_password_file: Path | None = None
    oauth_secret: SecretStr | None = None
    oauth_secret_file: Path | None = None
    ssl_key_password: SecretStr | None = None
    ssl_key_password_file: Path | None = None

    def reveal(self, key: str, configured: Path | None) -> str | None:
        """The secret: the variable, else the file it names, else the configured file.

        Files are read at each use, so that a rotated secret holds from the next start of a worker.
        """
        variable = f"EGRESSWATCH_KAFKA_{key.upper()}"
        value: SecretStr | None = getattr(self, key)
        file: Path | None = getattr(self, f"{key}_file")
        if value is not None and file is not None:
            raise _error(variable, f"and {variable}_FILE are both set: keep one")
        if value is not None:
            return value.get_secret_value()
        if file is not None:
            return _read(file, f"{variable}_FILE")
        return None if configured is None else _read(configured, f"kafka.{key}_file")

    def require(self, key: str, configured: Path | None) -> str:
        """The secret; ConfigError that says where to put it, where there is none."""
        secret = self.reveal(key, configured)
        if secret is None:
            variable = f"EGRESSWATCH_KAFKA_{key.upper()}"
            remedy = f"set {variable}, {variable}_FILE or kafka.{key}_file"
            raise _error(f"kafka.{key}", f"is missing: {remedy}")
        return secret


def _read(file: Path, key: str) -> str:
    try:
        secret = file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        kind = type(error).__name__
        raise _error(key, f"cannot be read ({kind}): check path and permissions") from None
    if not secret:
        raise _error(key, "is empty: write the secret into it")
    return secret


def _error(key: str, message: str) -> ConfigError:
    return ConfigError([Problem("configuration", 1, key, message)])
