"""CSV and TSV with a header line: cells whose keys are their columns' headers.

The cells keep the path of the text they stand in: a table in a text is no encoding of it.
"""

import csv
import io
import re

from detectors.decode import paths
from detectors.decode.text import is_binary, to_text
from detectors.decode.work import Place, Work

_HEADER = re.compile(r"[^\W\d_][\w .()/#$-]{0,39}|_{1,2}\w{1,30}")
_MOST_WORDS = 4
_PROBED = 20
csv.field_size_limit(1 << 24)


class CsvDecoder:
    """A text whose first line names the columns of the others."""

    name = "csv"

    def decode(self, data: bytes, place: Place, work: Work) -> bool:
        if b"\n" not in data and b"\r" not in data:
            return False
        if is_binary(data):
            return False
        text = to_text(data, place.content_type)
        if not add_table(text, place._replace(path=f"{place.path}>text"), work):
            return False
        work.inspected += len(text)
        return True


def add_table(text: str, place: Place, work: Work) -> bool:
    """The cells of a table, each with its column as key; False where the text is none."""
    text = text.lstrip("\ufeff\r\n")
    first = text.partition("\n")[0].rstrip("\r")
    delimiter = _delimiter(first)
    if delimiter is None or not _regular(text, delimiter):
        return False
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    try:
        headers = [paths.parts(paths.name(cell.strip()).key) for cell in next(rows)]
        for row in rows:
            _add_row(row, headers, place, work)
            if work.steps < 0:
                break
    except csv.Error:
        work.leaf(place.path, place.keys, text)
    return True


def _add_row(row: list[str], headers: list[tuple[str, ...]], place: Place, work: Work) -> None:
    work.steps -= len(row)
    for column, cell in enumerate(row):
        if cell:
            named = headers[column] if column < len(headers) else ()
            work.text(cell, place._replace(keys=(*place.keys, *named), depth=place.depth + 1))


def _delimiter(line: str) -> str | None:
    """What parts the first line into names of columns, if anything does."""
    for delimiter in (",", ";", "\t", "|"):
        if delimiter not in line:
            continue
        cells = [cell.strip(' "') for cell in line.split(delimiter)]
        if len(set(cells)) == len(cells) and all(map(_is_header, cells)):
            return delimiter
    return None


def _is_header(cell: str) -> bool:
    return _HEADER.fullmatch(cell) is not None and cell.count(" ") < _MOST_WORDS


def _regular(text: str, delimiter: str) -> bool:
    """Whether the first rows have as many cells as the header (the last may be cut)."""
    probe = text[: 64 * 1024].splitlines()
    try:
        rows = csv.reader(probe, delimiter=delimiter, skipinitialspace=True)
        widths = [len(row) for row, _ in zip(rows, range(_PROBED), strict=False) if row]
    except csv.Error:
        return False
    odd = sum(width != widths[0] for width in widths)
    return len(widths) > 1 and odd <= len(widths) // 10
