"""Silences from where the alert stage keeps them, and what was said since."""

from collections.abc import Iterable

import msgspec

from alerts.desk.silences import Silenced
from alerts.index.sqlite import SqliteIndex
from detectors.records import Silence
from monitor.state.store import StateStore


def known_silences(index: SqliteIndex, state: StateStore) -> list[Silenced]:
    """Every silence, those that end first coming first. Over Kafka each partition counts its own
    hits: they are added up."""
    pairs = dict(state.state("alert"))
    found: dict[str, Silenced] = {}
    for key, value in pairs.items():
        if "silence/" in key:
            one = msgspec.json.decode(value, type=Silenced)
            known = found.get(one.silence.id)
            one.hits += known.hits if known else 0
            found[one.silence.id] = one
    seen = int(pairs.get("commands-seen", b"0"))
    for silence in _said(index, seen):
        known = found.get(silence.id)
        found[silence.id] = Silenced(silence, known.hits if known else 0)
    return sorted(found.values(), key=lambda one: (one.silence.ends, one.silence.id))


def _said(index: SqliteIndex, seen: int) -> Iterable[Silence]:
    """What the alert stage has yet to take up."""
    return (one.silence for one in index.commands(after=seen) if one.silence is not None)


def find_silence(silences: Iterable[Silenced], silence_id: str) -> Silence:
    """The silence whose id begins so; ValueError where there is none, or more than one."""
    known = [one.silence for one in silences]
    found = [one for one in known if silence_id and one.id.startswith(silence_id)]
    if len(found) == 1:
        return found[0]
    if found:
        raise ValueError("several silences have ids that start so: give more of it")
    raise ValueError("there is no such silence; `egresswatch silences list` shows their ids")
