"""Messages with their receivers: what the tree of routes says at the moment of sending."""

from collections.abc import Iterable

import msgspec

from alerts.messages import Message, Receiver
from alerts.routing.region import OwnerOf
from alerts.routing.tree import RouteTree, Step
from alerts.sinks.base import Clock
from detectors.records import Alert


class Router:
    """Decides whom a message is told. Schedules go by the clock, not by event time: what is found
    late is told those who are on duty now."""

    def __init__(self, tree: RouteTree, owner_of: OwnerOf, clock: Clock) -> None:
        self._tree = tree
        self._owner_of = owner_of
        self._clock = clock

    def __call__(self, messages: Iterable[Message]) -> list[Message]:
        """The messages, each with its receivers."""
        return [
            msgspec.structs.replace(message, receivers=self._receivers(message.alert))
            for message in messages
        ]

    def _receivers(self, alert: Alert) -> tuple[Receiver, ...]:
        found = self._tree.receivers(alert, self._owner_of, self._clock.now())
        if alert.rule != "deliveries-dead":
            return found
        # whoever cannot be reached need not be told so; the others must be
        others = [Receiver(sink=sink) for sink in self._tree.sinks]
        for receivers in (found, others):
            if reachable := [one for one in receivers if one.sink not in alert.services]:
                return tuple(reachable)
        return found

    def explain(self, alert: Alert) -> list[Step]:
        """What becomes of an alert now, node by node."""
        return self._tree.explain(alert, self._owner_of, self._clock.now())
