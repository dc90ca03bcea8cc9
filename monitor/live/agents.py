"""What the live view takes from the topics: one agent a topic."""

# faust is typed in part:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from collections.abc import Callable
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from monitor.live.rereading import RereadingApp
from monitor.live.topics import RecordTopics
from monitor.live.view import LiveView


def add_agents(
    app: RereadingApp, topics: RecordTopics, view: LiveView, lock: Lock, read: Callable[[], None]
) -> None:
    """Hands every record to the view, once a partition and offset, and tells `read` of it. The
    lock is the view's: it is looked at on other threads."""

    def follow(topic: Any, take: Callable[[Any, datetime], None]) -> None:
        async def agent(stream: Any) -> None:
            async for event in stream.events():
                message = event.message
                if message.offset < app.positions.get(message.tp, 0):
                    continue
                with lock:
                    take(event.value, datetime.fromtimestamp(message.timestamp, UTC))
                app.positions[message.tp] = message.offset + 1
                read()

        app.agent(topic, name=f"live.{topic.get_topic_name()}")(agent)

    follow(topics.sums, lambda part, _: view.add_sum(part, app.clock.now()))
    follow(topics.findings, lambda finding, _: view.add_finding(finding, app.clock.now()))
    follow(topics.alerts, view.put_alert)
