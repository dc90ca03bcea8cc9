"""The topics of a cluster: read, and brought to what the plan says."""

# confluent_kafka.admin is typed in part, and re-exports its names without saying so:
# pyright: reportPrivateImportUsage=false, reportUnknownVariableType=false
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

from collections.abc import Iterable, Mapping
from threading import Event
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
)

from monitor.kafka.client import build, client_config
from monitor.kafka.plan import Action, Existing, Step, is_done, is_refused, plan
from monitor.kafka.settings import KafkaSettings
from monitor.kafka.topics import Topic, topics_of

SECONDS = 15.0
"""How long the brokers get for an answer."""
_LOOKS, _BETWEEN = 50, 0.2  # how often, and seconds apart, one looks whether a change has arrived


class KafkaUnavailableError(RuntimeError):
    """The brokers do not answer, or refuse; says what to check, and quotes no setting."""


class TopicAdmin:
    """One cluster, and the topics it should have."""

    def __init__(self, settings: KafkaSettings) -> None:
        # librdkafka writes its complaints to stderr by itself; ours say the same, once
        config = {**client_config(settings), "log_level": 0}
        self._complaints: list[KafkaError] = []
        callbacks: dict[str, Any] = {"error_cb": self._complaints.append}
        self._client = build(lambda config: AdminClient({**config, **callbacks}), config)
        self._topics = tuple(topics_of(settings.topics))

    def plan(self) -> list[Step]:
        """What would have to be done now."""
        try:
            return plan(self._topics, self._existing())
        except KafkaException as error:
            raise self._unavailable(error) from None

    def apply(self, steps: Iterable[Step]) -> list[Step]:
        """Does it, and says what is left to do: nothing, unless somebody undoes it meanwhile.

        Nothing at all is done where anything is refused. Two at once do no harm: what the other
        has done already counts as done.
        """
        steps = list(steps)
        if is_refused(steps):
            return steps
        try:
            self._do(steps)
            return self._look_until_done()
        except KafkaException as error:
            raise self._unavailable(error) from None

    def brokers(self) -> int:
        """How many brokers there are."""
        try:
            return len(self._client.list_topics(timeout=SECONDS).brokers)
        except KafkaException as error:
            raise self._unavailable(error) from None

    def _unavailable(self, error: KafkaException) -> KafkaUnavailableError:
        """A login that fails is told as such, where the call itself knows only of a time-out."""
        self._client.poll(0)
        told = [error.args[0], *self._complaints]
        known = [one for one in told if isinstance(one, KafkaError) and one.code() in _REMEDIES]
        if known:
            name, remedy = known[0].name(), _REMEDIES[known[0].code()]
        else:
            name = told[0].name() if isinstance(told[0], KafkaError) else "no answer"
            remedy = "check kafka.bootstrap, kafka.security_protocol and the network"
        return KafkaUnavailableError(f"Kafka: {name}: {remedy}")

    def _existing(self) -> dict[str, Existing]:
        known = self._client.list_topics(timeout=SECONDS).topics
        names = [topic.name for topic in self._topics if topic.name in known]
        if not names:
            return {}
        resources = [ConfigResource(ConfigResource.Type.TOPIC, name) for name in names]
        answers = self._client.describe_configs(resources, request_timeout=SECONDS)
        existing: dict[str, Existing] = {}
        for resource, answer in answers.items():
            entries: Mapping[str, ConfigEntry] = answer.result()
            partitions = known[resource.name].partitions
            existing[resource.name] = Existing(
                partitions=len(partitions),
                replication=min(len(one.replicas) for one in partitions.values()),
                config={name: str(entry.value) for name, entry in entries.items()},
            )
        return existing

    def _do(self, steps: list[Step]) -> None:
        new = [_new(step.topic) for step in steps if step.action is Action.CREATE]
        if new:
            answers = self._client.create_topics(new, request_timeout=SECONDS)
            _settle(answers, KafkaError.TOPIC_ALREADY_EXISTS)
        altered = [step for step in steps if step.action is Action.ALTER]
        grown = [
            NewPartitions(one.topic.name, one.topic.partitions) for one in altered if one.grows
        ]
        if grown:
            answers = self._client.create_partitions(grown, request_timeout=SECONDS)
            _settle(answers, KafkaError.INVALID_PARTITIONS)
        configured = [_configured(step) for step in altered if step.config]
        if configured:
            _settle(self._client.incremental_alter_configs(configured, request_timeout=SECONDS))

    def _look_until_done(self) -> list[Step]:
        """A change reaches the brokers a little after it is answered."""
        steps = plan(self._topics, self._existing())
        for _ in range(_LOOKS):
            if is_done(steps):
                break
            Event().wait(_BETWEEN)
            steps = plan(self._topics, self._existing())
        return steps


def _new(topic: Topic) -> NewTopic:
    return NewTopic(
        topic.name,
        num_partitions=topic.partitions,
        replication_factor=topic.replication,
        config=topic.config,
    )


def _configured(step: Step) -> ConfigResource:
    entries = [
        ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
        for name, value in step.config.items()
    ]
    return ConfigResource(ConfigResource.Type.TOPIC, step.topic.name, incremental_configs=entries)


def _settle(answers: Mapping[Any, Any], done_already: int | None = None) -> None:
    """Waits for all; an error is raised unless it says that another was faster."""
    for answer in answers.values():
        try:
            answer.result()
        except KafkaException as error:
            if code_of(error) != done_already:
                raise


def code_of(error: KafkaException) -> int | None:
    """librdkafka's code of an error."""
    inner: object = error.args[0] if error.args else None
    return inner.code() if isinstance(inner, KafkaError) else None


_REMEDIES = {
    KafkaError.TOPIC_AUTHORIZATION_FAILED: "this user needs Describe, Create, Alter on them",
    KafkaError.CLUSTER_AUTHORIZATION_FAILED: "give this user Create on the cluster",
    KafkaError._AUTHENTICATION: "check kafka.sasl_* and the secret",  # noqa: SLF001
    KafkaError._SSL: "check kafka.ssl_*",  # noqa: SLF001
    KafkaError.INVALID_REPLICATION_FACTOR: "there are fewer brokers: see kafka.topics.replication",
}
