"""Mails, with their headers and parts, whatever transfer encoding they have."""

import re
from email.errors import HeaderParseError, MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32

from detectors.decode import paths
from detectors.decode.text import to_text
from detectors.decode.work import Place, Work

_FIRST = re.compile(
    r"[A-Za-z][A-Za-z0-9-]{1,60}:[ \t]?[^\r\n]*\r?\n(?:[ \t]|[A-Za-z][A-Za-z0-9-]{1,60}:)"
)
_TELLING = re.compile(
    r"^(?:mime-version|received|return-path|message-id|content-transfer-encoding):|"
    r"^(?:from|to|subject):.*(?:\r?\n.+)*?\r?\n(?:from|to|subject|date|content-type):",
    re.IGNORECASE | re.MULTILINE,
)
_HEAD = 4096
_TECHNICAL = frozenset(
    [
        "mime-version",
        "content-type",
        "content-transfer-encoding",
        "content-disposition",
        "content-id",
        "content-length",
        "date",
        "message-id",
        "received",
        "dkim-signature",
        "arc-seal",
        "authentication-results",
    ]
)
_MOST_PARTS = 200
_MOST_HEADERS = 200


class MailDecoder:
    """Told by its first lines."""

    name = "mime"

    def decode(self, data: bytes, place: Place, work: Work) -> bool:
        head = data[:_HEAD]
        if not _looks_like_mail(head.decode("latin-1")):
            return False
        _add(data, place, work)
        work.inspected += len(data)
        return True


def add_mail(text: str, place: Place, work: Work) -> bool:
    """A mail in a string; False where it is none."""
    if not _looks_like_mail(text[:_HEAD]) or not work.grant(len(text)):
        return False
    _add(text.encode("utf-8", "replace"), place, work)
    return True


def _looks_like_mail(head: str) -> bool:
    if _FIRST.match(head) is None:
        return False
    block = re.split(r"\r?\n\r?\n", head, maxsplit=1)[0]
    return _TELLING.search(block) is not None


def _add(data: bytes, place: Place, work: Work) -> None:
    message = BytesParser(policy=compat32).parsebytes(data)
    try:
        parts = [part for part, _ in zip(message.walk(), range(_MOST_PARTS), strict=False)]
    except RecursionError:
        parts = [message]
    for number, part in enumerate(parts):
        where = "mime" if number == 0 else f"mime.part[{number}]"
        if number == 0 or part.get("subject") is not None or part.get("from") is not None:
            _add_headers(part, f"{place.path}>{where}.header", place, work)
        if not part.is_multipart():
            _add_part(part, place.inner(f"mime.part[{number}]"), work)


def _add_headers(message: "Message[str, str]", path: str, place: Place, work: Work) -> None:
    for name, value in message.items()[:_MOST_HEADERS]:
        if name.lower() in _TECHNICAL:
            continue
        step = paths.name(name)
        text = _header_text(value)
        if text:
            keys = (*place.keys, *paths.parts(step.key))
            work.text(text, Place(f"{path}:{step.written}", keys, place.depth + 1))


def _header_text(value: object) -> str:
    try:
        return str(make_header(decode_header(str(value))))
    except (HeaderParseError, MessageError, LookupError, ValueError):
        return str(value)


def _add_part(part: "Message[str, str]", place: Place, work: Work) -> None:
    try:
        file_name = part.get_filename()
        data = part.get_payload(decode=True)
    except (MessageError, LookupError, ValueError, AttributeError, TypeError):
        file_name, data = None, None
    if file_name:
        work.text(str(file_name), place.inner("filename"))
    if not isinstance(data, bytes) or not data or not work.grant(len(data)):
        return
    kind = part.get_content_type()
    if kind.startswith("text/"):
        text = to_text(data, str(part.get("content-type", "")).lower())
        work.text(text, place)
    else:
        work.open(data, place._replace(content_type=kind))
