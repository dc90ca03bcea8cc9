"""What the doctor says of the services that a configuration names."""

import sys
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from typing import NamedTuple

from alerts.index.elastic.config import ElasticConfig
from alerts.index.writer import IndexUnavailableError
from detectors.yamlfile import ConfigError
from monitor.kafka.settings import KafkaSettings


class Diagnosis(NamedTuple):
    """One check: fine, or a complaint with its remedy."""

    ok: bool
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{'ok ' if self.ok else 'BAD'} {self.what}" + (
            f"\n     -> {self.remedy}" if not self.ok else ""
        )


def installed(module: str) -> bool:
    """Whether a module could be imported, or has been."""
    return module in sys.modules or find_spec(module) is not None  # Faust has no spec once it is


def check_kafka(settings: KafkaSettings) -> Iterator[Diagnosis]:
    """The brokers answer, and have the topics as they should be."""
    if not installed("confluent_kafka"):
        yield Diagnosis(False, "confluent-kafka is missing", "pip install 'egresswatch[kafka]'")
        return
    from monitor.kafka.admin import KafkaUnavailableError, TopicAdmin
    from monitor.kafka.plan import Action

    try:
        admin = TopicAdmin(settings)
        yield Diagnosis(True, f"Kafka answers: {admin.brokers()} brokers")
        steps = admin.plan()
    except (ConfigError, KafkaUnavailableError) as error:
        yield Diagnosis(False, str(error), "correct the configuration's part kafka")
        return
    for step in steps:
        fine = step.action is Action.UNCHANGED
        yield Diagnosis(fine, f"topic {step}", "egresswatch topics plan, then apply")


def check_index(config: ElasticConfig) -> Iterator[Diagnosis]:
    """Elasticsearch answers, and has its templates and indices as they should be."""
    if not installed("elasticsearch"):
        yield Diagnosis(False, "elasticsearch is missing", "pip install 'egresswatch[elastic]'")
        return
    from alerts.index.elastic.layout import Layout
    from alerts.index.elastic.schema import Schema

    try:
        with closing(config.connect()) as client:
            steps = Schema(client, Layout(config)).plan()
    except (ValueError, IndexUnavailableError) as error:
        yield Diagnosis(False, str(error), "correct the configuration's part index")
        return
    yield Diagnosis(True, "Elasticsearch answers")
    for step in steps:
        yield Diagnosis(False, f"index: {step.what}", f"egresswatch index {step.by}")
