"""JSON whose end is missing, because the capture was cut: what is there, as leaves."""

from typing import Any, Protocol, cast

import ijson
from ijson.common import ObjectBuilder

from detectors.decode.jsonbody import OPENING
from detectors.decode.text import add_text, to_text
from detectors.decode.work import Place, Work

_CUT = "premature EOF"


class _Builder(Protocol):
    value: Any

    def event(self, event: str, value: Any) -> None: ...


class PartialJsonDecoder:
    """The beginning of a JSON object or array. Cut at its last quotation mark, so that a string
    that lost its end is a leaf of text, without its key."""

    name = "json"

    def decode(self, data: bytes, place: Place, work: Work) -> bool:
        if OPENING.match(data) is None:
            return False
        text = to_text(data)
        end = text.rfind('"') + 1
        document = _beginning(text[:end])
        if not document:
            return False
        work.inspected += end
        work.walk(document, place.inner("json:$"))
        if text[end:].strip():
            add_text(text[end:], place, work)
        return True


def _beginning(text: str) -> Any:
    """What the text holds up to its end; None where more is wrong with it than a missing end."""
    builder = cast("_Builder", ObjectBuilder())
    try:
        for event, value in ijson.basic_parse(text.encode(), use_float=True):
            builder.event(event, value)
    except ijson.JSONError as error:
        # the message quotes the text: it is only looked at
        return builder.value if _CUT in str(error) else None
    except (ValueError, RecursionError):
        return None
    return None
