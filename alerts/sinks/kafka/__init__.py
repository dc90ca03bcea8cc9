"""A Kafka topic, for other programs to take up."""

from alerts.sinks.kafka.config import KafkaConfig

__all__ = ["KafkaConfig"]
