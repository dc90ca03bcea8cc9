"""What an incident's effects do to a log: requests are dropped, repeated about other people, or
told in other words. The clock's minutes are those of the fleet, from 0."""

from dataclasses import replace

import numpy as np

from tests.support.fleet.happenings import Course, Effect
from tests.support.public.logs import Column, Log


def befallen(log: Log, number: int, course: Course, rng: np.random.Generator) -> Log:
    """The log after what happens to its stream of that number."""
    for effect in course.effects:
        mine = log.stream == number
        own = log.only(mine)
        changed = _more_or_less(own, effect, rng)
        changed = changed.joined(_extra(own, effect, changed.request.max(initial=0) + 1, rng))
        changed = _of_category(changed, effect, course, rng)
        rest = replace(log.only(~mine), categories=changed.categories)
        log = rest.joined(changed)
    return log


def _within(log: Log, effect: Effect) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    return (log.minute >= effect.start) & (log.minute < effect.end)


def _by_minute(log: Log, effect: Effect, factor: "float | np.ndarray") -> "np.ndarray":
    """A factor for each row: 1 outside of the effect."""
    within, each = _within(log, effect), np.ones(len(log.minute))
    if isinstance(factor, np.ndarray):
        each[within] = factor[log.minute[within] - effect.start]
    else:
        each[within] = factor
    return each


def _more_or_less(log: Log, effect: Effect, rng: np.random.Generator) -> Log:
    """Each request so many times: each time but the first about somebody else."""
    _, first, place = np.unique(log.request, return_index=True, return_inverse=True)
    factor = _by_minute(log, effect, effect.factor)[first]
    times = np.floor(factor + rng.random(len(factor))).astype(np.int64)[place]
    kept = log.only(times > 0)
    copies = [_as_others(log.only(times > n), n, rng) for n in range(1, int(times.max(initial=0)))]
    for one in copies:
        kept = kept.joined(one)
    return kept


def _as_others(log: Log, copy: int, rng: np.random.Generator) -> Log:
    """The same requests anew: new numbers, and people of the same stream."""
    apart = (copy << 32) + log.request
    return replace(log, request=apart, subject=_people(log, len(log.minute), rng))


def _people(log: Log, count: int, rng: np.random.Generator) -> Column:
    return rng.choice(log.subject, count) if len(log.subject) else np.zeros(count, np.int64)


def _extra(log: Log, effect: Effect, next_request: int, rng: np.random.Generator) -> Log:
    """Requests like others of the stream, spread over the effect's minutes."""
    requests = np.unique(log.request)
    count = rng.poisson(effect.extra * (effect.end - effect.start)) if len(requests) else 0
    parts = [log.only(log.request == one) for one in rng.choice(requests, count)] if count else []
    extra = log.only(np.zeros(0, np.int64))
    for n, part in enumerate(parts):
        size = len(part.minute)
        when = int(rng.integers(effect.start, effect.end))
        moved = {"minute": np.full(size, when), "request": np.full(size, next_request + n)}
        extra = extra.joined(replace(part, **moved))
    return extra


def _of_category(log: Log, effect: Effect, course: Course, rng: np.random.Generator) -> Log:
    if effect.added:
        return _added(log, effect, rng)
    if not effect.category:
        return log
    number = log.categories.index(effect.category)
    touched = log.category == number
    own, rest = log.only(touched), log.only(~touched)
    factor = _by_minute(own, effect, effect.values)
    if np.any(factor != 1):
        own = _values(own, factor, rng)
    if effect.requests < 1:
        own = own.only(~_within(own, effect) | (rng.random(len(own.minute)) < effect.requests))
    if effect.requests > 1:
        own = own.joined(_carried_more(log, own, number, effect, course, rng))
    return rest.joined(own)


def _values(own: Log, factor: "np.ndarray", rng: np.random.Generator) -> Log:
    """More values in the same requests, about more people."""
    times = np.floor(factor + rng.random(len(factor))).astype(np.int64)
    result = own.only(times > 0)
    for n in range(1, int(times.max(initial=0))):
        more = own.only(times > n)
        result = result.joined(replace(more, subject=_people(own, len(more.minute), rng)))
    return result


def _carried_more(
    log: Log, own: Log, number: int, effect: Effect, course: Course, rng: np.random.Generator
) -> Log:
    """The category in requests that did not have it, so that its share is as many times."""
    having = np.isin(log.request, own.request)
    lacking = log.only(_within(log, effect) & ~having)
    lacking = lacking.only(np.unique(lacking.request, return_index=True)[1])
    share = next(one.requests for one in course.stream.shares if one.name == effect.category)
    chance = min(1.0, share * (effect.requests - 1) / max(1 - share, 1e-9))
    lucky = lacking.only(rng.random(len(lacking.minute)) < chance)
    return replace(lucky, category=np.full(len(lucky.minute), number))


def _added(log: Log, effect: Effect, rng: np.random.Generator) -> Log:
    """A category that was not there, in a share of the requests."""
    assert effect.added
    name, share = effect.added.name, effect.added.requests
    categories = log.categories if name in log.categories else (*log.categories, name)
    log = replace(log, categories=categories)
    within = log.only(_within(log, effect))
    within = within.only(np.unique(within.request, return_index=True)[1])
    some = within.only(rng.random(len(within.minute)) < share)
    number = categories.index(name)
    return log.joined(replace(some, category=np.full(len(some.minute), number)))
