"""A token endpoint, for brokers that take unsigned tokens."""

from base64 import b64encode, urlsafe_b64encode

import msgspec

from monitor.clock import SystemClock
from tests.support.api import Api, Call, Reply

CLIENT, SECRET = "egresswatch", "correct-horse-battery"


class OAuthApi(Api):
    """Client credentials of one client; `token` is what it gives where that is set."""

    token: object = None

    def handle(self, call: Call) -> Reply:
        login = b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if call.headers.get("authorization") != f"Basic {login}":
            return Reply({"error": "invalid_client"}, 401)
        if call.form["grant_type"] != "client_credentials":
            return Reply({"error": "unsupported_grant_type"}, 400)
        return Reply({"access_token": self.token or _unsigned(), "token_type": "bearer"})


def _unsigned() -> str:
    now = SystemClock().now().timestamp()
    parts = ({"alg": "none"}, {"sub": CLIENT, "iat": now, "exp": now + 600, "scope": ""})
    return ".".join([*(_packed(part) for part in parts), ""])


def _packed(part: object) -> str:
    return urlsafe_b64encode(msgspec.json.encode(part)).decode().rstrip("=")
