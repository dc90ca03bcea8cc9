"""Moments for tests; 2026-03-02 is a Monday."""

from datetime import UTC, datetime, timedelta

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def at(hour: int = 0, minute: int = 0, second: int = 0, *, day: int = 0) -> datetime:
    """A moment `day` days after Monday, 2 March 2026."""
    return MONDAY + timedelta(days=day, hours=hour, minutes=minute, seconds=second)
