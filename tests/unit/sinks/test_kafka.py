"""A Kafka topic, over Kafka's own protocol."""

from collections.abc import Callable, Generator
from typing import Any

import msgspec
import pytest
from pydantic import ValidationError

from alerts.sinks import SinkError
from alerts.sinks.kafka import KafkaConfig
from alerts.sinks.kafka.sink import HEADER, KafkaSink
from alerts.sinks.payload import body
from tests.support.kafka import brokers, create, records
from tests.support.messages import message, tools

pytestmark = pytest.mark.enable_socket

Make = Callable[..., KafkaSink]


@pytest.fixture(scope="module")
def servers() -> Generator[str]:
    with brokers() as running:
        yield running


@pytest.fixture
def topic(servers: str, request: pytest.FixtureRequest) -> str:
    name = f"findings.{request.node.name.partition('[')[0]}"
    create(servers, name)
    return name


@pytest.fixture
def make(servers: str, topic: str) -> Generator[Make]:
    made: list[KafkaSink] = []

    def make(**changes: Any) -> KafkaSink:
        given = {"type": "kafka", "name": "bus", "brokers": servers, "topic": topic, **changes}
        config = KafkaConfig.model_validate({"security": "PLAINTEXT", "timeout": 10, **given})
        sink = config.build(tools())
        assert isinstance(sink, KafkaSink)
        made.append(sink)
        return sink

    yield make
    for sink in made:
        sink.close()


def test_a_record_has_the_incident_as_its_key_and_the_id_in_a_header(
    servers: str, topic: str, make: Make
) -> None:
    sink = make()
    sink.send(message("a1"))
    sink.send(message("a1", why="grew"))
    found = records(servers, topic)
    assert [(key, value) for key, value, _, _ in found] == [
        ("a1", body(message())),
        ("a1", body(message(why="grew"))),
    ]
    assert [headers[HEADER].decode() for _, _, headers, _ in found] == [
        message().id,
        message(why="grew").id,
    ]
    assert len({partition for *_, partition in found}) == 1


def test_ocsf_is_the_other_form(servers: str, topic: str, make: Make) -> None:
    make(format="ocsf").send(message())
    ((_, value, _, _),) = records(servers, topic)
    assert msgspec.json.decode(value)["class_uid"] == 2006


def test_another_process_reads_back_what_has_arrived(make: Make) -> None:
    assert make().arrived(message("a1")) is False
    make().send(message("a1"))
    make().send(message("a2"))
    assert make().arrived(message("a1")) is True
    assert make().arrived(message("a3")) is False


def test_a_topic_longer_than_is_read_back_leaves_a_doubt(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerts.sinks.kafka.sink.READ_BACK", 2)
    for number in range(4):
        make().send(message("a1", number=number))
    assert make().arrived(message("a1", number=0)) is None
    assert make().arrived(message("a1", number=3)) is True


def test_a_check_finds_the_topic_and_writes_nothing(servers: str, topic: str, make: Make) -> None:
    assert "the topic is there" in make().check()
    assert not records(servers, topic)
    with pytest.raises(SinkError, match="create the topic, or correct its name") as failure:
        make(topic="no-such-topic").check()
    assert not failure.value.recoverable


def test_brokers_that_are_not_there_may_come_back() -> None:
    with brokers() as gone:
        servers = gone
    config = {"type": "kafka", "name": "bus", "brokers": servers, "topic": "t", "timeout": 1}
    sink = KafkaConfig.model_validate({**config, "security": "PLAINTEXT"}).build(tools())
    for use in (lambda: sink.send(message()), lambda: sink.arrived(message()), sink.check):
        with pytest.raises(SinkError, match=r"sink bus \(kafka topic t\): _") as failure:
            use()
        assert failure.value.recoverable
        assert servers not in str(failure.value)


@pytest.mark.parametrize(
    "given",
    [
        {"username": "u", "password": "hunter2"},
        {"security": "SASL_SSL"},
        {"security": "SASL_SSL", "username": "u"},
        {"security": "SASL_SSL", "password": "hunter2"},
    ],
)
def test_a_login_is_whole_and_encrypted(given: dict[str, str]) -> None:
    base = {"type": "kafka", "name": "bus", "brokers": "b:9092", "topic": "t"}
    with pytest.raises(ValidationError, match="belong to `security: SASL_SSL`") as failure:
        KafkaConfig.model_validate({**base, **given})
    assert "hunter2" not in str(failure.value)


def test_a_login_reaches_the_client_and_no_repr() -> None:
    base = {"type": "kafka", "name": "bus", "brokers": "b:9092", "topic": "t"}
    login = {"security": "SASL_SSL", "username": "u", "password": "hunter2"}
    config = KafkaConfig.model_validate({**base, **login})
    assert config.client()["sasl.password"] == "hunter2"
    assert "hunter2" not in repr(config)
