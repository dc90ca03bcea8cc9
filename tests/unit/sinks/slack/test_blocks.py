"""Block Kit: Slack's published limits hold for every alert, and nobody is pinged by a name."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from alerts.content import Composer, MessageSettings
from alerts.sinks import Message
from alerts.sinks.slack.blocks import Block, blocks, escape, reply
from tests.support.messages import message
from tests.support.slack_api import block_problem

COMPOSER = Composer(MessageSettings(console_url="https://egresswatch.example.com"))
LONG = st.text(st.characters(codec="utf-8"), max_size=30).map(lambda text: text * 400) | st.just(
    "<&>`" * 2000
)


def made(told: Message, *, buttons: bool = True) -> list[Block]:
    content = COMPOSER.content(told)
    return blocks(COMPOSER.title(content, 150), content, buttons=buttons)


@given(text=LONG, count=st.integers(0, 60))
def test_no_alert_breaks_a_limit(text: str, count: int) -> None:
    names = (text,) * count
    told = message(
        title=text or "x",
        subprocessor=text,
        services=names,
        categories=names,
        fields=names,
        destinations=names,
        remedy=text or "x",
        query=text,
    )
    assert block_problem(made(told)) == ""
    assert block_problem(reply(COMPOSER.content(told))) == ""


@given(st.text(alphabet="&<>ab", max_size=300), st.integers(5, 100))
def test_escaped_text_fits_and_holds_no_control_sequence(text: str, longest: int) -> None:
    cut = escape(text, longest)
    assert len(cut) <= max(longest, 5)
    assert "<" not in cut
    assert ">" not in cut


def test_a_name_from_the_traffic_pings_nobody_and_links_nowhere() -> None:
    told = message(services=("<!channel>", "<@U1>", "<https://evil.example|click>"))
    text = msgspec.json.encode(made(told)).decode()
    assert "<!channel>" not in text
    assert "<@U1>" not in text
    assert "<https" not in text


def elements(told: Message, *, buttons: bool = True) -> list[str]:
    found = [block for block in made(told, buttons=buttons) if block["type"] == "actions"]
    return [element["action_id"] for block in found for element in block["elements"]]


def test_the_buttons_are_those_that_can_still_be_used() -> None:
    link = ["egresswatch_console"]
    assert elements(message()) == ["egresswatch_ack", "egresswatch_close", *link]
    assert elements(message(status="acknowledged")) == ["egresswatch_close", *link]
    assert elements(message(status="closed", verdict="expected")) == link
    assert elements(message(), buttons=False) == link
