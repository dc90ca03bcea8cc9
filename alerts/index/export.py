"""Records as files for spreadsheets and notebooks: CSV, NDJSON, Parquet. Any number of them, in
memory for one page at a time."""

import csv
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Literal

import msgspec

from alerts.index.base import Index, What
from alerts.index.fields import COLLECTIONS, Collection, Field
from detectors.records import Record

Format = Literal["csv", "ndjson", "parquet"]
Rows = Sequence[dict[str, Any]]
Write = Callable[[Rows], None]

PAGE = 5_000

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula at the start of a cell."""


def format_of(path: Path) -> Format:
    """The format that a file's name ends in; ValueError for another."""
    match path.suffix.lower():
        case ".csv":
            return "csv"
        case ".ndjson" | ".jsonl":
            return "ndjson"
        case ".parquet":
            return "parquet"
        case _:
            raise ValueError("the file's name must end in .csv, .ndjson or .parquet")


def pages(index: Index, what: What, query: str, **times: Any) -> Iterator[Rows]:
    """All records that match, page by page, the newest first."""
    after = ""
    while True:
        page = index.search(what, query, limit=PAGE, after=after, **times)
        yield page.rows
        after = page.after
        if not after:
            return


def export(what: What, found: Iterable[Rows], path: Path) -> int:
    """Writes the records to a file that only its owner can read; returns how many there are. The
    file is there when all of it is: where anything fails, what was there before stays."""
    collection, count = COLLECTIONS[what], 0
    with _replacing(path) as part, _WRITERS[format_of(path)](collection, part) as write:
        for rows in found:
            write(rows)
            count += len(rows)
    return count


@contextmanager
def _replacing(path: Path) -> Generator[Path]:
    """A file beside this one, which takes its place at the end."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        part = Path(file.name)  # readable by its owner only
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _ndjson(collection: Collection, path: Path) -> Generator[Write]:
    del collection
    with path.open("wb") as file:
        yield lambda rows: file.writelines(msgspec.json.encode(row) + b"\n" for row in rows)


@contextmanager
def _csv(collection: Collection, path: Path) -> Generator[Write]:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow([field.name for field in collection.fields])

        def write(rows: Rows) -> None:
            for record in _records(collection, rows):
                table.writerow([_cell(field, field.read(record)) for field in collection.fields])

        yield write


def _cell(field: Field, value: Any) -> str:
    if value is None:
        return ""
    if field.many:
        text = "; ".join(map(str, value))
    elif field.kind == "time":
        text = value.isoformat().replace("+00:00", "Z")
    else:
        text = str(value).lower() if field.kind == "bool" else str(value)
    numeric = field.kind in {"int", "real"}
    return f"'{text}" if text.startswith(_FORMULA) and not numeric else text


@contextmanager
def _parquet(collection: Collection, path: Path) -> Generator[Write]:
    try:
        from alerts.index.parquet import parquet_file
    except ImportError:
        raise ValueError(
            "Parquet needs pyarrow: pip install 'egresswatch[parquet]'; or export to .csv"
        ) from None
    with parquet_file(collection, path) as write:
        yield lambda rows: write(list(_records(collection, rows)))


def _records(collection: Collection, rows: Rows) -> Iterator[Record]:
    return (msgspec.convert(row, collection.record) for row in rows)


_WRITERS: dict[Format, Callable[[Collection, Path], AbstractContextManager[Write]]] = {
    "csv": _csv,
    "ndjson": _ndjson,
    "parquet": _parquet,
}
