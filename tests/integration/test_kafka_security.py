"""TLS and SCRAM against a real broker, with a certificate authority made for the test."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import (
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from deploy.dev.ports import free_ports
from monitor.kafka.admin import KafkaUnavailableError, TopicAdmin
from monitor.kafka.plan import is_done
from tests.support.services.broker import running_broker
from tests.support.services.fixtures import settings_for

USER, PASSWORD, KEY_PASSWORD = "egresswatch", "correct-horse-battery", "staple-of-the-key"


def openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def certificate(folder: Path, name: str, subject: str, password: str = "") -> None:
    """NAME.key (encrypted, with a password) and NAME.pem, signed by the authority in ca.pem."""
    secret = ["-aes256", "-pass", f"pass:{password}"] if password else []
    openssl(folder, "genpkey", "-algorithm", "RSA", *secret, "-out", f"{name}.key")
    key = ["-key", f"{name}.key", "-passin", f"pass:{password}"]
    openssl(folder, "req", "-new", *key, "-out", f"{name}.csr", "-subj", subject)
    (folder / "san").write_text("subjectAltName=IP:127.0.0.1")
    authority = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"]
    files = ["-in", f"{name}.csr", "-out", f"{name}.pem", "-extfile", "san"]
    openssl(folder, "x509", "-req", *authority, *files)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("authority")
    for name in ("ca", "stranger"):
        request = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}"]
        openssl(folder, "req", *request, "-keyout", f"{name}.key", "-out", f"{name}.pem")
    certificate(folder, "broker", "/CN=broker")
    certificate(folder, "client", "/CN=client", KEY_PASSWORD)
    # PEM key stores are in one file, and Kafka wants the key first
    store = (folder / "broker.key").read_text() + (folder / "broker.pem").read_text()
    (folder / "broker-store.pem").write_text(store)
    return folder


@pytest.fixture(scope="module")
def secured(authority: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Addresses of one broker: SASL_SSL with SCRAM, and SSL with client certificates."""
    sasl, mutual = free_ports(2)
    scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    extra = {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(authority / "broker-store.pem"),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(authority / "ca.pem"),
        "listener.name.ssl.ssl.client.auth": "required",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": scram,
    }
    listeners = [f"SASL_SSL://127.0.0.1:{sasl}", f"SSL://127.0.0.1:{mutual}"]
    with running_broker(tmp_path_factory.mktemp("secured"), listeners, extra) as broker:
        client = AdminClient({"bootstrap.servers": broker.address})
        info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
        upsertion = UserScramCredentialUpsertion(USER, info, PASSWORD.encode())
        client.alter_user_scram_credentials([upsertion])[USER].result(30)
        yield f"127.0.0.1:{sasl}", f"127.0.0.1:{mutual}"


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
    secured: tuple[str, str], authority: Path, topic_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EGRESSWATCH_KAFKA_SASL_PASSWORD", PASSWORD)
    admin = scram(secured[0], topic_prefix, authority / "ca.pem")
    assert is_done(admin.apply(admin.plan()))


def test_a_client_certificate_with_a_password(
    secured: tuple[str, str], authority: Path, topic_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EGRESSWATCH_KAFKA_SSL_KEY_PASSWORD", KEY_PASSWORD)
    settings = settings_for(secured[1], topic_prefix).model_copy(
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
    secured: tuple[str, str],
    authority: Path,
    topic_prefix: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("EGRESSWATCH_KAFKA_SASL_PASSWORD", password)
    monkeypatch.setattr("monitor.kafka.admin.SECONDS", 3)
    with pytest.raises(KafkaUnavailableError) as error:
        scram(secured[0], topic_prefix, authority / ca).plan()
    said = f"{error.value!r} {capfd.readouterr()}"
    assert remedy in said
    assert password not in said
