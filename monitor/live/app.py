"""The start of a stream job: a Faust app with our brokers, login and typed topics.

deploy/examples/finding_feed.py is one to copy.
"""

# faust is typed in part:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import faust

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


@dataclass(frozen=True, slots=True)
class Job:
    """What a job is made of."""

    app: CommittedApp
    topics: RecordTopics
    keyed: int
    """Partitions of sums, findings and alerts; a Faust table over one of them needs as many. But
    keep what you can in memory: with Faust 0.15, 2 of some 40 restarts of a job with a table read
    nothing more after the table was restored."""

    def run(self) -> NoReturn:
        """Runs it until SIGTERM or SIGINT, and exits: with 1 where it had to give up.

        Faust's own command line would open a port on all addresses, and mix its words with what a
        job prints.
        """
        worker = faust.Worker(self.app, loglevel="WARNING", quiet=True, redirect_stdouts=False)
        worker.spinner = None  # it turns on stdout, quiet or not
        worker.execute_from_commandline()
        raise AssertionError("Faust's worker exits")


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
        broker=";".join(f"kafka://{address.strip()}" for address in kafka.bootstrap.split(",")),
        broker_credentials=credentials(kafka),
        Topic=RecordTopic,
        TableManager=StrictTables,
        topic_replication_factor=kafka.topics.replication,
        topic_disable_leader=True,  # it would make a topic to elect a leader, which nothing asks
        consumer_auto_offset_reset="earliest",
        web_enabled=False,  # it would listen on all addresses
        **more,
    )


def kafka_settings(config: Path) -> KafkaSettings:
    """The part `kafka` of a configuration file; ConfigError where there is none."""
    settings = load_settings(config).kafka
    if settings is None:
        problem = "is embedded: jobs and live views read topics; set `runtime: kafka`"
        raise ConfigError([Problem(str(config), 1, "runtime", problem)])
    return settings
