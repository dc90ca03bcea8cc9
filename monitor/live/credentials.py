"""The `kafka:` settings as Faust's credentials: TLS, SASL or both.

`kafka.extra` holds properties of librdkafka, another client, and is not for this one.
"""

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from faust.auth import OAuthCredentials, SASLCredentials, SSLCredentials
from faust.types.auth import CredentialsT

from detectors.yamlfile import ConfigError, Problem
from monitor.kafka.settings import KafkaSecrets, KafkaSettings
from monitor.live.oauth import ClientCredentials

LoadedT = TypeVar("LoadedT")


def credentials(
    settings: KafkaSettings, secrets: KafkaSecrets | None = None
) -> CredentialsT | None:
    """What the client proves itself with; None where the brokers want nothing. ConfigError where a
    file or a secret is missing, or for GSSAPI, which this client has not."""
    secrets = secrets or KafkaSecrets()
    context = _tls(settings, secrets) if settings.security_protocol.endswith("SSL") else None
    mechanism = settings.sasl_mechanism
    if mechanism is None:
        return SSLCredentials(context) if context else None
    if mechanism == "GSSAPI":
        raise _wrong("sasl_mechanism", "live views have no GSSAPI: use SCRAM, or OAUTHBEARER")
    if settings.oauth is not None and mechanism == "OAUTHBEARER":
        secret = secrets.require("oauth_secret", settings.oauth_secret_file)
        return OAuthCredentials(
            oauth_cb=ClientCredentials(settings.oauth, secret), ssl_context=context
        )
    return SASLCredentials(
        username=settings.sasl_username,
        password=secrets.require("sasl_password", settings.sasl_password_file),
        mechanism=mechanism,
        ssl_context=context,
    )


def _tls(settings: KafkaSettings, secrets: KafkaSecrets) -> ssl.SSLContext:
    """A context that checks the broker's certificate and its name."""
    context = _attempt("ssl_ca", lambda: _trusting(settings.ssl_ca))
    if settings.ssl_certificate is not None:
        certificate, key = settings.ssl_certificate, settings.ssl_key
        # without a password OpenSSL would ask for one on the terminal
        password = secrets.reveal("ssl_key_password", settings.ssl_key_password_file) or ""
        _attempt("ssl_key", lambda: context.load_cert_chain(certificate, key, password))
    return context


def _trusting(authorities: Path | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=authorities)


def _attempt(key: str, load: Callable[[], LoadedT]) -> LoadedT:
    """What `load` gives; ConfigError without OpenSSL's own words where it cannot."""
    try:
        return load()
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        problem = f"cannot be used ({type(error).__name__}): check the file, and the key's password"
        raise _wrong(key, problem) from None


def _wrong(key: str, problem: str) -> ConfigError:
    return ConfigError([Problem("configuration", 1, f"kafka.{key}", problem)])
