"""The embedded store's file: one SQLite database in WAL mode, one transaction a batch."""

import fcntl
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

FILE_NAME = "egresswatch.db"
BUSY_SECONDS = 30.0
CACHE_KIB = 64 * 1024
CHECKPOINT_PAGES = 10_000
"""40 MB of log before it is copied into the file: pages that change often are copied once."""


def open_database(folder: Path) -> sqlite3.Connection:
    """The database in a folder, created if need be, readable by its owner only.

    `synchronous=FULL`: what an HTTP client was told is committed must survive a power cut too.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE_NAME
    if not path.exists():
        path.touch(mode=0o600)
    return connect(path)


def connect(path: Path) -> sqlite3.Connection:
    """A connection in autocommit mode; transactions are begun by name."""
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
    connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Generator[None]:
    """All or nothing. Takes the write lock at once, so that it cannot fail half-way for it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


class DataInUseError(RuntimeError):
    """Another process runs on the same data folder."""


@contextmanager
def exclusive(folder: Path) -> Generator[None]:
    """Keeps a second runner off the folder: two would count everything twice. Released by the
    kernel when the process ends, however it ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "egresswatch.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataInUseError(
                f"{folder} is in use by another egresswatch: stop that one, or give this one a "
                "data folder of its own"
            ) from None
        yield
