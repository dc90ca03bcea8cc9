"""The `kafka:` settings as Faust's credentials."""

import ssl
from pathlib import Path
from typing import Any

import pytest
from faust.auth import OAuthCredentials, SASLCredentials, SSLCredentials

from detectors.yamlfile import ConfigError
from monitor.kafka.settings import KafkaSettings
from monitor.live.credentials import credentials

TLS = Path(__file__).parents[2] / "support" / "tls"
SECRET = "correct-horse-battery"


def settings(**given: Any) -> KafkaSettings:
    return KafkaSettings.model_validate({"bootstrap": "127.0.0.1:9092", **given})


def test_nothing_for_a_broker_that_wants_nothing() -> None:
    assert credentials(settings()) is None


def test_tls_checks_the_certificate_and_the_name() -> None:
    found = credentials(settings(security_protocol="SSL", ssl_ca=TLS / "ca.pem"))
    assert isinstance(found, SSLCredentials)
    assert found.context.verify_mode is ssl.CERT_REQUIRED
    assert found.context.check_hostname
    assert len(found.context.get_ca_certs()) == 1


@pytest.mark.parametrize(("protocol", "tls"), [("SASL_SSL", True), ("SASL_PLAINTEXT", False)])
@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_a_login(protocol: str, tls: bool, mechanism: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EGRESSWATCH_KAFKA_SASL_PASSWORD", SECRET)
    login = {"security_protocol": protocol, "sasl_mechanism": mechanism, "sasl_username": "me"}
    found = credentials(settings(**login, ssl_ca=TLS / "ca.pem"))
    assert isinstance(found, SASLCredentials)
    assert (found.protocol.value, found.mechanism.value) == (protocol, mechanism)
    assert (found.username, found.password) == ("me", SECRET)
    assert (found.ssl_context is not None) == tls
    assert SECRET not in repr(found)


def test_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EGRESSWATCH_KAFKA_OAUTH_SECRET", SECRET)
    oauth = {"token_url": "https://sso.example.com/token", "client_id": "egresswatch"}
    login = {"security_protocol": "SASL_SSL", "sasl_mechanism": "OAUTHBEARER", "oauth": oauth}
    found = credentials(settings(**login))
    assert isinstance(found, OAuthCredentials)
    assert found.protocol.value == "SASL_SSL"


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"security_protocol": "SASL_PLAINTEXT", "sasl_mechanism": "GSSAPI"}, "sasl_mechanism"),
        (
            {
                "security_protocol": "SASL_PLAINTEXT",
                "sasl_mechanism": "PLAIN",
                "sasl_username": "me",
            },
            "sasl_password",
        ),
        ({"security_protocol": "SSL", "ssl_ca": "no-such-file"}, "ssl_ca"),
        (
            {
                "security_protocol": "SSL",
                "ssl_certificate": str(TLS / "ca.pem"),
                "ssl_key": str(TLS / "ca.pem"),
            },
            "ssl_key",
        ),
    ],
)
def test_what_is_wrong_is_named(given: dict[str, Any], key: str) -> None:
    with pytest.raises(ConfigError, match=f"kafka.{key}"):
        credentials(settings(**given))
