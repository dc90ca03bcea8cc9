"""An anomaly model of river's behind the `Model` protocol.

River's scores have no common scale: some are probabilities, some distances, some are cut at 1. So
a score is ranked among those of the kept hours, and the rank told as the normal deviate that is as
rare (0 for the middle, 2.9 for more than each of 300). The comparison that is told with it is the
median and the range of the same hour on the same kind of day.
"""

from bisect import bisect_left, insort
from datetime import datetime
from statistics import NormalDist, median
from typing import NamedTuple, Self

import msgspec

from detectors.anomaly.base import Score
from detectors.anomaly.opinion.history import History, require_count
from detectors.anomaly.opinion.river import Learner, new_learner
from detectors.anomaly.opinion.settings import OpinionSettings

VERSION = 1
WARM_UP = 24 * 2
"""The first scores of a model are not ranked: with hardly anything seen, everything is strange."""
MIN_RANKED = 24
"""Before so many are, a model has no opinion."""
_NORMAL = NormalDist()


class _State(msgspec.Struct, array_like=True):
    version: int
    settings: bytes
    history: bytes


class Opinion(NamedTuple):
    """A score, and how many of the hours that river has scored were at least as strange."""

    score: Score
    among: int
    as_strange: int


class RiverModel:
    """See the module."""

    def __init__(self, settings: OpinionSettings | None = None) -> None:
        """ValueError where river is missing or does not know the model."""
        self.settings = settings or OpinionSettings(model="HalfSpaceTrees")
        self.history = History()
        self._learner = self._new()
        self._scores: list[float] = []

    def score_one(self, hour: datetime, value: float) -> Score | None:
        """Some of river's models change as they score: a twin is made for that, by replay. To
        score what is learnt anyway, `take_one` is a hundred times cheaper."""
        require_count(value)
        opinion = self.load(self.dump()).take_one(hour, value)
        return opinion.score if opinion else None

    def learn_one(self, hour: datetime, value: float) -> None:
        self.take_one(hour, value)

    def take_one(self, hour: datetime, value: float) -> Opinion | None:
        """Scores an hour, then learns it."""
        self.history.check(hour, value)
        raw = self._learner(hour, value)
        opinion = self._told(hour, value, raw) if len(self._scores) >= MIN_RANKED else None
        if self.history.add(hour, value):
            self._replay()
        elif len(self.history) > WARM_UP:
            insort(self._scores, raw)
        return opinion

    def dump(self) -> bytes:
        settings = msgspec.json.encode(self.settings.model_dump(mode="json"))
        return msgspec.msgpack.encode(_State(VERSION, settings, self.history.dump()))

    @classmethod
    def load(cls, data: bytes, settings: OpinionSettings | None = None) -> Self:
        """With other `settings` than it was dumped with, another model that has seen the same
        hours."""
        try:
            state = msgspec.msgpack.decode(data, type=_State)
        except msgspec.DecodeError:
            raise ValueError("not the state of a second opinion") from None
        if state.version != VERSION:
            raise ValueError(f"state version {state.version}, this program reads {VERSION}")
        model = cls(settings or OpinionSettings.model_validate_json(state.settings))
        model.history = History.load(state.history)
        model._replay()
        return model

    def _new(self) -> Learner:
        return new_learner(self.settings.model, self.settings.parameters)

    def _replay(self) -> None:
        self._learner = self._new()
        scores = [self._learner(hour, value) for hour, value in self.history]
        self._scores = sorted(scores[WARM_UP:])

    def _told(self, hour: datetime, value: float, raw: float) -> Opinion:
        own = self.history.like(hour) or [one for _, one in self.history]
        expected, among = median(own), len(self._scores)
        as_strange = among - bisect_left(self._scores, raw)
        rare = -_NORMAL.inv_cdf((1 + as_strange) / (1 + among) / 2)
        score = Score(
            value=rare if value >= expected else -rare,
            expected=expected,
            low=min(own),
            high=max(own),
            visits=len(own),
            period=f"{'weekends' if hour.weekday() >= 5 else 'weekdays'} {hour:%H:00}",
        )
        return Opinion(score, among, as_strange)
