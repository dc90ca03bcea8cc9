"""What people read."""

from datetime import datetime, timedelta, timezone
from typing import get_args

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from alerts.content import Composer, MessageSettings
from alerts.content.examples import EXAMPLE, grouped
from alerts.content.words import REPEAT, clean
from alerts.desk.grouping import Group
from alerts.desk.telling import SHOWN
from alerts.desk.telling import message as tell
from alerts.sinks import Message, Why
from detectors.records import HistoryEntry
from tests.support.messages import NOW, message


def render(message: Message) -> str:
    composer = Composer()
    return composer.text(composer.content(message))


def test_a_message_says_everything_an_on_call_engineer_needs() -> None:
    assert render(message()) == (
        "[HIGH] Unusual volume of user.contact.email to Stripe\n"
        "  why sent  the incident is new\n"
        "  how much  1,240 values in 310 events\n"
        "  subjects  about 290 people (between 280 and 300)\n"
        "  compared  1,240 values, usually 80 to 120\n"
        "  since     2026-03-02 08:00 UTC (last seen 2026-03-02 08:40 UTC)\n"
        "  to        stripe (api.stripe.com)\n"
        "  services  checkout, mailer\n"
        "  category  user.contact.email\n"
        "  fields    body>json:$.email\n"
        "  to do     Ask the owner of checkout whether a bulk export was planned.\n"
        "  query     subprocessor:stripe AND category:user.contact.email\n"
        "  alert     a1 (rule volume)\n"
    )


def test_a_possible_repeat_is_marked() -> None:
    assert REPEAT not in render(message())
    assert REPEAT in render(msgspec.structs.replace(message(), repeat=True))


def test_a_closed_incident_says_its_verdict() -> None:
    text = render(message(why="resolved", status="closed", verdict="expected"))
    assert "the incident was closed (expected)" in text


def test_what_is_unknown_has_no_line_and_what_is_exact_no_bound() -> None:
    unknown = render(message(subjects_estimate=0, services=(), reasons=(), destinations=()))
    assert "subjects" not in unknown
    assert "services" not in unknown
    assert "compared" not in unknown
    assert "to        stripe\n" in unknown
    exact = render(message(subjects_estimate=1, subjects_low=1, subjects_high=1))
    assert "subjects  1 person\n" in exact


def test_long_lists_are_cut_and_counted() -> None:
    text = render(message(services=tuple(f"s{n}" for n in range(8))))
    assert "services  s0, s1, s2, s3, s4 and 3 more\n" in text


def test_moments_are_in_utc() -> None:
    elsewhere = datetime(2026, 3, 2, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    assert "since     2026-03-01 23:30 UTC" in render(message(opened=elsewhere))


def test_a_name_cannot_steer_the_terminal() -> None:
    text = render(message(subprocessor="evil\x1b[2J\r\nfake line\u202e"))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\nfake line" not in text


@given(st.text(min_size=1).filter(str.strip))
def test_every_line_stays_one_line(name: str) -> None:
    text = render(message(title=name, remedy=name, services=(name,)))
    assert text.count("\n") == render(message(title="a", remedy="a", services=("a",))).count("\n")
    assert all(line.isprintable() for line in text.split("\n"))


def test_printable_text_of_any_script_is_left_alone() -> None:
    assert clean("Zoë Ωμέγα 東京") == "Zoë Ωμέγα 東京"


def test_every_reason_to_send_has_its_words() -> None:
    said = {render(message(why=why)).splitlines()[1] for why in get_args(Why)}
    assert len(said) == len(get_args(Why))


def test_a_fallback_says_whose_message_it_brings() -> None:
    text = render(msgspec.structs.replace(message(), instead_of="on-call"))
    assert "because the sink on-call could not deliver it" in text


def test_the_link_to_the_console_is_the_alerts_page() -> None:
    composer = Composer(MessageSettings(console_url="https://egresswatch.example.com/"))
    content = composer.content(message("a b"))
    assert content.console_url == "https://egresswatch.example.com/alerts/a%20b"


def test_names_of_the_traffic_cannot_flood_a_message() -> None:
    long = "x" * 100_000
    flood = message(
        title=long, subprocessor=long, services=(long,) * 50, fields=(long,) * 50, query=long
    )
    assert len(render(flood)) < 10_000


PLANTED = "jane.doe@example.com"


def test_notes_people_and_sketches_of_an_alert_are_not_told() -> None:
    entry = HistoryEntry(at=NOW, what="acknowledged", who=PLANTED, note=f"asked {PLANTED}")
    sketch = {"user.contact.email": PLANTED.encode()}
    told = message(history=(entry,), subjects=sketch, assignee=PLANTED)
    composer = Composer()
    content = composer.content(told)
    for text in (repr(content), composer.text(content), composer.html(content)):
        assert PLANTED not in text


def test_a_group_is_told_with_the_incidents_in_it() -> None:
    content = Composer().content(grouped())
    assert content.title == f"{EXAMPLE.title} and 1 more"
    assert content.why_sent == "the group has more incidents, or graver ones"
    assert content.group == f"{EXAMPLE.title} (high, open); {EXAMPLE.title} (low, open)"
    assert ("group", content.group) in content.facts
    assert Composer().content(message()).group == ""


def test_a_large_group_stays_within_a_line() -> None:
    many = [msgspec.structs.replace(EXAMPLE, id=f"a{n}", title="x" * 300) for n in range(500)]
    told = tell(Group("g", lead="a0"), "grew", many, NOW)
    assert (len(told.group), told.members) == (SHOWN, 500)
    content = Composer().content(told)
    assert len(content.group) <= 1000
    assert content.severity == "high"


def test_html_is_escaped() -> None:
    composer = Composer()
    content = composer.content(message(title="<script>alert(1)</script>", services=("<b>",)))
    html = composer.html(content)
    assert "<script>" not in html
    assert "&lt;b&gt;" in html
