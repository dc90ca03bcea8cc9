"""What days of a row may look like: their covariances, and the shapes that stand out of them."""

from functools import cache
from typing import Final, NamedTuple

import numpy as np

from detectors.anomaly.counts import Numbers
from detectors.anomaly.daylogs import WEEK
from detectors.anomaly.rows import Index

SHORTEST, LONGEST = 6, 14
"""Days that a ramp must have lasted, and from how long ago on it is looked for."""
BEFORE: Final = 4
"""Days that must have gone before it."""
DRIFTS: Final = (0.0, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
"""Variances of a drift's step, in those of a day."""
WEEKDAYS: Final = (0.1, 3.0, 300.0)
"""Variances of what a weekday has of its own, in those of a day: none to speak of, a quiet Sunday,
and closed offices."""
COURSES: Final = [(drift, weekday) for drift in DRIFTS for weekday in WEEKDAYS]
STEADY: Final = len(WEEKDAYS)
"""So many courses, the first ones, do not drift."""
FREEST: Final = STEADY - 1
"""The steady one whose weekdays may be anything."""


class Course(NamedTuple):
    """The inverse covariance of days, less what their mean explains; and what its determinants take
    off ln of the likelihood."""

    inverse: Numbers
    volume: float
    scale: float
    """The mean of the inverse along what the mean of days leaves."""

    @classmethod
    def of(cls, size: int, drift: float, weekday: float) -> "Course":
        days = np.arange(size)
        same = days[:, None] % WEEK == days % WEEK
        walked = np.minimum(days[:, None], days)
        covariance: Numbers = np.eye(size) + drift * walked + weekday * same
        inverse: Numbers = np.linalg.inv(covariance)  # pyright: ignore[reportAssignmentType]
        along: Numbers = inverse.sum(axis=0)
        volume = np.linalg.slogdet(covariance)[1] + np.log(along.sum())
        inverse -= np.outer(along, along) / along.sum()
        return cls(inverse, float(volume) / 2, float(inverse.trace()) / (size - 1))

    def squares(self, days: Numbers) -> Numbers:
        """The sums of squares of (days, rows), along days."""
        return np.maximum((self.inverse @ days * days).sum(axis=0), 0.0)


class Fit(NamedTuple):
    """(shapes, days) what the slopes of some shapes are read off with, on a course; and how much of
    the sum of squares a slope is worth."""

    along: Numbers
    worth: Numbers

    @classmethod
    def of(cls, shapes: Numbers, course: Course) -> "Fit":
        along = shapes @ course.inverse
        worth = np.maximum((along * shapes).sum(axis=1), 1e-9)[:, None]
        return cls(along / worth, worth)

    def gains(self, days: Numbers, allowance: float) -> tuple[Numbers, Numbers]:
        """(shapes, rows) how much of the sum of squares is explained by shapes that go up by more
        than is allowed, and by how much more in a day."""
        slopes = self.along @ days - allowance
        return np.maximum(slopes, 0.0) ** 2 * self.worth, slopes


class Shapes(NamedTuple):
    """What so many days are compared with."""

    courses: list[Course]
    lengths: Index
    ramps: list[Fit]
    """On each course."""
    others: list[Fit]
    """On each steady course: one day, some days up to a week, or all days since one; what grows at
    once."""

    @classmethod
    @cache
    def of(cls, size: int) -> "Shapes":
        days = np.arange(size)
        lengths = np.arange(min(LONGEST, size - BEFORE), SHORTEST - 1, -1)
        spans = [(since, until) for since in range(1, size) for until in range(since + 1, size + 1)]
        courses = [Course.of(size, *one) for one in COURSES]
        ramps = np.maximum(days - size + 1 + lengths[:, None], 0).astype(float)
        others = [
            (since <= days) & (days < until)
            for since, until in spans
            if until - since <= WEEK or until == size
        ]
        return cls(
            courses=courses,
            lengths=lengths,
            ramps=[Fit.of(ramps, course) for course in courses],
            others=[Fit.of(np.array(others, float), course) for course in courses[:STEADY]],
        )
