"""Whether a channel is heard at all: a feed that is away says nothing of anybody."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import msgspec

from detectors.records import PartialSum
from detectors.records.flow import Channel
from detectors.windows import MINUTE

LONG: Final = 3.0
"""Times the longest silence lately: then the feed was away."""
GROWS: Final = 3.0
"""What is longest grows by so much at most: one outage is not how long silences are."""
LEAST: Final = timedelta(minutes=10)
FADES: Final = 0.9995
"""By each minute with events."""

Whose = tuple[str, str]
"""(sub-processor, service)."""


class Heard(msgspec.Struct):
    """The newest minute of a channel, of whom, and the newest one of anybody else."""

    newest: datetime | None = None
    whose: Whose = ("", "")
    others: datetime | None = None
    longest: float = 1.0
    """Minutes of the longest silence of everybody lately; it fades."""
    hole: datetime | None = None
    """When the last silence of everybody ended that was far longer."""

    def note(self, minute: datetime, whose: Whose) -> None:
        if self.newest is not None and minute > self.newest:
            if self.is_away(minute):
                self.hole = minute
            silence = min((minute - self.newest) / MINUTE, GROWS * self.longest)
            self.longest = max(self.longest * FADES, silence)
        if whose != self.whose:
            self.others = self.newest
            self.whose = whose
        self.newest = minute

    def is_away(self, now: datetime) -> bool:
        """Whether nobody has been heard for far longer than usual."""
        silence = now - self.newest if self.newest is not None else timedelta()
        return silence > max(LEAST, LONG * self.longest * MINUTE)

    def besides(self, whose: Whose) -> datetime | None:
        """When somebody else was heard last; None: never."""
        return self.others if whose == self.whose else self.newest


class Feeds(msgspec.Struct):
    """Both channels."""

    channels: dict[Channel, Heard] = {}

    def take(self, minute: datetime, parts: Iterable[PartialSum]) -> None:
        """The sums of a minute, of all keys."""
        for part in parts:
            heard = self.channels.get(part.channel)
            if heard is None:
                heard = self.channels[part.channel] = Heard()
            if heard.others != minute:
                heard.note(minute, (part.subprocessor, part.service))

    def are_heard(self, channel: Channel, besides: Whose, since: datetime) -> bool:
        """Whether somebody else has had events of a channel since, or nobody else ever has any. A
        channel that is not fed at all, which nobody ever had events of, is not heard."""
        if channel not in self.channels:
            return False
        heard = self.channels[channel].besides(besides)
        return heard is None or heard >= since

    def were_away(self, channel: Channel, since: datetime, now: datetime) -> bool:
        """Whether everybody's events of a channel were away for a while since a moment. Of a
        channel with one service only nobody can say."""
        heard = self.channels.get(channel, Heard())
        if heard.others is None:
            return False
        return heard.is_away(now) or (heard.hole is not None and heard.hole >= since)
