"""Reading the last hour again at every start, in place of offsets and changelogs.

The topics hold the last hour already. So the view has no state of its own to restore, and nothing
to commit: no changelog topic, no store on disk, no restore that can fail half way. Where a
partition was read up to is kept here, so that a rebalance neither loses nor doubles a record.
"""

# aiokafka is typed in part; a partition's state is not public, and Faust reads it the same way:
# pyright: reportUnknownMemberType=false, reportPrivateUsage=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from faust.types import TP

from detectors.windows import HOUR
from monitor.clock import Clock
from monitor.live.driver import CommittedApp, CommittedConsumer, CommittedThread, CommittedTransport
from monitor.live.freshness import Reach

AGAIN = HOUR + timedelta(minutes=5)
"""How far back a start reads, by the time of writing: a sender's clock may be ahead."""


class RereadingThread(CommittedThread):
    """Begins an hour ago, or where this process came to; commits nothing."""

    async def seek_to_committed(self) -> Mapping[TP, int]:
        return await self.call_thread(self._seek_to_starts)

    async def commit(self, offsets: Mapping[TP, int]) -> bool:
        return True

    async def _seek_to_starts(self) -> Mapping[TP, int]:
        consumer = self._ensure_consumer()
        known = self._rereading.positions
        starts = {place: known[place] for place in self.assignment() if place in known}
        starts.update(await self._an_hour_ago(self.assignment() - starts.keys()))
        for place, offset in starts.items():
            consumer.seek(place, offset)
        return starts

    async def _an_hour_ago(self, places: Any) -> dict[TP, int]:
        """By partition, the first record of the last hour, or the end where there is none."""
        consumer, since = self._ensure_consumer(), self._rereading.clock.now() - AGAIN
        found = await consumer.offsets_for_times(
            dict.fromkeys(places, int(since.timestamp() * 1000))
        )
        ends = await consumer.end_offsets(list(places))
        return {place: one.offset if one else ends[place] for place, one in found.items()}

    def states(self) -> Mapping[TP, Any]:
        """By partition, the consumer's state; empty before there is an assignment."""
        subscription = self._ensure_consumer()._subscription.subscription  # noqa: SLF001
        assignment = subscription.assignment if subscription else None
        if assignment is None:
            return {}
        return {TP(*place): assignment.state_value(place) for place in assignment.tps}

    @property
    def _rereading(self) -> "RereadingApp":
        return cast("RereadingApp", self.app)


class RereadingConsumer(CommittedConsumer):
    thread_class = RereadingThread

    def states(self) -> Mapping[TP, Any]:
        """By partition, the consumer's state; empty before there is an assignment."""
        return cast("RereadingThread", self._thread).states()


class RereadingTransport(CommittedTransport):
    Consumer = RereadingConsumer


class RereadingApp(CommittedApp):
    """An app whose agents keep `positions`: by partition, the offset of the next record."""

    transport_class = RereadingTransport

    def __init__(self, *args: Any, clock: Clock, **more: Any) -> None:
        super().__init__(*args, **more)
        self.clock = clock
        self.positions: dict[TP, int] = {}

    def _create_directories(self) -> None:
        """There is nothing to keep on disk."""

    def reach(self) -> dict[TP, Reach]:
        """How far each partition was read, as far as the broker has answered for it."""
        states = cast("RereadingConsumer", self.consumer).states()
        taken = {
            place: state.position for place, state in states.items() if state.has_valid_position
        }
        for message in list(self.consumer.unacked):
            taken[message.tp] = min(message.offset, taken.get(message.tp, message.offset))
        return {
            place: Reach(_moment(state.timestamp), state.lso, taken[place])
            for place, state in states.items()
            if state.timestamp is not None and state.lso is not None and place in taken
        }


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
