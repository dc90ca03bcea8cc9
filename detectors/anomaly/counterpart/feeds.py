"""Whether a channel is heard at all: a feed that is away says nothing of anybody."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from detectors.records import PartialSum
from detectors.records.flow import Channel

Whose = tuple[str, str]
"""(sub-processor, service)."""


class Heard(msgspec.Struct):
    """The newest minute of a channel, of whom, and the newest one of anybody else."""

    newest: datetime | None = None
    whose: Whose = ("", "")
    others: datetime | None = None

    def note(self, minute: datetime, whose: Whose) -> None:
        if whose != self.whose:
            self.others = self.newest
            self.whose = whose
        self.newest = minute

    def besides(self, whose: Whose) -> datetime | None:
        """When somebody else was heard last; None: never."""
        return self.others if whose == self.whose else self.newest


class Feeds(msgspec.Struct):
    """Both channels."""

    channels: dict[Channel, Heard] = {}

    def take(self, minute: datetime, parts: Iterable[PartialSum]) -> None:
        """The sums of a minute, of all keys."""
        for part in parts:
            heard = self.channels.setdefault(part.channel, Heard())
            if heard.others != minute:
                heard.note(minute, (part.subprocessor, part.service))

    def are_heard(self, channel: Channel, besides: Whose, since: datetime) -> bool:
        """Whether somebody else has had events of a channel since, or nobody else ever has any."""
        heard = self.channels.get(channel, Heard()).besides(besides)
        return heard is None or heard >= since
