"""A Slack incoming webhook: the simple form, which posts and knows nothing of what it posted."""

import msgspec

from alerts.messages import Message
from alerts.sinks.http import judge_answer
from alerts.sinks.shared import BaseSink, Tools
from alerts.sinks.slack.blocks import HEADER, blocks, notification
from alerts.sinks.slack.config import SlackConfig
from alerts.sinks.web import HttpChannel


class SlackHookSink(BaseSink):
    """Guarantee: at least once; a possible repeat is marked."""

    def __init__(self, config: SlackConfig, tools: Tools) -> None:
        super().__init__(config, tools, 1.0)
        self._config = config
        self._channel = HttpChannel(config, tools.clock)

    def send(self, message: Message) -> None:
        url = self._config.address("url") or ""
        headers = {"Content-Type": "application/json"}
        answer = self._channel.request("POST", url, headers, self._body(message))
        if not answer.head.is_success:
            raise judge_answer(self._channel.label(url), answer.head, self.clock.now())

    def preview(self, message: Message) -> str:
        return msgspec.json.format(self._body(message), indent=2).decode()

    def close(self) -> None:
        self._channel.close()

    def _body(self, message: Message) -> bytes:
        content = self.composer.content(message)
        title = self.composer.title(content, HEADER)
        return msgspec.json.encode(
            {"text": notification(title), "blocks": blocks(title, content, buttons=False)}
        )
