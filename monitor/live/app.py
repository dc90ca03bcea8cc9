"""The start of a stream job: a Faust app with our brokers, login and typed topics.

deploy/examples/new_destinations.py is one to copy.
"""

# faust is typed in part:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from yarl import URL

from detectors.yamlfile import ConfigError, Problem
from monitor.kafka.settings import KafkaSettings
from monitor.kafka.topics import topics_of
from monitor.live.credentials import credentials
from monitor.live.driver import CommittedApp
from monitor.live.recovery import StrictTables
from monitor.live.topics import RecordTopic, RecordTopics
from monitor.settings import load_settings
from monitor.telemetry.quiet import silence_libraries

AppT = TypeVar("AppT", bound=CommittedApp)


class Job(NamedTuple):
    """What a job is made of."""

    app: CommittedApp
    topics: RecordTopics
    keyed: int
    """Partitions of sums, findings and alerts; a table over one of them needs as many."""


def stream_job(config: Path, name: str) -> Job:
    """A job of this name over the topics of a configuration with `runtime: kafka`.

    The name is the consumer group's, after the prefix: two processes with one name share the work.
    A table's state is in a changelog topic, which Faust makes. ConfigError for what is wrong.
    """
    kafka = kafka_settings(config)
    topics = topics_of(kafka.topics)
    app = build_app(CommittedApp, kafka, name)
    return Job(app, RecordTopics(app, topics), topics.sums.partitions)


def build_app(kind: type[AppT], kafka: KafkaSettings, name: str, **more: Any) -> AppT:
    """An app with all that is the same for every one of ours."""
    silence_libraries()
    return kind(
        id=kafka.topics.prefix + name,
        broker=[URL(f"kafka://{address.strip()}") for address in kafka.bootstrap.split(",")],
        broker_credentials=credentials(kafka),
        Topic=RecordTopic,
        TableManager=StrictTables,
        topic_replication_factor=kafka.topics.replication,
        topic_disable_leader=True,  # it would make a topic to elect a leader, which nothing asks
        consumer_auto_offset_reset="earliest",
        web_enabled=False,  # it would listen on all addresses
        worker_redirect_stdouts=False,  # what a job prints is its output, not a warning
        **more,
    )


def kafka_settings(config: Path) -> KafkaSettings:
    """The part `kafka` of a configuration file; ConfigError where there is none."""
    settings = load_settings(config).kafka
    if settings is None:
        problem = "is embedded: jobs and live views read topics; set `runtime: kafka`"
        raise ConfigError([Problem(str(config), 1, "runtime", problem)])
    return settings
