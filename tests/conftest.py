"""What holds for every test."""

from hypothesis import HealthCheck, settings

# ruff: noqa: F401 - fixtures are found by their names
from tests.support.services.fixtures import (
    broker,
    elasticsearch,
    kafka,
    kafka_settings,
    topic_prefix,
)

settings.register_profile(
    # a shared machine may stall for a second: slowness is measured in tests/bench, not here
    "default",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("fuzz", settings.get_profile("default"), max_examples=20_000)
settings.load_profile("default")
