"""What has to be done so that the topics are as they should be; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from monitor.kafka.topics import Topic


class Action(StrEnum):
    """What becomes of one topic."""

    CREATE = "create"
    ALTER = "alter"
    UNCHANGED = "unchanged"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Existing:
    """A topic as the brokers have it."""

    partitions: int
    replication: int
    config: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Step:
    """One topic of a plan."""

    action: Action
    topic: Topic
    grows: bool = False
    config: dict[str, str] = field(default_factory=dict[str, str])
    """What is to be set."""
    lines: tuple[str, ...] = ()
    """What changes, or why it is refused and what to do."""

    def __str__(self) -> str:
        return "\n".join([f"{self.action:<9} {self.topic.name}", *(f"    {x}" for x in self.lines)])


def plan(topics: Iterable[Topic], existing: Mapping[str, Existing]) -> list[Step]:
    """A step for every topic, in the order of the table."""
    return [_step(topic, existing.get(topic.name)) for topic in topics]


def is_refused(steps: Iterable[Step]) -> bool:
    return any(step.action is Action.REFUSED for step in steps)


def is_done(steps: Iterable[Step]) -> bool:
    return all(step.action is Action.UNCHANGED for step in steps)


def _step(topic: Topic, found: Existing | None) -> Step:
    if found is None:
        config = ", ".join(f"{name}={value}" for name, value in topic.config.items())
        size = f"{topic.partitions} partitions, {topic.replication} replicas"
        return Step(Action.CREATE, topic, config=topic.config, lines=(f"{size}; {config}",))
    if not topic.ours:
        return Step(Action.UNCHANGED, topic)
    if refusals := tuple(_refusals(topic, found)):
        return Step(Action.REFUSED, topic, lines=refusals)
    config = {name: value for name, value in topic.config.items() if found.config[name] != value}
    lines = [f"{name}: {found.config[name]} -> {value}" for name, value in config.items()]
    grows = topic.partitions > found.partitions
    if grows:
        lines.insert(0, f"partitions: {found.partitions} -> {topic.partitions}")
    action = Action.ALTER if lines else Action.UNCHANGED
    return Step(action, topic, grows, config, tuple(lines))


def _refusals(topic: Topic, found: Existing) -> Iterable[str]:
    if topic.keyed and topic.partitions != found.partitions:
        yield (
            f"partitions: {found.partitions} -> {topic.partitions} would send keys to partitions "
            "that do not hold their state: set kafka.topics.partitions.keyed back to "
            f"{found.partitions}, or take a new kafka.topics.prefix and read the inputs again"
        )
    elif topic.partitions < found.partitions:
        yield (
            f"partitions: Kafka cannot take any away: set kafka.topics.partitions.stream to "
            f"{found.partitions} or more"
        )
    policy = found.config["cleanup.policy"]
    if policy != topic.policy and "compact" in {policy, topic.policy}:
        yield (
            f"cleanup.policy: {policy}, not {topic.policy}: "
            + (
                "state would expire with its retention"
                if topic.policy == "compact"
                else "records of one key would take each other's place"
            )
            + "; something else made or changed this topic: look for what it has lost, then delete "
            "it, or take a new kafka.topics.prefix, and read the inputs again"
        )
    if found.replication < topic.replication:
        yield (
            f"replication: {found.replication}, not {topic.replication}: raise it with "
            "kafka-reassign-partitions, or set kafka.topics.replication"
        )
