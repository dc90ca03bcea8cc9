"""Syslog to a real receiver on the loopback, and CEF as a SIEM reads it."""

import re
from collections.abc import Callable
from typing import Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.content import Composer
from alerts.sinks import SinkError
from alerts.sinks.cef import cef
from alerts.sinks.syslog import SyslogConfig, SyslogSink
from tests.support.api import CA
from tests.support.messages import NOW, message, tools
from tests.support.syslog import collecting

pytestmark = pytest.mark.enable_socket


def syslog(**config: Any) -> SyslogSink:
    given = {"type": "syslog", "name": "siem", "host": "127.0.0.1", "ca_file": CA, **config}
    return SyslogConfig.model_validate(given).build(tools())


def extension(line: str) -> dict[str, str]:
    """The fields of a CEF message as a parser finds them."""
    _, *_, text = re.split(r"(?<!\\)\|", line, maxsplit=7)
    pairs = re.findall(r"(\w+)=((?:\\.|[^\\=])*)(?= \w+=|$)", text)
    return {name: re.sub(r"\\(.)", r"\1", value) for name, value in pairs}


@pytest.mark.parametrize("protocol", ["udp", "tcp", "tls"])
def test_a_message_is_one_line_of_rfc_5424(protocol: Literal["udp", "tcp", "tls"]) -> None:
    with collecting(protocol) as collector:
        sink = syslog(protocol=protocol, port=collector.port, hostname="watch.example.com")
        sink.send(message())
        sink.send(message(why="resolved", severity="critical", status="closed"))
        first, second = collector.wait(2)
    assert first.priority == 20 * 8 + 3
    assert second.priority == 20 * 8 + 2
    assert (first.time, first.host) == ("2026-03-02T09:00:00Z", "watch.example.com")
    assert (first.app, first.kind, second.kind) == ("egresswatch", "first", "resolved")
    assert first.message.startswith("CEF:0|Egresswatch|Egresswatch|")


def test_cef_says_the_facts_under_the_names_of_its_dictionary() -> None:
    line = cef(message(), Composer().content(message()), 8192).decode()
    assert re.match(
        r"CEF:0\|Egresswatch\|Egresswatch\|[^|]+\|volume\|Unusual volume [^|]+\|8\|", line
    )
    fields = extension(line)
    assert fields["externalId"] == "a1"
    assert fields["act"] == "first"
    assert fields["rt"] == str(int(NOW.timestamp() * 1000))
    assert fields["dhost"] == "api.stripe.com"
    assert (fields["cs1Label"], fields["cs1"]) == ("subprocessor", "stripe")
    assert (fields["cn1Label"], fields["cn1"]) == ("subjectsEstimate", "290")
    assert fields["msg"] == "1,240 values, usually 80 to 120"


@given(
    text=st.text(min_size=1, max_size=20).map(lambda t: t * 100)
    | st.sampled_from(["a=b|c\\d", "x\n<1>1 forged", "=" * 3000]),
    largest=st.integers(700, 8192),
)
def test_no_name_breaks_the_format_or_the_bound(text: str, largest: int) -> None:
    told = message(title=text, subprocessor=text, services=(text,), fields=(text,))
    line = cef(told, Composer().content(told), max(largest, 2 * len(text.encode())))
    assert len(line) <= max(largest, 2 * len(text.encode()))
    assert b"\n" not in line
    assert extension(line.decode())["externalId"] == "a1"


def test_values_with_the_formats_own_characters_read_back() -> None:
    odd = r"a=b\c"
    fields = extension(
        cef(message(subprocessor=odd), Composer().content(message(subprocessor=odd)), 8192).decode()
    )
    assert fields["cs1"] == odd


def test_a_datagram_stays_within_what_receivers_take() -> None:
    names = tuple(f"{n}" * 200 for n in range(9))
    told = message(services=names, fields=names, categories=names, destinations=names)
    assert len(syslog(protocol="udp").preview(told).encode()) <= 2048
    assert len(syslog(protocol="tcp").preview(told).encode()) > 2048


def test_ocsf_is_the_other_form() -> None:
    line = syslog(format="ocsf").preview(message())
    assert msgspec.json.decode(line.partition(" - {")[2].join(["{", ""]))["class_uid"] == 2006


def test_a_receiver_that_dies_with_the_message_unread_leaves_a_doubt() -> None:
    with collecting("tcp") as collector:
        collector.reset = True
        sink = syslog(protocol="tcp", port=collector.port)
        with pytest.raises(SinkError, match="connection lost") as failure:
            sink.send(message())
    assert failure.value.recoverable
    assert failure.value.in_doubt


def test_nothing_is_sent_to_a_stranger() -> None:
    with collecting("tls") as collector:
        sink = syslog(protocol="tls", port=collector.port, ca_file=None)
        for use in (lambda: sink.send(message()), sink.check):
            with pytest.raises(SinkError, match="no TLS connection") as failure:
                use()
            assert not failure.value.in_doubt
        assert not collector.lines


def uses(sink: SyslogSink) -> tuple[Callable[[], object], ...]:
    return (lambda: sink.send(message()), sink.check)


def test_where_nobody_listens_nothing_has_arrived() -> None:
    with collecting("tcp") as gone:
        port = gone.port
    for use in uses(syslog(protocol="tcp", port=port)):
        with pytest.raises(SinkError, match=r"no connection \(ConnectionRefusedError\)") as failure:
            use()
        assert not failure.value.in_doubt


def test_a_name_that_does_not_resolve_is_told() -> None:
    for use in uses(syslog(protocol="udp", host="no.such.host.invalid")):
        with pytest.raises(SinkError, match="host: the name does not resolve"):
            use()


def test_a_check_says_how_far_it_goes() -> None:
    assert "UDP does not tell" in syslog(protocol="udp").check()
    with collecting("tls") as collector:
        assert "takes connections" in syslog(protocol="tls", port=collector.port).check()
        assert not collector.lines
