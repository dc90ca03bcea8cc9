"""A table's restore that fails is told."""

import asyncio
from typing import Any

import pytest

from monitor.kafka.settings import KafkaSettings
from monitor.live.app import build_app
from monitor.live.driver import CommittedApp
from monitor.live.recovery import RecoveryError, StrictRecovery


async def wait_for_nothing(*, stopped: bool) -> None:
    app = build_app(CommittedApp, KafkaSettings(bootstrap="127.0.0.1:9092"), "test")
    recovery: Any = app.tables.recovery
    assert isinstance(recovery, StrictRecovery)
    if stopped:
        await recovery.stop()
    await recovery._wait(asyncio.Event().wait(), timeout=0.01)


def test_a_call_that_times_out_ends_the_app() -> None:
    with pytest.raises(RecoveryError, match="start the job again"):
        asyncio.run(wait_for_nothing(stopped=False))


def test_a_stop_is_no_failure() -> None:
    from faust.tables.recovery import ServiceStopped

    with pytest.raises(ServiceStopped):
        asyncio.run(wait_for_nothing(stopped=True))
