"""Every topic of the program, in one table: key, partitions, retention, compaction.

Topics under `keyed` are partitioned by sub-processor and read together: partition n of the sums
has its state in partition n of the baseline's changelog, and its findings in partition n of the
findings. So they have one number of partitions between them, and it cannot change once there is
state: a key would look for its past in another partition.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Literal, Self

from pydantic import Field, model_validator

from detectors.yamlfile import StrictModel

Policy = Literal["delete", "compact"]

_DAY_MS = 24 * 60 * 60 * 1000


class InputTopic(StrictModel):
    """A topic of events that others write."""

    topic: str = Field(pattern=r"^[A-Za-z0-9._-]{1,249}$", description="Its whole name")
    format: str = Field(
        default="ecs",
        description="The format of its records, where no header `egresswatch-format` says another",
        examples=["ecs"],
    )


class Partitions(StrictModel):
    """How far the work can be shared out: a stage uses at most so many workers."""

    stream: int = Field(
        default=6, ge=1, le=1000, description="Inputs, flows and dead letters: can be raised later"
    )
    keyed: int = Field(
        default=6,
        ge=1,
        le=1000,
        description="All that is kept by sub-processor: fixed once there is state",
    )


class RetentionDays(StrictModel):
    """How long topics keep their records. Compacted ones keep the newest of each key for ever."""

    inputs: float = Field(default=7, gt=0, description="Raw events: the only copy of payloads")
    flows: float = Field(default=3, gt=0, description="Long enough for the indexer to catch up")
    sums: float = Field(default=3, gt=0, description="Long enough for the baseline to catch up")
    members: float = Field(default=3, gt=0, description="Long enough for the index to catch up")
    findings: float = Field(default=14, gt=0, description="Long enough for an alert stage at rest")
    commands: float = Field(default=30, gt=0, description="Analysts' verdicts")
    deliveries: float = Field(default=7, gt=0, description="Messages on their way to sinks")
    dead_letters: float = Field(default=30, gt=0, description="References to refused records")


class TopicSettings(StrictModel):
    """Names and sizes of the topics."""

    prefix: str = Field(
        default="egresswatch.",
        pattern=r"^[A-Za-z0-9._-]{0,180}$",
        description="Before the name of every topic of ours, consumer group and transactional id: "
        "two installations on one cluster need two",
        examples=["egresswatch.", "staging.egresswatch."],
    )
    inputs: list[InputTopic] = Field(
        default=[InputTopic(topic="egress"), InputTopic(topic="access-log")],
        min_length=1,
        description="Where events come from",
    )
    replication: int = Field(
        default=3, ge=1, le=15, description="Copies of each partition; 1 on a single broker"
    )
    partitions: Partitions = Partitions()
    retention_days: RetentionDays = RetentionDays()

    @model_validator(mode="after")
    def _each_topic_once(self) -> Self:
        names = [one.topic for one in self.inputs]
        if len(names) != len(set(names)):
            raise ValueError("inputs: each topic once")
        if any(name.startswith(self.prefix) for name in names if self.prefix):
            raise ValueError("inputs: names that start with the prefix are outputs of ours")
        return self


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic as it should be."""

    name: str
    key: str
    """What a record's key is, in words."""
    partitions: int
    replication: int
    policy: Policy
    retention_days: float | None = None
    """None: for ever, as a compacted topic keeps its newest records."""
    keyed: bool = False
    """State depends on which key is in which partition."""
    ours: bool = True
    """An input belongs to those who write it: made where it is missing, then left alone."""

    @property
    def config(self) -> dict[str, str]:
        """What the broker is told; everything else is the cluster's own business."""
        days = self.retention_days
        config = {
            "cleanup.policy": self.policy,
            "retention.ms": "-1" if days is None else str(round(days * _DAY_MS)),
        }
        if self.replication >= 3:
            # a commit that one broker alone has seen is lost with it
            config["min.insync.replicas"] = "2"
        return config


@dataclass(frozen=True, slots=True)
class Topics:
    """The table. Iterating gives every topic, inputs first."""

    inputs: tuple[Topic, ...]
    flows: Topic
    sums: Topic
    members: Topic
    findings: Topic
    alerts: Topic
    alert_state: Topic
    commands: Topic
    deliveries: Topic
    delivery_state: Topic
    dead_letters: Topic
    baseline_changelog: Topic
    installation: Topic
    """What all workers have to agree on: one record for each fact."""

    def __iter__(self) -> Iterator[Topic]:
        yield from self.inputs
        yield from (getattr(self, field.name) for field in fields(self)[1:])


def topics_of(settings: TopicSettings) -> Topics:
    """Every topic of an installation."""
    days, copies = settings.retention_days, settings.replication

    def stream(name: str, key: str, retention: float, ours: bool = True) -> Topic:
        count = settings.partitions.stream
        return Topic(name, key, count, copies, "delete", retention, ours=ours)

    def keyed(name: str, key: str, retention: float | None) -> Topic:
        policy: Policy = "compact" if retention is None else "delete"
        name, count = settings.prefix + name, settings.partitions.keyed
        return Topic(name, key, count, copies, policy, retention, keyed=True)

    return Topics(
        inputs=tuple(
            stream(one.topic, "any, or none", days.inputs, ours=False) for one in settings.inputs
        ),
        flows=stream(settings.prefix + "flows", "event id", days.flows),
        sums=keyed("sums", "channel, sub-processor, service, category and minute", days.sums),
        members=stream(
            settings.prefix + "members", "sub-processor, category, day and key id", days.members
        ),
        findings=keyed("findings", "finding id", days.findings),
        alerts=keyed("alerts", "alert id", None),
        alert_state=keyed("alert-state", "group or silence", None),
        commands=keyed("commands", "alert id, or silence id in every partition", days.commands),
        deliveries=keyed("deliveries", "idempotency key of the message", days.deliveries),
        delivery_state=keyed("delivery-state", "idempotency key of the message", None),
        dead_letters=stream(settings.prefix + "dead-letters", "dead letter id", days.dead_letters),
        baseline_changelog=keyed("baseline-changelog", "key of the baseline", None),
        installation=Topic(settings.prefix + "installation", "fact", 1, copies, "compact"),
    )
