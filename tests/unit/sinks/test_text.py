"""What people read."""

from datetime import datetime, timedelta, timezone

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from alerts.sinks.text import REPEAT, clean, lines, render
from tests.support.messages import message


def test_a_message_says_everything_an_on_call_engineer_needs() -> None:
    assert render(message()) == (
        "[HIGH] Unusual volume of user.contact.email to Stripe\n"
        "  why sent  the incident is new\n"
        "  how much  1,240 values in 310 events\n"
        "  subjects  about 290 people (between 280 and 300)\n"
        "  because   1,240 values, usually 80 to 120\n"
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
    assert "because" not in unknown
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


@given(st.text())
def test_every_line_stays_one_line(name: str) -> None:
    for line in lines(message(title=name, remedy=name, services=(name,))):
        assert line.isprintable()


def test_printable_text_of_any_script_is_left_alone() -> None:
    assert clean("Zoë Ωμέγα 東京") == "Zoë Ωμέγα 東京"
