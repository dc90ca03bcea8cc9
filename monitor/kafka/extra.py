"""Properties of librdkafka that `kafka.extra` may not set, each with its reason."""

from collections.abc import Iterable

_OFFSETS = "offsets are committed in the transaction, with the results"
_PRODUCER = "a transaction is only as whole as its producer is idempotent"
_IDENTITY = "the program derives it, so that a restarted worker fences its former self"
_STATE = "it decides which key is where, and state is kept by partition"
_TIMEOUT = "it has to stay below the transaction's own"
_CODE = "it brings foreign code into the client"
_NOT_HERE = "it is a secret: see EGRESSWATCH_KAFKA_* in the README"

REFUSED: dict[str, str] = {
    "enable.auto.commit": _OFFSETS,
    "auto.commit.enable": _OFFSETS,
    "auto.commit.interval.ms": _OFFSETS,
    "enable.auto.offset.store": _OFFSETS,
    "offset.store.method": _OFFSETS,
    "isolation.level": "records of an aborted transaction would count",
    "auto.offset.reset": "a gap has to be seen, not skipped: the program decides",
    "enable.partition.eof": "restoring state ends at it",
    "check.crcs": "a damaged record has to be told from a good one",
    "enable.idempotence": _PRODUCER,
    "acks": _PRODUCER,
    "request.required.acks": _PRODUCER,
    "retries": _PRODUCER,
    "message.send.max.retries": _PRODUCER,
    "max.in.flight": _PRODUCER,
    "max.in.flight.requests.per.connection": _PRODUCER,
    "enable.gapless.guarantee": _PRODUCER,
    "transactional.id": _IDENTITY,
    "transaction.timeout.ms": "recovery is tested with the program's own",
    "message.timeout.ms": _TIMEOUT,
    "delivery.timeout.ms": _TIMEOUT,
    "group.id": _IDENTITY,
    "group.instance.id": _IDENTITY,
    "client.id": _IDENTITY,
    "group.protocol": "assignment and restore are tested with the program's own",
    "group.remote.assignor": _STATE,
    "partition.assignment.strategy": _STATE,
    "partitioner": _STATE,
    "sticky.partitioning.linger.ms": _STATE,
    "allow.auto.create.topics": "`egresswatch topics apply` makes them, as they must be",
    "plugin.library.paths": _CODE,
    "ssl.engine.location": _CODE,
    "ssl.providers": _CODE,
    "sasl.password": _NOT_HERE,
    "sasl.oauthbearer.client.secret": _NOT_HERE,
    "sasl.oauthbearer.config": _NOT_HERE,
    "ssl.key.password": _NOT_HERE,
    "ssl.key.pem": _NOT_HERE,
    "ssl.keystore.password": _NOT_HERE,
    "bootstrap.servers": "its own key is kafka.bootstrap",
    "metadata.broker.list": "its own key is kafka.bootstrap",
    "security.protocol": "its own key is kafka.security_protocol",
    "sasl.mechanism": "its own key is kafka.sasl_mechanism",
    "sasl.mechanisms": "its own key is kafka.sasl_mechanism",
    "sasl.username": "its own key is kafka.sasl_username",
    "sasl.oauthbearer.method": "its own key is kafka.oauth",
    "sasl.oauthbearer.client.id": "its own key is kafka.oauth.client_id",
    "sasl.oauthbearer.scope": "its own key is kafka.oauth.scope",
    "sasl.oauthbearer.extensions": "its own key is kafka.oauth.extensions",
    "sasl.oauthbearer.token.endpoint.url": "its own key is kafka.oauth.token_url",
    "ssl.ca.location": "its own key is kafka.ssl_ca",
    "ssl.certificate.location": "its own key is kafka.ssl_certificate",
    "ssl.key.location": "its own key is kafka.ssl_key",
    "client.rack": "its own key is kafka.client_rack",
}


def refusals(extra: Iterable[str]) -> list[str]:
    """A sentence for each property that must not be set; names only, no values."""
    return [f"extra.{name}: remove it; {REFUSED[name]}" for name in extra if name in REFUSED]
