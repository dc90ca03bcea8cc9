"""The embedded index: SQLite, in the same file and the same transactions as everything else.

Start at `index` (the store) and `write` (how records get there); `tables` says how they lie.
"""

from alerts.index.sqlite.index import SqliteIndex

__all__ = ["SqliteIndex"]
