"""Mail through a real SMTP server on the loopback."""

from collections.abc import Callable, Generator
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from alerts.content import Composer
from alerts.sinks import SinkError, Why
from alerts.sinks.mail import MailConfig
from alerts.sinks.mail.letter import letter
from alerts.sinks.mail.sink import MailSink
from tests.support.api import CA
from tests.support.messages import NOW, message, tools
from tests.support.smtp import NOBODY, PASSWORD, USER, Mailbox, mail_server

pytestmark = pytest.mark.enable_socket

Make = Callable[..., MailSink]
ADDRESSES = {"sender": "egresswatch@example.com", "recipients": ["privacy@example.com"]}


@pytest.fixture
def mailbox() -> Generator[Mailbox]:
    with mail_server() as running:
        yield running


@pytest.fixture
def make(mailbox: Mailbox) -> Make:
    def make(**changes: Any) -> MailSink:
        given = {
            "type": "mail",
            "name": "mail",
            "host": "127.0.0.1",
            "port": mailbox.port,
            "username": USER,
            "password": PASSWORD,
            "ca_file": CA,
            **ADDRESSES,
            **changes,
        }
        sink = MailConfig.model_validate(given).build(tools())
        assert isinstance(sink, MailSink)
        return sink

    return make


def test_a_mail_has_a_text_and_an_html_part_and_comes_from_a_machine(
    mailbox: Mailbox, make: Make
) -> None:
    make().send(message())
    (mail,) = mailbox.mails
    assert mail["Subject"] == "[HIGH] Unusual volume of user.contact.email to Stripe"
    assert (mail["From"], mail["To"]) == (ADDRESSES["sender"], "privacy@example.com")
    assert mail["Date"].datetime == NOW
    assert mail["Importance"] == "high"
    assert mail["Auto-Submitted"] == "auto-generated"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "subjects  about 290 people (between 280 and 300)" in text.get_content()
    assert "<td" in html.get_content()


def test_an_incident_is_one_thread(mailbox: Mailbox, make: Make) -> None:
    sink = make()
    sink.send(message())
    sink.send(message(why="grew"))
    sink.send(message(why="resolved", status="closed"))
    first, *others = mailbox.mails
    assert first["Message-ID"] == "<a1@example.com>"
    assert first["In-Reply-To"] is None
    for mail in others:
        assert mail["In-Reply-To"] == mail["References"] == first["Message-ID"]
    ids = [mail["Message-ID"] for mail in mailbox.mails]
    assert len(set(ids)) == 3
    assert ids[1] == f"<{message(why='grew').id}@example.com>"


def test_a_repeat_has_the_id_of_the_first_attempt(mailbox: Mailbox, make: Make) -> None:
    sink = make()
    for why in get_args(Why):
        sink.send(message(why=why))
        sink.send(message(why=why))
    ids = [mail["Message-ID"] for mail in mailbox.mails]
    assert ids[::2] == ids[1::2]
    assert len(set(ids)) == len(get_args(Why))


def test_implicit_tls_and_no_tls_work_where_they_are_asked_for(make: Make) -> None:
    with mail_server(tls="tls") as box:
        make(security="tls", port=box.port).send(message())
        assert len(box.mails) == 1
    with mail_server(tls="none") as box:
        plain = make(security="none", port=box.port, username=None, password=None, ca_file=None)
        plain.send(message())
        assert len(box.mails) == 1


def test_starttls_is_never_skipped(make: Make) -> None:
    with mail_server(tls="none") as box:
        with pytest.raises(SinkError, match="offers no STARTTLS") as failure:
            make(port=box.port).send(message())
        assert not failure.value.recoverable
        assert not box.mails


def test_nothing_is_sent_to_a_stranger(mailbox: Mailbox, make: Make) -> None:
    with pytest.raises(SinkError, match=r"no connection \(SSLCertVerificationError") as failure:
        make(ca_file=None).send(message())
    assert not failure.value.in_doubt
    assert not mailbox.mails


def test_a_wrong_password_is_told_without_it(make: Make) -> None:
    sink = make(password="wr0ng-s3cr3t")
    for use in (lambda: sink.send(message()), sink.check):
        with pytest.raises(SinkError, match="answered 535: check username and") as failure:
            use()
        assert not failure.value.recoverable
        assert "wr0ng" not in repr(failure.value)


@pytest.mark.parametrize(
    ("spoilt", "recoverable", "in_doubt", "words"),
    [
        ("busy", True, False, "answered 451"),
        ("refuse", False, False, "answered 554: the server does not take mail"),
        ("drop before", True, True, "connection lost"),
        ("drop after", True, True, "connection lost"),
    ],
)
def test_what_a_servers_answer_means(
    mailbox: Mailbox, make: Make, spoilt: Any, recoverable: bool, in_doubt: bool, words: str
) -> None:
    mailbox.spoilt.append(spoilt)
    with pytest.raises(SinkError, match=words) as failure:
        make().send(message())
    assert (failure.value.recoverable, failure.value.in_doubt) == (recoverable, in_doubt)
    assert len(mailbox.mails) == (spoilt == "drop after")


def test_a_recipient_who_is_refused_is_not_passed_over_in_silence(
    mailbox: Mailbox, make: Make
) -> None:
    with pytest.raises(SinkError, match="1 of 2 recipients were refused; the others") as failure:
        make(recipients=["privacy@example.com", NOBODY]).send(message())
    assert not failure.value.recoverable
    assert NOBODY not in str(failure.value)
    assert len(mailbox.mails) == 1
    for use in (lambda: make(recipients=[NOBODY]).send(message()), make(recipients=[NOBODY]).check):
        with pytest.raises(SinkError, match="answered 550"):
            use()


def test_where_nobody_listens_nothing_has_arrived(make: Make) -> None:
    with mail_server() as gone:
        port = gone.port
    with pytest.raises(SinkError, match="no connection") as failure:
        make(port=port).send(message())
    assert failure.value.recoverable
    assert not failure.value.in_doubt


def test_a_check_sends_no_mail(mailbox: Mailbox, make: Make) -> None:
    assert "takes mail" in make().check()
    assert not mailbox.mails


@given(st.text(max_size=200))
def test_no_name_adds_a_header_or_breaks_a_mail(text: str) -> None:
    told = message(title=text or "x", subprocessor=text, services=(text,))
    mail = letter(told, Composer(), "a@example.com", ["b@example.com"])
    plain = letter(message(), Composer(), "a@example.com", ["b@example.com"])
    assert mail.keys() == plain.keys()
    assert bytes(mail)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"username": "x"}, "username and password go together"),
        ({"password": "hunter2"}, "username and password go together"),
        (
            {"username": "x", "password": "hunter2", "security": "none"},
            "a password is not sent in clear text",
        ),
        ({"recipients": []}, "recipients"),
        ({"sender": "Egresswatch <a@b.example>"}, "sender"),
    ],
)
def test_refused_configurations(changes: dict[str, Any], words: str) -> None:
    given = {"type": "mail", "name": "mail", "host": "smtp.example.com", **ADDRESSES, **changes}
    with pytest.raises(ValidationError, match=words) as failure:
        MailConfig.model_validate(given)
    assert "hunter2" not in str(failure.value)
