"""A Slack app with a bot token: one message an incident, its changes in a thread below it."""

from datetime import timedelta

import msgspec

from alerts.messages import Message
from alerts.sinks.shared import BaseSink, Tools
from alerts.sinks.slack.blocks import HEADER, blocks, notification, reply
from alerts.sinks.slack.channel import Channel, Root, metadata
from alerts.sinks.slack.client import SlackApi, SlackRefusedError
from alerts.sinks.slack.config import SlackConfig

LEAST_INTERVAL = 1.2
"""Seconds: one message a second a channel, and fifty updates a minute."""

_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})


class SlackAppSink(BaseSink):
    """Guarantee: exactly once. Every message carries its id in its metadata, and the channel's
    history says what has arrived. Of an update and its reply in the thread, the reply comes last:
    it is what counts, and an update made twice is still one.
    """

    def __init__(self, config: SlackConfig, tools: Tools) -> None:
        super().__init__(config, tools, LEAST_INTERVAL)
        self._api = SlackApi(config)
        self._id = config.channel or ""
        self._channel = Channel(self._api, self._id, timedelta(days=config.history_days))
        self._buttons = config.has_buttons

    def send(self, message: Message) -> None:
        root = None
        if message.why != "first" or message.instead_of:
            root = self._channel.root(message.alert.id, self.clock.now())
        if root is None or not self._update(message, root):
            self._post(message)
        else:
            self._reply(message, root)

    def arrived(self, message: Message) -> bool | None:
        return self._channel.holds(message, self.clock.now())

    def preview(self, message: Message) -> str:
        title, content = self._title(message), self.composer.content(message)
        shown = {
            "channel": self._id,
            "text": notification(title),
            "blocks": blocks(title, content, buttons=self._buttons),
            "metadata": metadata(message),
        }
        return msgspec.json.format(msgspec.json.encode(shown), indent=2).decode()

    def check(self) -> str:
        self._api.call(lambda client: client.auth_test())
        self._api.call(lambda client: client.conversations_info(channel=self._id))
        self._api.call(lambda client: client.conversations_history(channel=self._id, limit=1))
        return "the token is valid, and the channel can be read"

    def _post(self, message: Message) -> None:
        title, content = self._title(message), self.composer.content(message)
        posted = self._api.call(
            lambda client: client.chat_postMessage(
                channel=self._id,
                text=notification(title),
                blocks=blocks(title, content, buttons=self._buttons),
                metadata=metadata(message),
                unfurl_links=False,
                unfurl_media=False,
            )
        )
        self._channel.remember(message.alert.id, Root(posted["ts"], message.id))

    def _update(self, message: Message, root: Root) -> bool:
        """Brings the incident's message up to date; False where it can no longer be."""
        title, content = self._title(message), self.composer.content(message)
        of_root = msgspec.structs.replace(message, id=root.message)
        try:
            self._api.call(
                lambda client: client.chat_update(
                    channel=self._id,
                    ts=root.ts,
                    text=notification(title),
                    blocks=blocks(title, content, buttons=self._buttons),
                    metadata=metadata(of_root),
                )
            )
        except SlackRefusedError as error:
            if error.code not in _GONE:
                raise
            self._channel.forget(message.alert.id)
            return False
        return True

    def _reply(self, message: Message, root: Root) -> None:
        content = self.composer.content(message)
        self._api.call(
            lambda client: client.chat_postMessage(
                channel=self._id,
                thread_ts=root.ts,
                text=notification(content.why_sent),
                blocks=reply(content),
                metadata=metadata(message),
                reply_broadcast=message.why in {"reopened", "grew", "repeat"},
            )
        )

    def _title(self, message: Message) -> str:
        return self.composer.title(self.composer.content(message), HEADER)
