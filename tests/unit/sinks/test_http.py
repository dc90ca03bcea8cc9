"""What answers mean, and what of a URL is shown."""

import ssl
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import certifi
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.sinks.http import (
    check_url,
    judge_answer,
    judge_failure,
    new_client,
    place,
    retry_after,
)
from tests.support.messages import NOW


@pytest.mark.parametrize(
    ("status", "recoverable", "in_doubt"),
    [
        (301, False, False),
        (400, False, False),
        (401, False, False),
        (404, False, False),
        (408, True, False),
        (410, False, False),
        (422, False, False),
        (425, True, False),
        (429, True, False),
        (500, True, True),
        (502, True, True),
        (503, True, True),
    ],
)
def test_statuses(status: int, recoverable: bool, in_doubt: bool) -> None:
    error = judge_answer("sink x", httpx.Response(status), NOW)
    assert (error.recoverable, error.in_doubt) == (recoverable, in_doubt)
    assert f"sink x: answered {status}" in str(error)


def test_a_permanent_refusal_says_what_to_do() -> None:
    assert "check the token" in str(judge_answer("s", httpx.Response(401), NOW))
    moved = httpx.Response(301, headers={"Location": "/secret"})
    assert str(judge_answer("s", moved, NOW)) == "s: answered 301: give the address it redirects to"


def test_the_wait_a_receiver_asks_for_is_passed_on() -> None:
    answer = httpx.Response(429, headers={"Retry-After": "17"})
    assert judge_answer("s", answer, NOW).retry_after == 17


def test_retry_after_as_seconds_or_date() -> None:
    assert retry_after(None, NOW) is None
    assert retry_after("120", NOW) == 120
    assert retry_after(format_datetime(NOW + timedelta(minutes=2), usegmt=True), NOW) == 120
    assert retry_after(format_datetime(NOW - timedelta(minutes=2), usegmt=True), NOW) == 0
    assert retry_after("Mon, 02 Mar 2026 09:00:30 -0000", NOW) == 30
    assert retry_after("soon", NOW) is None


@given(st.text() | st.from_regex(r"\A\d{1,30}\Z") | st.datetimes().map(format_datetime))
def test_no_retry_after_breaks_us(value: str) -> None:
    seconds = retry_after(value, NOW)
    assert seconds is None or seconds >= 0


@pytest.mark.parametrize(
    ("error", "recoverable", "in_doubt", "words"),
    [
        (httpx.ConnectError("refused"), True, False, "no connection (refused)"),
        (httpx.ConnectTimeout(""), True, False, "no connection (timed out)"),
        (httpx.ReadTimeout("secret"), True, True, "no answer in time"),
        (httpx.RemoteProtocolError("secret"), True, True, "connection lost (RemoteProtocolError)"),
        (OSError("secret"), True, True, "connection lost (OSError)"),
        (httpx.LocalProtocolError("secret"), False, False, "HTTP cannot carry"),
        (httpx.InvalidURL("secret"), False, False, "HTTP cannot carry"),
    ],
)
def test_failures(error: Exception, recoverable: bool, in_doubt: bool, words: str) -> None:
    judged = judge_failure("sink x", error)
    assert (judged.recoverable, judged.in_doubt) == (recoverable, in_doubt)
    assert words in str(judged)
    assert "secret" not in str(judged)


def test_only_scheme_host_and_port_are_shown() -> None:
    assert place("https://u:p@h.example:8443/path/token?x=1#y") == "https://h.example:8443"
    assert place("http://[::1]/x") == "http://[::1]"


@pytest.mark.parametrize(
    "url", ["", "h.example", "ftp://h.example", "http://", "http://h:x/", "http://h.example/ x"]
)
def test_what_is_no_web_address_is_refused_without_quoting_it(url: str) -> None:
    with pytest.raises(ValueError, match=r"^is not an address such as https"):
        check_url(url)


@pytest.mark.parametrize("ca_file", [None, Path(certifi.where())])
def test_certificates_and_host_names_are_verified(ca_file: Path | None) -> None:
    with new_client(1, 1, ca_file) as client:
        inner: Any = client
        context: ssl.SSLContext = inner._transport._pool._ssl_context
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
