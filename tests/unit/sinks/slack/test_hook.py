"""Slack's incoming webhooks."""

import pytest

from alerts.sinks import SinkError
from alerts.sinks.slack import SlackConfig
from tests.support.messages import message, tools
from tests.support.receiver import receiving, refuse
from tests.support.slack_api import block_problem

pytestmark = pytest.mark.enable_socket


def test_it_posts_blocks_without_buttons_and_knows_a_revoked_address() -> None:
    with receiving() as receiver:
        receiver.key = "content-type"
        config = {"type": "slack", "name": "team", "url": f"{receiver.url}/s3cr3t"}
        sink = SlackConfig.model_validate(config).build(tools())
        sink.send(message())
        sent = receiver.requests[0].json
        assert sent["text"].startswith("[HIGH] ")
        assert block_problem(sent["blocks"]) == ""
        assert all(block["type"] != "actions" for block in sent["blocks"])
        receiver.script([refuse(410)])
        with pytest.raises(SinkError, match="the hook has been revoked") as failure:
            sink.send(message())
        assert not failure.value.recoverable
        assert "s3cr3t" not in str(failure.value)
        assert sink.arrived(message()) is None
        sink.close()
