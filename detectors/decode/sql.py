"""SQL in a string: literals whose keys are the columns they go to or are compared with.

The literals become leaves with the path of the statement, and the statement keeps a `?` for each,
so that nothing is found twice.
"""

import re

from detectors.decode.work import Place, Work

_VERB = re.compile(
    r"\s*(?:insert|replace|upsert|merge|update|select|delete|with|call|exec)\b", re.IGNORECASE
)
_INSERT = re.compile(
    r"\binto\s+[\w.`\"\[\]]{1,80}\s*\(([^()]{1,2000})\)\s*values\s*\(", re.IGNORECASE
)
_LITERAL = re.compile(r"'((?:[^']|'')*)'")
_COMPARED = re.compile(
    r"([\w.]{1,64})[`\"\]]?\s*(?:=|<>|!=|>=?|<=?|\s(?:i?like|is))\s*[NEne]?$", re.IGNORECASE
)
_BEFORE = 80
_MOST_LITERALS = 2000


def add_sql(text: str, place: Place, work: Work) -> bool:
    """The literals of a statement with their columns; False where it is no SQL."""
    if _VERB.match(text) is None:
        return False
    insert = _INSERT.search(text)
    columns = [name.strip(' `"[]') for name in insert[1].split(",")] if insert else []
    cells = _Cells(columns, insert.end() if insert else len(text))
    rest: list[str] = []
    end = 0
    found: list[tuple[str, str]] = []
    for match in _LITERAL.finditer(text):
        if len(found) >= _MOST_LITERALS:
            break
        between = text[end : match.start()]
        column = cells.column(between, match.start()) or _compared(between)
        rest.append(between)
        if column:
            found.append((column, match[1].replace("''", "'")))
        rest.append("?" if column else match[0])
        end = match.end()
    if not found or not work.spend(64 * len(found)):
        return False
    work.leaf(place.path, place.keys, "".join(rest) + text[end:])
    for column, literal in found:
        if literal:
            work.leaf(place.path, (*place.keys, column), literal)
    return True


class _Cells:
    """Which column of an INSERT the next literal goes to, by the commas between them."""

    def __init__(self, columns: list[str], start: int) -> None:
        self._columns = columns
        self._start = start
        self._position = 0
        self._inside = False

    def column(self, between: str, at: int) -> str | None:
        if at < self._start or not self._columns:
            return None
        if not self._inside:
            between = between[len(between) - (at - self._start) :] if at > self._start else ""
            self._inside = True
        for character in between:
            if character == ",":
                self._position += 1
            elif character == "(":
                self._position = 0
        return self._columns[self._position] if self._position < len(self._columns) else None


def _compared(between: str) -> str | None:
    match = _COMPARED.search(between[-_BEFORE:])
    return match[1].rpartition(".")[2] if match else None
