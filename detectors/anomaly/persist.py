"""The baseline's state as key-value pairs, for a table or a compacted topic; only what changed.

Keys are JSON lists that begin with the kind of thing they hold; values are msgpack with a version
in `progress` and in every model. Never pickles: they break between versions.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from detectors.anomaly.baseline import Baseline
from detectors.anomaly.state import VERSION, Acquaintance, Progress, RunningHour
from detectors.records import PartialSum

Pair = tuple[str, bytes | None]
"""A key with its new value; None deletes it."""

_encode = msgspec.msgpack.Encoder().encode


def dump_changes(baseline: Baseline) -> Iterator[Pair]:
    """What changed since the last call, progress always included."""
    yield _name("progress"), _encode(baseline.progress)
    for minute, key in sorted(baseline.changed.sums):
        part = baseline.pending.get(minute, {}).get(key)
        yield _name("sum", minute.isoformat(), *key), _encode(part) if part else None
    for key in sorted(baseline.changed.hours):
        yield _name("hour", *key), _encode(baseline.hours[key])
    for pair in sorted(baseline.changed.known):
        yield _name("known", *pair), _encode(baseline.known[pair])
    for key, metric in sorted(baseline.changed.models):
        yield _name("model", *key, metric), baseline.models[key, metric].dump()
    baseline.changed.clear()


def restore(baseline: Baseline, pairs: Iterable[tuple[str, bytes]]) -> None:
    """Fills an empty baseline; ValueError for a state of another version."""
    for name, value in pairs:
        kind, *parts = msgspec.json.decode(name, type=list[str])
        match kind, parts:
            case "progress", []:
                baseline.progress = _decode(value, Progress)
                _require_version(baseline.progress.version)
            case "sum", [minute, channel, subprocessor, service, category]:
                key = (channel, subprocessor, service, category)
                waiting = baseline.pending.setdefault(datetime.fromisoformat(minute), {})
                waiting[key] = _decode(value, PartialSum)
            case "hour", [channel, subprocessor, service, category]:
                key = (channel, subprocessor, service, category)
                baseline.hours[key] = _decode(value, RunningHour)
            case "known", [channel, subprocessor]:
                baseline.known[channel, subprocessor] = _decode(value, Acquaintance)
            case "model", [channel, subprocessor, service, category, metric]:
                key = (channel, subprocessor, service, category)
                baseline.models[key, metric] = baseline.load_model(value)
            case _:
                raise ValueError(f"baseline state of an unknown kind: {kind}")


def _name(*parts: str) -> str:
    return msgspec.json.encode(parts).decode()


def _decode(value: bytes, kind: Any) -> Any:
    try:
        return msgspec.msgpack.decode(value, type=kind)
    except msgspec.DecodeError:
        raise ValueError(f"baseline state is not a {kind.__name__}") from None


def _require_version(found: int) -> None:
    if found != VERSION:
        raise ValueError(f"baseline state has version {found}, this program reads {VERSION}")
