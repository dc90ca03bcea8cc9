"""Configuration of librdkafka's clients, with all that exactly once depends on."""

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from confluent_kafka import KafkaError, KafkaException

from detectors.yamlfile import ConfigError, Problem
from monitor.kafka.settings import KafkaSecrets, KafkaSettings, Value

TRANSACTION_TIMEOUT_MS = 10_000
"""How long the dead producer of a killed worker can hold the readers of its partitions up."""

Config = dict[str, Value]
ClientT = TypeVar("ClientT")


def client_config(settings: KafkaSettings, secrets: KafkaSecrets | None = None) -> Config:
    """What every client needs to connect. It holds secrets: never log it."""
    secrets = secrets or KafkaSecrets()
    given: Mapping[str, Value | None] = {
        "bootstrap.servers": settings.bootstrap,
        "security.protocol": settings.security_protocol,
        "ssl.ca.location": settings.ssl_ca and str(settings.ssl_ca),
        "ssl.certificate.location": settings.ssl_certificate and str(settings.ssl_certificate),
        "ssl.key.location": settings.ssl_key and str(settings.ssl_key),
        "ssl.key.password": settings.ssl_key
        and secrets.reveal("ssl_key_password", settings.ssl_key_password_file),
        "client.rack": settings.client_rack,
        **_login(settings, secrets),
    }
    return {**settings.extra, **{name: value for name, value in given.items() if value is not None}}


def _login(settings: KafkaSettings, secrets: KafkaSecrets) -> Mapping[str, Value | None]:
    mechanism = settings.sasl_mechanism
    if mechanism is None:
        return {}
    if mechanism == "GSSAPI":  # the ticket cache has what it needs
        return {"sasl.mechanism": mechanism}
    if oauth := settings.oauth if mechanism == "OAUTHBEARER" else None:
        return {
            "sasl.mechanism": mechanism,
            "sasl.oauthbearer.method": "oidc",
            "sasl.oauthbearer.client.id": oauth.client_id,
            "sasl.oauthbearer.client.secret": secrets.require(
                "oauth_secret", settings.oauth_secret_file
            ),
            "sasl.oauthbearer.token.endpoint.url": oauth.token_url,
            "sasl.oauthbearer.scope": oauth.scope,
            "sasl.oauthbearer.extensions": oauth.extensions,
        }
    return {
        "sasl.mechanism": mechanism,
        "sasl.username": settings.sasl_username,
        "sasl.password": secrets.require("sasl_password", settings.sasl_password_file),
    }


def consumer_config(
    settings: KafkaSettings, group: str, instance: str, secrets: KafkaSecrets | None = None
) -> Config:
    """A consumer of committed records whose offsets its producer commits.

    `instance` is the stable name of the worker's slot: a restart within the session's time-out
    keeps its partitions. An offset that the topic no longer holds is an error, not a reset.
    """
    return {
        **client_config(settings, secrets),
        "group.id": settings.topics.prefix + group,
        "group.instance.id": instance,
        "client.id": instance,
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "isolation.level": "read_committed",
        "auto.offset.reset": "error",
        "allow.auto.create.topics": False,
        "check.crcs": True,
    }


def producer_config(
    settings: KafkaSettings, transactional_id: str, secrets: KafkaSecrets | None = None
) -> Config:
    """A transactional producer. The id is stable and never shared: its next owner fences this."""
    return {
        **client_config(settings, secrets),
        "transactional.id": settings.topics.prefix + transactional_id,
        "client.id": transactional_id,
        "transaction.timeout.ms": TRANSACTION_TIMEOUT_MS,
        "enable.idempotence": True,
        "allow.auto.create.topics": False,
    }


def build(make: Callable[[Config], ClientT], config: Config) -> ClientT:
    """A client; ConfigError that names the property where librdkafka refuses one. librdkafka's own
    words are not passed on: they quote the value."""
    try:
        return make(config)
    except KafkaException as error:
        inner: object = error.args[0] if error.args else None
        text = inner.str() if isinstance(inner, KafkaError) else ""
    name = re.search(r'property:? "([a-z0-9.]+)"', text)
    what = f"librdkafka refuses {name[1]}" if name else "librdkafka refuses these settings"
    problem = f"{what}: check the name, the value, and that files which it names are there"
    raise ConfigError([Problem("configuration", 1, "kafka", problem)])
