"""How to reach Kafka: what fits together, and that no secret is ever shown."""

from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient
from pydantic import ValidationError

from detectors.yamlfile import ConfigError
from monitor.kafka.client import build, client_config, consumer_config, producer_config
from monitor.kafka.extra import REFUSED
from monitor.kafka.settings import KafkaSecrets, KafkaSettings

SECRET = "correct-horse-battery"


def settings(**more: object) -> KafkaSettings:
    return KafkaSettings.model_validate({"bootstrap": "127.0.0.1:1", **more})


SCRAM = {
    "security_protocol": "SASL_SSL",
    "sasl_mechanism": "SCRAM-SHA-512",
    "sasl_username": "egresswatch",
}
OAUTH = {
    "security_protocol": "SASL_SSL",
    "sasl_mechanism": "OAUTHBEARER",
    "oauth": {"token_url": "https://sso.example.com/token", "client_id": "ew", "scope": "kafka"},
}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_exactly_once_depends_on_is_refused_with_its_reason(name: str) -> None:
    with pytest.raises(ValidationError) as error:
        settings(extra={name: SECRET})
    assert f"extra.{name}: remove it; {REFUSED[name]}" in str(error.value)
    assert SECRET not in str(error.value)


def test_any_other_property_reaches_the_client_and_ours_win() -> None:
    chosen = settings(extra={"compression.type": "zstd", "linger.ms": 20})
    config = producer_config(chosen, "scan-0", KafkaSecrets())
    assert config["compression.type"] == "zstd"
    assert config["transactional.id"] == "egresswatch.scan-0"
    consumer = consumer_config(chosen, "scan", "scan-0", KafkaSecrets())
    assert consumer["isolation.level"] == "read_committed"
    assert consumer["enable.auto.commit"] is False
    assert consumer["group.id"] == "egresswatch.scan"


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"security_protocol": "SASL_SSL"}, "sasl_mechanism is missing"),
        ({"sasl_mechanism": "PLAIN"}, "security_protocol is not SASL_*"),
        ({"security_protocol": "SASL_SSL", "sasl_mechanism": "PLAIN"}, "sasl_username is missing"),
        ({**SCRAM, "sasl_mechanism": "OAUTHBEARER"}, "oauth is missing"),
        ({"security_protocol": "SSL", "ssl_certificate": "c.pem"}, "ssl_key is missing"),
        ({"topics": {"inputs": [{"topic": "a"}, {"topic": "a"}]}}, "each topic once"),
        ({"topics": {"inputs": [{"topic": "egresswatch.flows"}]}}, "outputs of ours"),
    ],
)
def test_what_does_not_fit_together(given: dict[str, object], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem.replace("*", r"\*")):
        settings(**given)


@pytest.mark.parametrize(
    ("key", "property_name", "given"),
    [
        ("sasl_password", "sasl.password", SCRAM),
        ("oauth_secret", "sasl.oauthbearer.client.secret", OAUTH),
        ("ssl_key_password", "ssl.key.password", {"ssl_certificate": "c.pem", "ssl_key": "k.pem"}),
    ],
)
def test_a_secret_comes_from_three_places(
    key: str,
    property_name: str,
    given: dict[str, object],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "secret"
    file.write_text(SECRET + "\n")
    variable = f"EGRESSWATCH_KAFKA_{key.upper()}"
    configured = settings(**given, **{f"{key}_file": file})
    assert client_config(configured)[property_name] == SECRET
    monkeypatch.setenv(f"{variable}_FILE", str(file))
    assert client_config(settings(**given))[property_name] == SECRET
    monkeypatch.setenv(variable, "other")
    with pytest.raises(ConfigError, match="both set"):
        client_config(configured)
    monkeypatch.delenv(f"{variable}_FILE")
    assert client_config(configured)[property_name] == "other"


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("SASL_PASSWORD", "OAUTH_SECRET", "SSL_KEY_PASSWORD"):
        monkeypatch.setenv(f"EGRESSWATCH_KAFKA_{key}", SECRET)
    secrets = KafkaSecrets()
    assert SECRET not in f"{secrets!r} {secrets} {secrets.model_dump()} {secrets.model_dump_json()}"
    assert SECRET not in repr(settings(**SCRAM))


def test_a_secret_file_that_is_empty_or_missing_is_named(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    with pytest.raises(ConfigError, match=r"kafka\.sasl_password_file: is empty"):
        client_config(settings(**SCRAM, sasl_password_file=empty))
    with pytest.raises(ConfigError, match=r"FileNotFoundError.*check path"):
        client_config(settings(**SCRAM, sasl_password_file=tmp_path / "none"))


@pytest.mark.parametrize(("key", "given"), [("sasl_password", SCRAM), ("oauth_secret", OAUTH)])
def test_a_login_without_its_secret_says_where_to_put_it(
    key: str, given: dict[str, object]
) -> None:
    variable = f"EGRESSWATCH_KAFKA_{key.upper()}"
    remedy = f"kafka.{key}: is missing: set {variable}, {variable}_FILE or kafka.{key}_file"
    with pytest.raises(ConfigError, match=remedy):
        client_config(settings(**given))


def test_oauth_is_librdkafkas_own_client_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EGRESSWATCH_KAFKA_OAUTH_SECRET", SECRET)
    config = client_config(settings(**OAUTH))
    assert config["sasl.oauthbearer.method"] == "oidc"
    assert config["sasl.oauthbearer.scope"] == "kafka"
    build(AdminClient, {**config, "log_level": 0})


@pytest.mark.parametrize(
    ("extra", "named"),
    [
        ({"no.such.property": SECRET}, "no.such.property"),
        ({"linger.ms": SECRET}, "queue.buffering.max.ms"),
    ],
)
def test_librdkafkas_refusals_name_the_property_and_not_the_value(
    extra: dict[str, str], named: str
) -> None:
    with pytest.raises(ConfigError) as error:
        build(AdminClient, client_config(settings(extra=extra)))
    assert named in str(error.value)
    assert SECRET not in str(error.value)
    assert error.value.__context__ is None
