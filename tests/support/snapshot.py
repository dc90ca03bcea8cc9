"""Everything a data folder holds, for comparing two runs."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, get_args

from alerts.index.base import What
from alerts.index.sqlite import SqliteIndex
from detectors.membership import united


def snapshot(data: Path) -> dict[str, list[dict[str, Any]]]:
    """Every record of every kind, in a fixed order."""
    with closing(sqlite3.connect(data / "egresswatch.db")) as connection:
        index = SqliteIndex.open(connection)
        found = {what: sorted(_all(index, what), key=str) for what in get_args(What)}
        return found | {"members": _members(connection)}


def _members(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    """The sets that persons are looked up in, each united: parts are as batches were."""
    rows = connection.execute(
        "SELECT subprocessor, category, day, key_id, prints FROM member_sets ORDER BY 1, 2, 3, 4, 5"
    )
    sets: dict[tuple[str, ...], list[bytes]] = {}
    for *name, prints in rows:
        sets.setdefault(tuple(name), []).append(prints)
    return [{"set": name, "prints": united(parts)} for name, parts in sets.items()]


def deliveries(data: Path) -> list[tuple[str, ...]]:
    """Sink, key and end of every delivery."""
    with closing(sqlite3.connect(data / "egresswatch.db")) as connection:
        return sorted(connection.execute("SELECT sink, key, why, state FROM outbox"))


def _all(index: SqliteIndex, what: What) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    page = index.search(what, limit=500)
    while True:
        rows += page.rows
        if not page.after:
            assert len(rows) == page.total
            return rows
        page = index.search(what, limit=500, after=page.after)
