"""What of a Slack configuration is refused at load."""

from typing import Any

import pytest
from pydantic import ValidationError

from alerts.sinks.config import BaseSinkConfig
from alerts.sinks.slack import SlackConfig

HOOK = "https://hooks.slack.example/services/hunter2-s3cr3t"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "token or token_file or url or url_file is missing"),
        ({"token": "hunter2-s3cr3t", "url": HOOK}, "token and url: give one of them"),
        ({"token": "hunter2-s3cr3t"}, "channel is missing: give the channel's ID"),
        ({"token": "hunter2-s3cr3t", "channel": "#alerts"}, "channel"),
        ({"url": HOOK, "channel": "C0123456789"}, "belong to an app with a token"),
        ({"url": HOOK, "signing_secret": "hunter2-s3cr3t"}, "belong to an app with a token"),
        ({"url": "hunter2-s3cr3t"}, "is not an address"),
        ({"url": HOOK, "api_url": "slack.com"}, "is not an address"),
    ],
)
def test_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words) as failure:
        SlackConfig.model_validate({"type": "slack", "name": "team", **given})
    assert "hunter2" not in str(failure.value)


def test_a_webhook_needs_no_client_of_slacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SlackConfig, "extra", ("no_such_package", "slack"))
    assert SlackConfig.model_validate({"type": "slack", "name": "team", "url": HOOK}).name
    app = {"type": "slack", "name": "team", "token": "x", "channel": "C0123456789"}
    with pytest.raises(ValidationError, match=r"pip install 'egresswatch\[slack\]'"):
        SlackConfig.model_validate(app)


def test_a_missing_extra_is_named_with_the_command_that_brings_it() -> None:
    class OfTomorrow(BaseSinkConfig):
        extra = ("no_such_package", "tomorrow")

    with pytest.raises(ValidationError, match=r"pip install 'egresswatch\[tomorrow\]'"):
        OfTomorrow(name="x")
