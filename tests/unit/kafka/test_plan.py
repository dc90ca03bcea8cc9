"""What has to be done to the topics, and what is refused."""

from dataclasses import replace

import pytest

from monitor.kafka.plan import Action, Existing, is_done, is_refused, plan
from monitor.kafka.topics import Topic, Topics, TopicSettings, topics_of

TOPICS = topics_of(TopicSettings(replication=1))


def existing(topics: Topics = TOPICS, **changes: object) -> dict[str, Existing]:
    """Every topic as it should be; `flows` and the like change one of them."""
    found = {t.name: Existing(t.partitions, t.replication, t.config) for t in topics}
    for name, change in changes.items():
        topic: Topic = getattr(topics, name)
        found[topic.name] = replace(found[topic.name], **change)
    return found


def step_of(name: str, found: dict[str, Existing]):
    steps = {step.topic.name: step for step in plan(TOPICS, found)}
    return steps[getattr(TOPICS, name).name]


def test_state_and_what_it_is_made_from_have_the_same_partitions() -> None:
    keyed = [topic for topic in TOPICS if topic.keyed]
    assert {topic.partitions for topic in keyed} == {6}
    assert TOPICS.sums in keyed
    assert TOPICS.baseline_changelog in keyed


def test_what_is_state_is_compacted_and_kept_for_ever() -> None:
    compacted = [topic for topic in TOPICS if topic.policy == "compact"]
    assert compacted == [
        TOPICS.alerts,
        TOPICS.alert_state,
        TOPICS.delivery_state,
        TOPICS.baseline_changelog,
        TOPICS.installation,
    ]
    assert {topic.config["retention.ms"] for topic in compacted} == {"-1"}


def test_a_new_cluster_gets_every_topic_and_then_nothing() -> None:
    assert {step.action for step in plan(TOPICS, {})} == {Action.CREATE}
    steps = plan(TOPICS, existing())
    assert is_done(steps)
    assert [step.topic for step in steps] == list(TOPICS)


def test_two_prefixes_share_no_topic_but_the_inputs() -> None:
    other = topics_of(TopicSettings(prefix="staging."))
    common = {topic.name for topic in TOPICS} & {topic.name for topic in other}
    assert common == {"egress", "access-log"}


def test_retention_is_altered_and_a_stream_grows() -> None:
    wrong = {**TOPICS.flows.config, "retention.ms": "1"}
    step = step_of("flows", existing(flows={"config": wrong, "partitions": 2}))
    assert step.action is Action.ALTER
    assert step.grows
    assert step.config == {"retention.ms": "259200000"}
    assert step.lines == ("partitions: 2 -> 6", "retention.ms: 1 -> 259200000")


@pytest.mark.parametrize("partitions", [1, 5, 7])
@pytest.mark.parametrize("name", ["sums", "findings", "alerts", "alert_state", "commands"])
def test_keyed_state_keeps_its_partitions(name: str, partitions: int) -> None:
    step = step_of(name, existing(**{name: {"partitions": partitions}}))
    assert step.action is Action.REFUSED
    assert f"back to {partitions}" in step.lines[0]


@pytest.mark.parametrize(
    ("name", "policy"), [("baseline_changelog", "delete"), ("sums", "compact")]
)
def test_compaction_is_not_changed_behind_state(name: str, policy: str) -> None:
    config = {**getattr(TOPICS, name).config, "cleanup.policy": policy}
    step = step_of(name, existing(**{name: {"config": config}}))
    assert step.action is Action.REFUSED
    assert f"cleanup.policy: {policy}, not" in str(step)


def test_partitions_are_never_taken_away() -> None:
    assert step_of("flows", existing(flows={"partitions": 9})).action is Action.REFUSED


def test_too_few_replicas_are_refused_and_more_are_fine() -> None:
    topics = topics_of(TopicSettings(replication=3))
    found = existing(topics, sums={"replication": 1}, flows={"replication": 5})
    refused = [step.topic.name for step in plan(topics, found) if step.action is Action.REFUSED]
    assert refused == ["egresswatch.sums"]
    assert is_refused(plan(topics, found))


def test_an_input_that_is_there_is_left_to_its_owners() -> None:
    strange = Existing(50, 1, {"cleanup.policy": "compact", "retention.ms": "5"})
    assert is_done(plan(TOPICS, {**existing(), "egress": strange}))
