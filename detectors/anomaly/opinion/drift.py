"""Has the level changed for good? A drift detector of river's over hours against a week before.

Days and weeks have rhythms that any drift detector would call drift; so what it sees is the
logarithm of an hour's count over the same hour's a week earlier, about 0 while all stays as it is.
"""

from datetime import datetime
from math import log1p
from statistics import median
from typing import Self

import msgspec

from detectors.anomaly.opinion.history import History
from detectors.anomaly.opinion.river import new_drift
from detectors.anomaly.opinion.settings import DriftSettings

VERSION = 1


class _State(msgspec.Struct, array_like=True):
    version: int
    settings: bytes
    history: bytes


class DriftModel:
    """Takes hours in order, each once; says at which of them the level had changed."""

    def __init__(self, settings: DriftSettings | None = None) -> None:
        """ValueError where river is missing or does not know the detector."""
        self.settings = settings or DriftSettings()
        self.history = History()
        self._update = new_drift(self.settings.detector, self.settings.parameters)

    def take_one(self, hour: datetime, value: float) -> bool:
        self.history.check(hour, value)
        drifted = self._see(hour, value)
        if self.history.add(hour, value):
            self._replay()
        return drifted

    def lately(self) -> float:
        """How many times a week before's hours the last day's are, in the middle."""
        seen = [(one, self.history.week_before(one.hour)) for one in list(self.history)[-24:]]
        ratios = [(1 + one.value) / (1 + before) for one, before in seen if before is not None]
        return median(ratios) if ratios else 1.0

    def dump(self) -> bytes:
        settings = msgspec.json.encode(self.settings.model_dump(mode="json"))
        return msgspec.msgpack.encode(_State(VERSION, settings, self.history.dump()))

    @classmethod
    def load(cls, data: bytes, settings: DriftSettings | None = None) -> Self:
        """With other `settings` than it was dumped with, another detector that has seen the same
        hours. ValueError for another format or version."""
        try:
            state = msgspec.msgpack.decode(data, type=_State)
        except msgspec.DecodeError:
            raise ValueError("not the state of a drift detector") from None
        if state.version != VERSION:
            raise ValueError(f"state version {state.version}, this program reads {VERSION}")
        model = cls(settings or DriftSettings.model_validate_json(state.settings))
        model.history = History.load(state.history)
        model._replay()
        return model

    def _see(self, hour: datetime, value: float) -> bool:
        before = self.history.week_before(hour)
        return before is not None and self._update(log1p(value) - log1p(before))

    def _replay(self) -> None:
        self._update = new_drift(self.settings.detector, self.settings.parameters)
        whole, self.history = self.history, History()
        for hour, value in whole:
            self._see(hour, value)
            self.history.add(hour, value)
