"""What programs read."""

import msgspec

from alerts.sinks import Message
from alerts.sinks.payload import body, id_prefix
from tests.support.messages import message


def test_the_body_is_our_stable_json() -> None:
    content = msgspec.json.decode(body(message()))
    names = ["id", "why", "alert", "decided", "repeat", "instead_of", "route", "group", "members"]
    assert list(content) == names
    assert content["why"] == "first"
    assert content["repeat"] is False
    assert content["alert"]["event.id"] == "a1"
    assert content["alert"]["egresswatch.subjects.estimate"] == 290


def test_the_binary_sketch_stays_at_home() -> None:
    assert "egresswatch.subjects" not in msgspec.json.decode(body(message()))["alert"]


def test_a_body_reads_back_as_the_message() -> None:
    read = msgspec.json.decode(body(message(subjects={})), type=Message)
    assert read == message(subjects={})


def test_the_id_is_found_at_the_start() -> None:
    assert body(message()).startswith(id_prefix(message().id))
    assert not body(message()).startswith(id_prefix(message().id[:-1]))
