"""JSON and newline-delimited JSON, with what may stand between the lines."""

import re

from detectors.decode.base import Reason
from detectors.decode.documents import BrokenError, parse
from detectors.decode.text import add_text, to_text
from detectors.decode.work import Place, Work

OPENING = re.compile(rb"(?:\xef\xbb\xbf)?\s*[\[{]")


class JsonDecoder:
    """One JSON object or array."""

    name = "json"

    def decode(self, data: bytes, place: Place, work: Work) -> bool:
        if OPENING.match(data) is None:
            return False
        try:
            document = parse(data)
        except BrokenError as broken:
            if not broken.too_deep:
                return False
            work.skip(Reason.BUDGET_DEPTH, len(data))
            work.leaf(f"{place.path}>text", place.keys, to_text(data))
            return True
        work.inspected += len(data)
        work.walk(document, place.inner("json:$"))
        return True


class NdjsonDecoder:
    """Several lines, the first of which is a JSON object or array; others may be anything (a
    last line that the capture has cut)."""

    name = "ndjson"

    def decode(self, data: bytes, place: Place, work: Work) -> bool:
        if OPENING.match(data) is None:
            return False
        lines = data.splitlines()
        if len(lines) < 2 or not _is_container(lines[0]):
            return False
        for number, line in enumerate(lines):
            if line.strip() and work.spend(len(line)):
                _add_line(line, place.inner(f"ndjson[{number}]"), work)
        return True


def _is_container(line: bytes) -> bool:
    try:
        return OPENING.match(line) is not None and parse(line) is not None
    except BrokenError:
        return False


def _add_line(line: bytes, place: Place, work: Work) -> None:
    try:
        document = parse(line)
    except BrokenError:
        add_text(to_text(line), place, work)
        return
    work.inspected += len(line)
    work.walk(document, place._replace(path=f"{place.path}:$"))
