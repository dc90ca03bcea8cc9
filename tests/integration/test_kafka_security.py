"""TLS and SCRAM against a real broker."""

from pathlib import Path

import pytest

from monitor.kafka.admin import KafkaUnavailableError, TopicAdmin
from monitor.kafka.plan import is_done
from tests.support.services.fixtures import settings_for
from tests.support.services.secured import KEY_PASSWORD, PASSWORD, USER, Secured


def scram(address: str, prefix: str, ca: Path, user: str = USER) -> TopicAdmin:
    settings = settings_for(address, prefix).model_copy(
        update={
            "security_protocol": "SASL_SSL",
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_username": user,
            "ssl_ca": ca,
        }
    )
    return TopicAdmin(settings)


def test_scram_over_tls(
    secured: Secured, authority: Path, topic_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EGRESSWATCH_KAFKA_SASL_PASSWORD", PASSWORD)
    admin = scram(secured.sasl, topic_prefix, authority / "ca.pem")
    assert is_done(admin.apply(admin.plan()))


def test_a_client_certificate_with_a_password(
    secured: Secured, authority: Path, topic_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EGRESSWATCH_KAFKA_SSL_KEY_PASSWORD", KEY_PASSWORD)
    settings = settings_for(secured.mutual, topic_prefix).model_copy(
        update={
            "security_protocol": "SSL",
            "ssl_ca": authority / "ca.pem",
            "ssl_certificate": authority / "client.pem",
            "ssl_key": authority / "client.key",
        }
    )
    assert TopicAdmin(settings).brokers() == 1


@pytest.mark.parametrize(
    ("ca", "password", "remedy"),
    [
        ("ca.pem", "wrong-horse", "check kafka.sasl_"),
        ("stranger.pem", PASSWORD, "check kafka.ssl_"),
    ],
)
def test_a_refused_login_is_told_without_its_secret(
    ca: str,
    password: str,
    remedy: str,
    secured: Secured,
    authority: Path,
    topic_prefix: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("EGRESSWATCH_KAFKA_SASL_PASSWORD", password)
    monkeypatch.setattr("monitor.kafka.admin.SECONDS", 3)
    with pytest.raises(KafkaUnavailableError) as error:
        scram(secured.sasl, topic_prefix, authority / ca).plan()
    said = f"{error.value!r} {capfd.readouterr()}"
    assert remedy in said
    assert password not in said
