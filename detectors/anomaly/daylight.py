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
def clocks_changed(hour: int) -> bool:
    """Whether some have, within the two weeks before an hour since 1970."""
    now = datetime.fromtimestamp(hour * 3600, UTC)
    return any(
        now.astimezone(zone).utcoffset() != (now - UNUSUAL).astimezone(zone).utcoffset()
        for zone in ZONES
    )
