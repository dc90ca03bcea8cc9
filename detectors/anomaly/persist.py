"""The baseline's state as key-value pairs, for a table or a compacted topic; only what changed.

Keys are JSON lists that begin with the kind of thing they hold; values are msgpack, or a row's
bytes, under one version in `progress`. Never pickles: they break between versions. A key that had
nothing in an hour, and of which nothing was expected, is not written: its row says what it was when
it was last seen, and what followed is counted in `fleet`.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from detectors.anomaly.baseline import Baseline
from detectors.anomaly.rows import Key
from detectors.anomaly.state import VERSION, Acquaintance, Details, Fleet, Progress
from detectors.records import PartialSum

Pair = tuple[str, bytes | None]
"""A key with its new value; None deletes it."""

_encode = msgspec.msgpack.Encoder().encode


class _Version(msgspec.Struct):
    version: int = 0


def dump_changes(baseline: Baseline) -> Iterator[Pair]:
    """What changed since the last call, progress always included."""
    changed, rows = baseline.changed, baseline.rows
    yield _name("progress"), _encode(baseline.progress)
    yield _name("fleet"), _encode(baseline.fleet)
    for minute in sorted(changed.sums):
        waiting = baseline.pending.get(minute, {})
        for key in sorted(changed.sums[minute]):
            part = waiting.get(key)
            yield _name("sum", minute.isoformat(), *key), _encode(part) if part else None
    for pair in sorted(changed.known):
        known = baseline.known.of.get(pair)
        yield _name("known", *pair), _encode(known) if known else None
    for key in sorted(changed.gone - rows.index.keys()):
        for kind in ("row", "run", "before"):
            yield _name(kind, *key), None
    written = list(changed.rows)
    packed, people = rows.pack(written), baseline.people.of(written)
    for row, data, sketch in zip(written, packed, people, strict=True):
        yield _name("row", *rows.key(row)), _encode([row, data, sketch])
    written = list(changed.running)
    for row, data in zip(written, rows.running.pack(written), strict=True):
        details = baseline.details.get(row)
        idle = details is None and not rows.running.of["ring"][row].any()
        yield _name("run", *rows.key(row)), None if idle else _encode([data, details])
    for key in sorted(changed.before & rows.index.keys()):
        yield _name("before", *key), baseline.answers.before.get(rows.index[key])
    changed.clear()
    yield from baseline.matcher.dump_changes()
    yield from baseline.panel.dump_changes()


def restore(baseline: Baseline, pairs: Iterable[tuple[str, bytes]]) -> None:
    """Fills an empty baseline; ValueError for a state of another version."""
    of_keys: dict[str, dict[Key, bytes]] = {"row": {}, "run": {}, "before": {}}
    others: list[tuple[str, list[str], bytes]] = []
    for name, value in pairs:
        match _parts(name):
            case ["progress"]:
                _require_version(_decode(value, _Version).version)
                others.append(("progress", [], value))
            case [("row" | "run" | "before") as kind, channel, subprocessor, service, category]:
                of_keys[kind][channel, subprocessor, service, category] = value
            case [kind, *parts]:
                others.append((kind, parts, value))
            case _:
                raise ValueError("baseline state without a kind")
    for kind, parts, value in others:
        _restore(baseline, kind, parts, value)
    _restore_keys(baseline, **of_keys)
    baseline.restored()


def _restore(baseline: Baseline, kind: str, parts: list[str], value: bytes) -> None:
    match kind, parts:
        case "progress", []:
            baseline.progress = _decode(value, Progress)
        case "fleet", []:
            baseline.fleet = _decode(value, Fleet)
        case "sum", [minute, channel, subprocessor, service, category]:
            key = (channel, subprocessor, service, category)
            waiting = baseline.pending.setdefault(datetime.fromisoformat(minute), {})
            waiting[key] = _decode(value, PartialSum)
        case "known", [channel, subprocessor]:
            baseline.known.of[channel, subprocessor] = _decode(value, Acquaintance)
        case (("couple" | "traces" | "feeds"), _):
            baseline.matcher.restore(kind, parts, value)
        case (("opinion" | "drift" | "opinion-hour"), [channel, subprocessor]):
            baseline.panel.restore(kind, channel, subprocessor, value)
        case _:
            raise ValueError(f"baseline state of an unknown kind: {kind}")


def _restore_keys(
    baseline: Baseline,
    row: Mapping[Key, bytes],
    run: Mapping[Key, bytes],
    before: Mapping[Key, bytes],
) -> None:
    """All keys at once: one by one they would take thirty times as long."""
    rows = baseline.rows
    if homeless := (run.keys() | before.keys()) - row.keys():
        raise ValueError(f"baseline state of {len(homeless)} keys without their rows")
    stored = [_decode(value, tuple[int, bytes, bytes]) for value in row.values()]
    numbers = [number for number, _, _ in stored]
    rows.restore(dict(zip(row, numbers, strict=True)), [data for _, data, _ in stored])
    for number, _, sketch in stored:
        baseline.people.put(number, sketch)
    under_way = [_decode(value, tuple[bytes, Details | None]) for value in run.values()]
    places = [rows.index[key] for key in run]
    rows.running.put(places, [data for data, _ in under_way])
    for place, (_, details) in zip(places, under_way, strict=True):
        if details is not None:
            baseline.details[place] = details
    for key, value in before.items():
        baseline.answers.before[rows.index[key]] = value


def kind_of(name: str) -> str:
    """What a key says that it holds."""
    return _parts(name)[0]


def _parts(name: str) -> list[str]:
    return msgspec.json.decode(name, type=list[str])


def _name(*parts: str) -> str:
    return msgspec.json.encode(parts).decode()


def _decode(value: bytes, kind: Any) -> Any:
    try:
        return msgspec.msgpack.decode(value, type=kind)
    except msgspec.DecodeError:
        raise ValueError("baseline state is not what this program writes") from None


def _require_version(found: int) -> None:
    if found != VERSION:
        raise ValueError(f"baseline state has version {found}, this program reads {VERSION}")
