"""A real broker behind TLS and logins, with a certificate authority made for the tests."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from confluent_kafka.admin import (
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from deploy.dev.ports import free_ports
from tests.support.services.broker import Broker, running_broker

USER, PASSWORD, KEY_PASSWORD = "egresswatch", "correct-horse-battery", "staple-of-the-key"

_SECURITY = "org.apache.kafka.common.security"


class Secured(NamedTuple):
    """One broker, and its addresses."""

    broker: Broker
    sasl: str
    """SASL_SSL with SCRAM-SHA-512 for USER, or OAUTHBEARER with an unsigned token."""
    mutual: str
    """SSL with client certificates."""


def make_authority(folder: Path) -> None:
    """ca.pem with the certificates of a broker and a client, and stranger.pem, another one."""
    for name in ("ca", "stranger"):
        request = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}"]
        _openssl(folder, "req", *request, "-keyout", f"{name}.key", "-out", f"{name}.pem")
    _certificate(folder, "broker", "/CN=broker")
    _certificate(folder, "client", "/CN=client", KEY_PASSWORD)
    # PEM key stores are in one file, and Kafka wants the key first
    store = (folder / "broker.key").read_text() + (folder / "broker.pem").read_text()
    (folder / "broker-store.pem").write_text(store)


@contextmanager
def secured_broker(authority: Path, folder: Path) -> Iterator[Secured]:
    """Started, with the user made."""
    sasl, mutual = free_ports(2)
    listener = "listener.name.sasl_ssl"
    extra = {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(authority / "broker-store.pem"),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(authority / "ca.pem"),
        "listener.name.ssl.ssl.client.auth": "required",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512,OAUTHBEARER",
        f"{listener}.scram-sha-512.sasl.jaas.config": (
            f"{_SECURITY}.scram.ScramLoginModule required;"
        ),
        f"{listener}.oauthbearer.sasl.jaas.config": (
            f"{_SECURITY}.oauthbearer.OAuthBearerLoginModule required "
            'unsecuredLoginStringClaim_sub="broker";'
        ),
    }
    listeners = [f"SASL_SSL://127.0.0.1:{sasl}", f"SSL://127.0.0.1:{mutual}"]
    with running_broker(folder, listeners, extra) as broker:
        client = AdminClient({"bootstrap.servers": broker.address})
        info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
        upsertion = UserScramCredentialUpsertion(USER, info, PASSWORD.encode())
        client.alter_user_scram_credentials([upsertion])[USER].result(30)
        yield Secured(broker, f"127.0.0.1:{sasl}", f"127.0.0.1:{mutual}")


def _certificate(folder: Path, name: str, subject: str, password: str = "") -> None:
    """NAME.key (encrypted, with a password) and NAME.pem, signed by the authority in ca.pem."""
    secret = ["-aes256", "-pass", f"pass:{password}"] if password else []
    _openssl(folder, "genpkey", "-algorithm", "RSA", *secret, "-out", f"{name}.key")
    key = ["-key", f"{name}.key", "-passin", f"pass:{password}"]
    _openssl(folder, "req", "-new", *key, "-out", f"{name}.csr", "-subj", subject)
    (folder / "san").write_text("subjectAltName=IP:127.0.0.1")
    authority = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"]
    files = ["-in", f"{name}.csr", "-out", f"{name}.pem", "-extfile", "san"]
    _openssl(folder, "x509", "-req", *authority, *files)


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
