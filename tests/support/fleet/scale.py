"""How large a fleet is made, and from which seeds."""

from dataclasses import dataclass
from datetime import UTC, datetime

MINUTES_A_DAY = 24 * 60

START = datetime(2026, 3, 9, tzinfo=UTC)
"""A Monday. Europe's clocks change on day 20, Good Friday is day 25."""

DEVELOPMENT_SEEDS = (1, 2, 3, 4, 5, 6, 7, 8)
"""To look at while detectors are written."""

REPORT_SEEDS = (10_501, 10_502, 10_503, 10_504)
"""To report on, once a version. Who tunes on them has nothing left to report with."""


@dataclass(frozen=True)
class Scale:
    """`quiet_days` come before the first incident. `step` is the minutes of one sum: more than one
    puts the traffic of so many minutes into the first of them. `kinds` are those of incidents;
    none named is all. With `traces` (and `step` 1) every other vendor's requests and reads bring
    trace ids."""

    subprocessors: int = 40
    categories: int = 5
    days: int = 28
    quiet_days: int = 14
    step: int = 1
    kinds: tuple[str, ...] = ()
    traces: bool = True

    @property
    def minutes(self) -> int:
        return self.days * MINUTES_A_DAY


FULL = Scale()
MEDIUM = Scale(subprocessors=12)
"""A minute or two of one core, as the baselines are now."""
COARSE = Scale(subprocessors=10, days=21, quiet_days=10, step=10)
"""Seconds instead of minutes: for `make test`."""
