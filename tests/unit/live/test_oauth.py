"""Tokens by client credentials, from a server on the loopback."""

import asyncio
from collections.abc import Iterator

import pytest

from monitor.kafka.settings import OAuthSettings
from monitor.live.oauth import ClientCredentials, TokenError
from tests.support.api import serving
from tests.support.oauth_api import CLIENT, SECRET, OAuthApi


@pytest.fixture
def api() -> Iterator[OAuthApi]:
    with serving(OAuthApi()) as api:
        yield api


def client(api: OAuthApi, secret: str = SECRET, **more: str) -> ClientCredentials:
    settings = OAuthSettings(token_url=f"{api.url}/token", client_id=CLIENT, **more)
    return ClientCredentials(settings, secret)


def test_a_fresh_token_at_each_connection(api: OAuthApi) -> None:
    api.token = "first"
    provider = client(api, scope="kafka")
    assert asyncio.run(provider.token()) == "first"
    api.token = "second"
    assert asyncio.run(provider.token()) == "second"
    assert api.calls[0].form == {"grant_type": "client_credentials", "scope": "kafka"}


def test_extensions_are_handed_on(api: OAuthApi) -> None:
    provider = client(api, extensions="logicalCluster=lkc-1,identityPoolId=pool=1")
    assert provider.extensions() == {"logicalCluster": "lkc-1", "identityPoolId": "pool=1"}
    assert client(api).extensions() == {}


def test_a_refusal_is_told_without_the_secret(api: OAuthApi) -> None:
    with pytest.raises(TokenError, match="HTTPStatusError") as error:
        asyncio.run(client(api, "wrong-horse").token())
    assert "wrong-horse" not in f"{error.value!r} {error.value.__cause__!r}"


def test_a_token_that_is_no_text(api: OAuthApi) -> None:
    api.token = 7
    with pytest.raises(TokenError, match="no text"):
        asyncio.run(client(api).token())
