"""OAUTHBEARER by client credentials (RFC 6749, 4.4), for a client that brings no such thing."""

import httpx
from aiokafka.abc import AbstractTokenProvider

from monitor.kafka.settings import OAuthSettings

_SECONDS = 10


class TokenError(RuntimeError):
    """No token; says what to check and quotes nothing that came from the endpoint."""


class ClientCredentials(AbstractTokenProvider):
    """Asks for a token at each connection: a token is not kept, so none can be out of date."""

    def __init__(self, settings: OAuthSettings, secret: str) -> None:
        super().__init__()
        self._settings = settings
        self._secret = secret

    async def token(self) -> str:  # pyright: ignore[reportIncompatibleMethodOverride]
        """A fresh token, or TokenError."""
        form = {"grant_type": "client_credentials"}
        if self._settings.scope:
            form["scope"] = self._settings.scope
        login = (self._settings.client_id, self._secret)
        try:
            async with httpx.AsyncClient(timeout=_SECONDS) as client:
                answer = await client.post(self._settings.token_url, data=form, auth=login)
            token = answer.raise_for_status().json()["access_token"]
        except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
            why = type(error).__name__
            problem = f"kafka.oauth: no token ({why}): check token_url and the secret"
            raise TokenError(problem) from None
        if not isinstance(token, str):
            raise TokenError("kafka.oauth: the endpoint's access_token is no text: check token_url")
        return token

    def extensions(self) -> dict[str, str]:
        """What the broker's vendor wants besides."""
        pairs = (self._settings.extensions or "").split(",")
        return dict(pair.split("=", 1) for pair in pairs if "=" in pair)
