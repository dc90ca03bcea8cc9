"""The JSON body of a message: our own, stable form, for programs."""

from functools import cache
from importlib.metadata import version

import msgspec

from alerts.sinks.base import Message

_encoder = msgspec.json.Encoder()


def slim(message: Message) -> Message:
    """The message as it leaves the state: without the alert's binary sketch (its reading stays),
    and without people and notes (its history's, whose it is): free text that may name somebody."""
    alert = message.alert
    history = tuple(
        msgspec.structs.replace(entry, who="", note="") if entry.who or entry.note else entry
        for entry in alert.history
    )
    return msgspec.structs.replace(
        message, alert=msgspec.structs.replace(alert, subjects={}, history=history, assignee="")
    )


def body(message: Message) -> bytes:
    """The message as one line of JSON without a newline; the member `id` comes first."""
    return _encoder.encode(slim(message))


def id_prefix(message_id: str) -> bytes:
    """How the body of the message with this id begins."""
    return b'{"id":' + _encoder.encode(message_id) + b","


@cache
def product_version() -> str:
    """Ours; read once, since looking it up costs more than a message."""
    return version("egresswatch")
