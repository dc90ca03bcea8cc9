"""The ways to log in that the view's own test has not, each against the real broker."""

import asyncio
import gc
import warnings
from pathlib import Path
from typing import Any

import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth

from monitor.kafka.settings import KafkaSettings
from monitor.live.credentials import credentials
from tests.support.api import serving
from tests.support.oauth_api import CLIENT, SECRET, OAuthApi
from tests.support.services.secured import KEY_PASSWORD, Secured


def connect(settings: KafkaSettings) -> bool:
    """Whether the broker answers a client with Faust's own translation of the settings."""

    async def ask() -> bool:
        login: Any = credentials_to_aiokafka_auth(credentials(settings))
        client = AIOKafkaClient(bootstrap_servers=settings.bootstrap, **login)
        try:
            await client.bootstrap()
            return bool(client.cluster.brokers())
        except KafkaError:
            return False
        finally:
            await client.close()

    with warnings.catch_warnings():
        # aiokafka leaves the end of a TLS connection to a loop that has ended before
        warnings.simplefilter("ignore", ResourceWarning)
        answered = asyncio.run(ask())
        gc.collect()
    return answered


def test_a_token_of_the_endpoint(
    secured: Secured, authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EGRESSWATCH_KAFKA_OAUTH_SECRET", SECRET)
    with serving(OAuthApi()) as api:
        settings = KafkaSettings.model_validate(
            {
                "bootstrap": secured.sasl,
                "security_protocol": "SASL_SSL",
                "sasl_mechanism": "OAUTHBEARER",
                "oauth": {"token_url": f"{api.url}/token", "client_id": CLIENT},
                "ssl_ca": str(authority / "ca.pem"),
            }
        )
        assert connect(settings)
        api.token = "no.such.token"
        assert not connect(settings)


def test_a_client_certificate_with_a_password(
    secured: Secured, authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EGRESSWATCH_KAFKA_SSL_KEY_PASSWORD", KEY_PASSWORD)
    mutual = {
        "bootstrap": secured.mutual,
        "security_protocol": "SSL",
        "ssl_ca": str(authority / "ca.pem"),
        "ssl_certificate": str(authority / "client.pem"),
        "ssl_key": str(authority / "client.key"),
    }
    assert connect(KafkaSettings.model_validate(mutual))
    stranger = {"ssl_ca": str(authority / "stranger.pem")}
    assert not connect(KafkaSettings.model_validate(mutual | stranger))
