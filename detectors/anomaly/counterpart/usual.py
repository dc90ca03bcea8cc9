"""How much of one channel is usual for so much of the other.

It is learnt for each size (power of two) of what the other channel had. Reads come in batches: how
many records one value is worth depends on how much there is. Of a size that never was the next
larger one speaks, with which more would be usual.
"""

from collections.abc import Iterable
from datetime import datetime
from math import exp, log, log2, sqrt
from typing import Final, NamedTuple

import msgspec

from detectors.anomaly.counterpart.settings import PARTS

START: Final = 5.0
"""Added to a count before its logarithm is taken: what a few more or less say is little."""
FLOOR: Final = 0.25
"""Never is less of a logarithm's standard deviation believed."""
PRIOR, PRIOR_WEIGHT = 0.5, 2.0
"""Its standard deviation before anything is learnt, and for how many hours it counts."""
LEAST: Final = 10.0
"""Looks at a size and its neighbours before they can be compared with."""
MEMORY: Final = 500.0
"""Looks that a size remembers: more, and older ones fade."""
HOT: Final = 0.02
"""What is told counts so much of a look: an attack must not become usual in two days."""
WINSOR: Final = 2.5
"""A look teaches so many standard deviations at most."""


class Size(msgspec.Struct, array_like=True):
    """What came with so much of the other channel, in logarithms."""

    weight: float = 0.0
    mean: float = 0.0
    variance: float = 0.0
    most: float = 0.0

    def learn(self, value: float, share: float) -> None:
        rate = share / (min(self.weight, MEMORY) + share)
        off = value - self.mean
        self.mean += rate * off
        self.variance = (1 - rate) * (self.variance + rate * off * off)
        if share == 1.0:
            self.most = max(self.most - rate * (self.most - self.mean), value)
        self.weight = min(self.weight + share, MEMORY)


class Compared(NamedTuple):
    """A count against what is usual with so much around it.

    `distance` is in standard deviations of the logarithm, `mean` and `spread` are of it too;
    `most` is the most that was seen, `looks` how many looks back it.
    """

    distance: float
    mean: float
    spread: float
    most: float
    looks: float

    @property
    def expected(self) -> float:
        return _count(self.mean)


class Episode(msgspec.Struct):
    """What is being told: from a moment on, up to a part."""

    since: datetime
    part: int


class Usual(msgspec.Struct):
    """What one channel has for so much of the other."""

    sizes: dict[int, Size] = {}
    days: int = 0
    """On which something was learnt, before the last of them."""
    day: int = 0
    """The last of them, since 1970."""
    episode: Episode | None = None

    def compare(self, count: int, around: int) -> Compared | None:
        """None where too little was seen with as much around or more."""
        own = _size(around)
        near = self._near(own)
        looks = sum(one.weight for one in near)
        if looks < LEAST:
            return None
        middle = _middle(near, looks)
        mine = self.sizes.get(own)
        mean = (mine.weight * mine.mean + 3 * middle) / (mine.weight + 3) if mine else middle
        spread = sum(one.weight * (one.variance + (one.mean - middle) ** 2) for one in near) / looks
        hours = looks / (2 * PARTS)  # parts overlap, and what follows is alike
        known = (spread * hours + PRIOR_WEIGHT * PRIOR**2) / (hours + PRIOR_WEIGHT)
        stray = sqrt(known + FLOOR**2)
        distance = (log(count + START) - mean) / stray
        return Compared(distance, mean, stray, _count(max(one.most for one in near)), looks)

    def days_before(self, day: int) -> int:
        """On which something was learnt, before a day since 1970."""
        return self.days + (self.day not in (0, day))

    def learn(self, count: int, around: int, day: int, found: Compared | None, far: float) -> None:
        """Takes in a look; what is further off than `far` counts little."""
        value, share = log(count + START), 1.0
        if found is not None:
            value = min(value, found.mean + WINSOR * found.spread)
            share = HOT if found.distance >= far else 1.0
        self.sizes.setdefault(_size(around), Size()).learn(value, share)
        self.days, self.day = self.days_before(day), day

    def _near(self, own: int) -> list[Size]:
        """The size and its neighbours; where they know little, larger ones too."""
        near = [self.sizes[one] for one in range(own - 1, own + 2) if one in self.sizes]
        for one in sorted(self.sizes):
            if one > own + 1 and sum(size.weight for size in near) < LEAST:
                near.append(self.sizes[one])
        return near


def _size(count: int) -> int:
    return int(log2(count + 1))


def _count(logarithm: float) -> float:
    return max(exp(logarithm) - START, 0.0)


def _middle(sizes: Iterable[Size], looks: float) -> float:
    return sum(one.weight * one.mean for one in sizes) / looks
