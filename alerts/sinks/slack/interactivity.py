"""What Slack sends when somebody uses a message's buttons: checked, then an analyst's answer.

Pure: no request is believed unless it carries Slack's signature, is younger than five minutes, and
speaks of a block of ours.
"""

from datetime import datetime
from typing import Literal, NamedTuple, get_args
from urllib.parse import parse_qs

import msgspec
from slack_sdk.signature import Clock as SignatureClock
from slack_sdk.signature import SignatureVerifier

from alerts.sinks.slack.blocks import ACK, BLOCK, CLOSE
from detectors.records.alert import Verdict

TIMESTAMP, SIGNATURE = "x-slack-request-timestamp", "x-slack-signature"

_LONGEST_NAME = 100


class Answered(NamedTuple):
    """What somebody said by a button. `respond` is where Slack takes a word back, or empty;
    `subprocessor` is whom the alert is about, or empty where the message did not say."""

    action: Literal["acknowledge", "close"]
    alert: str
    verdict: Verdict | None
    who: str
    respond: str
    subprocessor: str = ""


class _Clock(SignatureClock):
    def __init__(self, now: datetime) -> None:
        self._now = now.timestamp()

    def now(self) -> float:
        return self._now


class _User(msgspec.Struct):
    id: str = ""
    username: str = ""


class _Option(msgspec.Struct):
    value: str = ""


class _Action(msgspec.Struct):
    action_id: str = ""
    block_id: str = ""
    selected_option: _Option | None = None


class _Payload(msgspec.Struct):
    type: str
    user: _User
    actions: tuple[_Action, ...] = ()
    response_url: str = ""


def is_from_slack(secret: str, timestamp: str, signature: str, body: bytes, now: datetime) -> bool:
    """Whether the request was signed with the app's secret, within five minutes of `now`."""
    verifier = SignatureVerifier(secret, clock=_Clock(now))
    try:
        return verifier.is_valid(body, timestamp, signature)
    except (ValueError, TypeError):  # a timestamp or a body that is no text
        return False


def answers_of(body: bytes) -> list[Answered]:
    """The answers in a request; ValueError for one that is not Slack's. A link that was followed
    is no answer, and neither is a verdict that we do not offer."""
    try:
        form = parse_qs(body.decode("ascii"), max_num_fields=10)
        payload = msgspec.json.decode(form["payload"][0], type=_Payload)
    except (KeyError, ValueError, msgspec.MsgspecError):
        raise ValueError("this is no interaction payload of Slack's") from None
    if payload.type != "block_actions":
        return []
    answers = [_answer(payload, action) for action in payload.actions]
    return [answer for answer in answers if answer is not None]


def _answer(payload: _Payload, action: _Action) -> Answered | None:
    alert, _, about = action.block_id.removeprefix(BLOCK).partition(":")
    if not action.block_id.startswith(BLOCK) or not alert:
        return None
    who = f"slack:{payload.user.username or payload.user.id}"[:_LONGEST_NAME]
    if action.action_id == ACK:
        return Answered("acknowledge", alert, None, who, payload.response_url, about)
    chosen = action.selected_option.value if action.selected_option else ""
    verdict = next((one for one in get_args(Verdict) if one == chosen), None)
    if action.action_id == CLOSE and verdict is not None:
        return Answered("close", alert, verdict, who, payload.response_url, about)
    return None
