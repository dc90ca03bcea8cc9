"""`egresswatch topics` and the doctor against a real broker."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from click.testing import CliRunner, Result
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource

from monitor.cli.diagnosis import check_kafka
from monitor.cli.topics import topics_group
from monitor.kafka.admin import TopicAdmin
from monitor.kafka.plan import is_done
from monitor.kafka.settings import KafkaSettings
from monitor.kafka.topics import TopicSettings, topics_of
from tests.support.services.fixtures import settings_for
from tests.support.workspace import Workspace

Topics = Callable[..., Result]
TOPICS = len(list(topics_of(TopicSettings())))


@pytest.fixture
def topics(tmp_path: Path, kafka: str, topic_prefix: str) -> Topics:
    """`egresswatch topics ACTION`, with changes to the table of topics."""
    space = Workspace(tmp_path)

    def run(action: str, bootstrap: str = kafka, **changes: object) -> Result:
        settings = settings_for(bootstrap, topic_prefix, **changes).model_dump(
            exclude_defaults=True
        )
        space.configure(runtime="kafka", inputs=[], kafka=settings)
        return CliRunner().invoke(topics_group, [action, "--config", str(space.config)])

    return run


def alter(address: str, topic: str, name: str, value: str) -> None:
    entry = ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=[entry])
    client = AdminClient({"bootstrap.servers": address})
    client.incremental_alter_configs([resource])[resource].result(30)
    asked = ConfigResource(ConfigResource.Type.TOPIC, topic)
    for _ in range(100):  # the answer comes before the change is seen
        if client.describe_configs([asked])[asked].result(30)[name].value == value:
            return
        Event().wait(0.1)
    pytest.fail(f"{name} of {topic} has not changed")


def test_planned_then_applied_then_nothing_is_left(topics: Topics) -> None:
    planned = topics("plan")
    assert (planned.exit_code, planned.output.count("create")) == (2, TOPICS)
    assert topics("plan").exit_code == 2  # a plan changes nothing
    assert topics("apply").exit_code == 0
    again = topics("plan")
    assert (again.exit_code, again.output.count("unchanged")) == (0, TOPICS)
    assert topics("apply").exit_code == 0


def test_retention_and_streams_change_and_the_rest_stays(topics: Topics, topic_prefix: str) -> None:
    assert topics("apply").exit_code == 0
    changes = {"partitions": {"stream": 4, "keyed": 2}, "retention_days": {"flows": 1}}
    planned = topics("plan", **changes)
    assert planned.exit_code == 2
    assert f"ALTER     {topic_prefix}flows" in planned.output.replace("alter", "ALTER")
    assert "partitions: 2 -> 4" in planned.output
    assert "retention.ms: 259200000 -> 86400000" in planned.output
    assert topics("apply", **changes).exit_code == 0
    assert topics("plan", **changes).exit_code == 0


def test_another_number_of_keyed_partitions_is_refused_and_nothing_done(topics: Topics) -> None:
    assert topics("apply").exit_code == 0
    changes = {"partitions": {"stream": 4, "keyed": 3}}
    for action in ("plan", "apply"):
        refused = topics(action, **changes)
        assert refused.exit_code == 1
        assert "set kafka.topics.partitions.keyed back to 2" in refused.output
    assert topics("plan").exit_code == 0  # not even the streams have grown


def test_a_changelog_that_lost_its_compaction_is_refused(
    topics: Topics, kafka: str, topic_prefix: str
) -> None:
    assert topics("apply").exit_code == 0
    alter(kafka, f"{topic_prefix}baseline-changelog", "cleanup.policy", "delete")
    refused = topics("apply")
    assert refused.exit_code == 1
    assert "state would expire with its retention" in refused.output


def test_two_at_once_do_no_harm(kafka_settings: KafkaSettings) -> None:
    admins = [TopicAdmin(kafka_settings) for _ in range(4)]
    # all of them have planned before the first applies
    plans = [admin.plan() for admin in admins]
    with ThreadPoolExecutor(4) as pool:
        left = list(pool.map(TopicAdmin.apply, admins, plans))
    assert all(is_done(steps) for steps in left)


def test_brokers_that_are_not_there_are_told_without_a_trace(
    topics: Topics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.kafka.admin.SECONDS", 0.5)
    result = topics("plan", bootstrap="127.0.0.1:1")
    assert result.exit_code == 1
    assert "check kafka.bootstrap" in result.output


def test_without_kafka_there_are_no_topics(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    space.configure()
    result = CliRunner().invoke(topics_group, ["plan", "--config", str(space.config)])
    assert result.exit_code == 1
    assert "runtime: only with `runtime: kafka`" in result.output


def test_the_doctor_sees_brokers_and_topics(kafka_settings: KafkaSettings) -> None:
    first = list(check_kafka(kafka_settings))
    assert [diagnosis.ok for diagnosis in first] == [True] + TOPICS * [False]
    admin = TopicAdmin(kafka_settings)
    admin.apply(admin.plan())
    assert all(diagnosis.ok for diagnosis in check_kafka(kafka_settings))
