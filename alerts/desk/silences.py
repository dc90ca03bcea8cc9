"""Silences: an analyst keeps certain alerts quiet until a moment, and says why.

They come as commands, so that a replay gives the same. All silences that fit an alert count it.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from pydantic import Field

from alerts.desk.labels import Labels
from alerts.desk.matchers import Matcher, all_fit, parse_matchers
from detectors.ids import stable_id
from detectors.records import Silence
from detectors.windows import BEGINNING
from detectors.yamlfile import StrictModel

KEPT = timedelta(days=7)
"""How long a silence that has ended can still be looked at."""
LONGEST = timedelta(days=366)


class SilenceSettings(StrictModel):
    """What is told about silences themselves."""

    notice_minutes: float = Field(
        default=60,
        ge=0,
        description="How long before its end a silence that still mutes open alerts is told; "
        "0 for never",
    )


class Silenced(msgspec.Struct, omit_defaults=True):
    """A silence, with how many alerts it has muted so far."""

    silence: Silence
    hits: int = 0
    noticed: bool = False

    @property
    def mark(self) -> str:
        """How an alert names it."""
        return f"silence:{self.silence.id}"

    def is_active(self, now: datetime) -> bool:
        return self.silence.starts <= now < self.silence.ends


def new_silence(
    matchers: Iterable[str],
    *,
    owner: str,
    reason: str,
    starts: datetime,
    ends: datetime,
    said: datetime,
) -> Silence:
    """A silence; ValueError says what is wrong with it."""
    texts = tuple(matchers)
    parse_matchers(texts)
    if not owner.strip():
        raise ValueError("a silence needs an owner: somebody must be asked why")
    if not reason.strip():
        raise ValueError("a silence needs a reason")
    if not starts < ends:
        raise ValueError("a silence needs an end after its start")
    if ends - starts > LONGEST:
        raise ValueError("a silence ends within a year: close what is expected for longer")
    return Silence(
        id=stable_id("silence", owner, said.isoformat(), *texts)[:12],
        matchers=texts,
        owner=owner,
        reason=reason,
        starts=starts,
        ends=ends,
    )


Turn = Literal["begins", "ends soon", "ended", "forgotten"]
"""What time makes of a silence."""


class Silences:
    """All silences that are known."""

    def __init__(self, settings: SilenceSettings) -> None:
        self._notice = timedelta(minutes=settings.notice_minutes)
        self._known: dict[str, Silenced] = {}
        self._matchers: dict[str, tuple[Matcher, ...]] = {}
        self._turned = self._next = BEGINNING
        """Up to when turns were taken, and when the next one comes."""

    def __iter__(self) -> Iterator[Silenced]:
        return iter(self._known.values())

    def __len__(self) -> int:
        return len(self._known)

    def get(self, silence_id: str) -> Silenced | None:
        return self._known.get(silence_id)

    def put(self, silence: Silence) -> None:
        """Adds a silence, or replaces the one with its id; ValueError where its matchers are wrong
        (it may come from another version)."""
        self._matchers[silence.id] = parse_matchers(silence.matchers)
        known = self._known.get(silence.id)
        self._known[silence.id] = Silenced(silence, known.hits if known else 0)
        self._next = BEGINNING

    def restore(self, silenced: Silenced) -> None:
        self._matchers[silenced.silence.id] = parse_matchers(silenced.silence.matchers)
        self._known[silenced.silence.id] = silenced

    def is_due(self, now: datetime) -> bool:
        return bool(self._known) and self._next <= now

    def turns(self, now: datetime) -> list[tuple[Turn, Silenced]]:
        """What has become of silences since the last call; what still holds may come again. What is
        forgotten is no longer here."""
        if not self.is_due(now):
            return []
        known = self._known.values()
        found: list[tuple[Turn, Silenced]] = [
            (turn, one) for one in known for turn in self._turns_of(one, now)
        ]
        for turn, one in found:
            if turn == "forgotten":
                del self._known[one.silence.id], self._matchers[one.silence.id]
        self._turned = now
        coming = (moment for one in self._known.values() for moment in self._moments(one))
        self._next = min((moment for moment in coming if moment > now), default=now)
        return found

    def _turns_of(self, one: Silenced, now: datetime) -> Iterator[Turn]:
        begins, notice, ends, forgotten = self._moments(one)
        if self._turned < begins <= now < ends:
            yield "begins"
        if notice <= now and one.is_active(now):
            yield "ends soon"
        if ends <= now:
            yield "ended"
        if forgotten <= now:
            yield "forgotten"

    def _moments(self, one: Silenced) -> tuple[datetime, datetime, datetime, datetime]:
        silence = one.silence
        return silence.starts, silence.ends - self._notice, silence.ends, silence.ends + KEPT

    def muting(self, labels: Labels, now: datetime) -> list[Silenced]:
        """Every silence that mutes such an alert now."""
        return [
            one
            for one in self._known.values()
            if one.is_active(now) and all_fit(self._matchers[one.silence.id], labels)
        ]
