"""When clocks have changed: people then come an hour earlier or later than the weeks before say.

Which zone a service's users live in is not known, so that it counts for all of them.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from math import log
from typing import Final
from zoneinfo import ZoneInfo

ZONES: Final = tuple(map(ZoneInfo, ("Europe/Berlin", "America/New_York")))
"""Whose clocks most of those follow that change at all."""
SELDOM: Final = log(100.0)
"""How unlikely it is that work comes an hour earlier or later at other times."""
UNUSUAL: Final = timedelta(days=14)
"""By then most visits of the bins are of the new time."""


@lru_cache(maxsize=8)
def earlier(hour: int) -> float:
    """By how many hours work may come earlier than in the weeks before an hour since 1970, or if
    negative later, since clocks have changed within the last two: in spring they are put forward,
    in autumn back."""
    now = datetime.fromtimestamp(hour * 3600, UTC)
    moved = (_offset(now, zone) - _offset(now - UNUSUAL, zone) for zone in ZONES)
    return max(moved, key=abs)


def _offset(moment: datetime, zone: ZoneInfo) -> float:
    """How many hours a zone is ahead of UTC."""
    return (moment.astimezone(zone).utcoffset() or timedelta()) / timedelta(hours=1)
