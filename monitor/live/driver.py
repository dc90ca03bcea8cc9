"""Faust's aiokafka driver, reading committed records only.

Faust 0.15 hard-codes read_uncommitted, so that records of a worker's aborted transaction would
count, unless its own `exactly_once` is on, which loses records. The level is an attribute of the
consumer's fetcher, which is made at its start: so it is set between making and starting it.
"""

# aiokafka is typed in part, and the isolation level is an attribute of its own:
# pyright: reportUnknownMemberType=false, reportPrivateUsage=false

from typing import Any

import faust
from aiokafka import AIOKafkaConsumer
from faust.transport.drivers import aiokafka as driver


class CommittedThread(driver.AIOKafkaConsumerThread):
    """The thread with the consumer in it."""

    def _create_worker_consumer(self, transport: driver.Transport) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"  # noqa: SLF001
        return consumer


class CommittedConsumer(driver.Consumer):
    """The side of the app."""

    thread_class: type[CommittedThread] = CommittedThread

    def _new_consumer_thread(self) -> CommittedThread:
        return self.thread_class(self, loop=self.loop, beacon=self.beacon)


class CommittedTransport(driver.Transport):
    """What an app connects by."""

    Consumer = CommittedConsumer


class CommittedApp(faust.App):
    """A Faust app that reads committed records only."""

    transport_class: type[CommittedTransport] = CommittedTransport
    unreadable = 0
    """Records of our topics that agents were not given, since they could not be read."""

    def _new_transport(self) -> Any:
        return self.transport_class(self.conf.broker_consumer, self)
