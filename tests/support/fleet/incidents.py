"""Incidents, one function a kind: how it changes a course, and the label that tells the truth.

Each takes (rng, course, scale, size), changes the course's effects and returns the label, or None
where that stream is not one that such an incident could befall.
"""

from collections.abc import Callable
from itertools import cycle, islice

import numpy as np

from tests.support.fleet.happenings import Course, Effect, moment
from tests.support.fleet.labels import Incident
from tests.support.fleet.scale import MINUTES_A_DAY, Scale
from tests.support.fleet.vendors import CATEGORIES, Share, Stream

HOUR = 60
CONTINUOUS = ("office", "consumer", "machine", "cron")
Maker = Callable[[np.random.Generator, Course, Scale, float], Incident | None]


def label(
    kind: str, size: float, course: Course, start: int, end: int, category: str = "", late: int = 0
) -> Incident:
    """`late`: minutes after the end in which a finding still counts."""
    around = course.expected[max(0, start - HOUR) : end + HOUR]
    return Incident(
        kind=kind,
        size=size,
        subprocessor=course.stream.subprocessor,
        service=course.stream.service,
        category=category,
        start=moment(start),
        end=moment(end),
        deadline=moment(end + late),
        hourly=float(around.mean() * HOUR),
        channel=course.channel,
    )


def busy_start(
    rng: np.random.Generator, course: Course, scale: Scale, at_least: float, length: int
) -> int | None:
    """A minute with traffic around it: at least so many requests expected in `length`."""
    ahead = np.convolve(course.expected, np.ones(length), "full")[length - 1 :]
    fit = np.flatnonzero(ahead[: scale.minutes - length - HOUR] >= at_least)
    fit = fit[fit >= scale.quiet_days * MINUTES_A_DAY]
    return _aligned(int(rng.choice(fit)), scale) if len(fit) else None


def _aligned(minute: int, scale: Scale) -> int:
    """The start of the window that holds it: a sum belongs to an incident or not."""
    return minute - minute % scale.step


def _share(rng: np.random.Generator, stream: Stream) -> Share:
    return stream.shares[int(rng.integers(len(stream.shares)))]


def burst(rng: np.random.Generator, course: Course, scale: Scale, size: float) -> Incident | None:
    """So many times the data, as more requests or as more people in each request."""
    return burst_of(rng, course, scale, size, int(rng.integers(10, 90)), 20)


def burst_of(
    rng: np.random.Generator,
    course: Course,
    scale: Scale,
    size: float,
    length: int,
    at_least: float,
) -> Incident | None:
    """One of so many minutes, where at least so many requests are expected in them."""
    start = busy_start(rng, course, scale, at_least, length)
    if start is None:
        return None
    if rng.random() < 0.5:
        course.effects.append(Effect(start, start + length, factor=size))
        return label("burst", size, course, start, start + length, late=HOUR)
    category = course.stream.shares[0].name
    course.effects.append(Effect(start, start + length, category=category, values=size))
    return label("burst", size, course, start, start + length, category, late=HOUR)


def new_category(rng, course, scale, size):
    """A category that this sub-processor never got, in some of the requests."""
    length = int(rng.integers(30, 240))
    start = busy_start(rng, course, scale, max(60 / size, 10), length)
    known = {share.name for share in course.stream.shares}
    if start is None:
        return None
    name = str(rng.choice([one for one in CATEGORIES if one not in known]))
    share = Share(
        name, min(1.0, size / 10), 1.5, 1.0, (f"$.profile.{name.rsplit('.', maxsplit=1)[-1]}",)
    )
    course.effects.append(Effect(start, start + length, added=share))
    return label("new-category", size, course, start, start + length, name, late=HOUR)


def new_field(rng, course, scale, size):
    """A known category in a place of the payload where it never was."""
    length = int(rng.integers(30, 240))
    start = busy_start(rng, course, scale, 30, length)
    if start is None:
        return None
    category = course.stream.shares[0].name
    path = (f"$.debug.{category.split('.')[-1]}",)
    course.effects.append(Effect(start, start + length, category=category, fields=path))
    return label("new-field", size, course, start, start + length, category, late=HOUR)


def new_destination(rng, course, scale, size):
    """A host of the vendor's that was never used."""
    length = int(rng.integers(30, 240))
    start = busy_start(rng, course, scale, 10, length)
    if start is None:
        return None
    host = (f"upload.{course.stream.subprocessor}.test",)
    course.effects.append(Effect(start, start + length, destinations=host))
    return label("new-destination", size, course, start, start + length, late=HOUR)


def new_region(rng, course, scale, size):
    """The service runs in a region where it never did, too."""
    length = int(rng.integers(30, 240))
    start = busy_start(rng, course, scale, 10, length)
    if start is None:
        return None
    course.effects.append(Effect(start, start + length, regions=("ap-south-9",)))
    return label("new-region", size, course, start, start + length, late=HOUR)


def new_principal(rng, course, scale, size):
    """Somebody else's credentials are used."""
    length = int(rng.integers(30, 240))
    start = busy_start(rng, course, scale, 10, length)
    if start is None:
        return None
    effect = Effect(start, start + length, principals=("user:00000000000000ff",))
    course.effects.append(effect)
    return label("new-principal", size, course, start, start + length, late=HOUR)


def silence(rng, course, scale, size):
    """Nothing any more. In time is what comes within two periods: of the batch, or of twenty
    requests' time."""
    nightly = course.stream.rhythm == "nightly"
    length = 2 * MINUTES_A_DAY if nightly else int(rng.integers(3, 24)) * HOUR
    start = busy_start(rng, course, scale, 60, length)
    if start is None:
        return None
    ahead = np.cumsum(course.expected[start : start + length])
    period = MINUTES_A_DAY if nightly else int(np.searchsorted(ahead, 20))
    late = max(2 * period, 2 * HOUR) - length
    course.effects.append(Effect(start, start + length, factor=0.0))
    return label("silence", size, course, start, start + length, late=late)


def drop(rng, course, scale, size):
    """Only a part of the usual, for most of a day."""
    if course.stream.rhythm not in CONTINUOUS:
        return None
    length = int(rng.integers(8, 24)) * HOUR
    start = busy_start(rng, course, scale, 400, length)
    if start is None:
        return None
    course.effects.append(Effect(start, start + length, factor=size))
    return label("drop", size, course, start, start + length, late=2 * HOUR)


def leak(rng, course, scale, size):
    """A little more each day: more people of one category, with the same requests or with more."""
    start = int(rng.integers(scale.quiet_days, max(scale.days - 10, scale.quiet_days + 1)))
    first, days = start * MINUTES_A_DAY, scale.days - start
    if (
        course.stream.rhythm == "weekly"
        or course.stream.start_day
        or course.expected[first:].sum() < 40 * days
    ):
        return None
    grown = size ** (np.arange(days * MINUTES_A_DAY) / MINUTES_A_DAY)
    category = course.stream.shares[0].name
    if rng.random() < 0.5:
        effect = Effect(first, scale.minutes, category=category, values=grown)
    else:
        effect = Effect(first, scale.minutes, factor=grown)
    course.effects.append(effect)
    late = 10 * MINUTES_A_DAY - days * MINUTES_A_DAY
    return label("leak", size, course, first, scale.minutes, category, late=min(late, 0))


def off_hours(rng, course, scale, size):
    """Daytime's traffic, or a share of it, while the offices sleep."""
    if course.stream.rhythm != "office" or course.stream.rate < 0.5:
        return None
    usual = float(np.quantile(course.expected, 0.9))
    length = int(rng.integers(1, 4)) * HOUR
    late = course.expected[scale.quiet_days * MINUTES_A_DAY : scale.minutes - length - HOUR]
    quiet = np.flatnonzero(late < 0.05 * usual)
    if not len(quiet):
        return None
    start = _aligned(int(rng.choice(quiet)) + scale.quiet_days * MINUTES_A_DAY, scale)
    course.effects.append(Effect(start, start + length, extra=size * usual))
    return label("off-hours", size, course, start, start + length, late=HOUR)


def mix_shift(rng, course, scale, size):
    """As many requests as ever, with more of one category and less of another in them."""
    rare = [share for share in course.stream.shares if share.requests <= 0.9 / size]
    length = int(rng.integers(6, 36)) * HOUR
    start = busy_start(rng, course, scale, 600, length)
    if not rare or start is None:
        return None
    more, less = rare[0], course.stream.shares[0]
    course.effects.append(Effect(start, start + length, category=more.name, requests=size))
    course.effects.append(Effect(start, start + length, category=less.name, requests=1 / size))
    return label("mix-shift", size, course, start, start + length, more.name, late=2 * HOUR)


def moved_batch(rng, course, scale, size):
    """The nightly run comes hours later, from one day on."""
    if course.stream.rhythm != "nightly" or course.stream.rate * course.stream.batch_length < 60:
        return None
    day = int(rng.integers(scale.quiet_days, scale.days - 2))
    first, by = day * MINUTES_A_DAY - 2 * HOUR, int(size * HOUR)
    moved = np.roll(course.expected[first:], by)
    moved[:by] = 0.0005
    course.expected = np.concatenate([course.expected[:first], moved])
    return label("moved-batch", size, course, first, scale.minutes)


def many_destinations(rng, course, scale, size):
    """The usual amount, each minute to other hosts."""
    length = int(rng.integers(1, 6)) * HOUR
    start = busy_start(rng, course, scale, size * length, length)
    if start is None:
        return None
    course.effects.append(Effect(start, start + length, hosts_a_minute=int(size)))
    return label("many-destinations", size, course, start, start + length, late=HOUR)


def many_subjects(rng, course, scale, size):
    """The usual number of values, of many more people."""
    fit = [share for share in course.stream.shares if share.people <= 1.1 / size]
    length = int(rng.integers(2, 12)) * HOUR
    start = busy_start(rng, course, scale, 300, length)
    if not fit or start is None:
        return None
    name = fit[0].name
    effect = Effect(start, start + length, category=name, people=size, other_people=True)
    course.effects.append(effect)
    return label("many-subjects", size, course, start, start + length, name, late=HOUR)


def access_without_egress(rng, course, scale, size):
    """Reads for the vendor, `size` times the busiest hour's, and nothing is sent to it."""
    length = int(rng.integers(20, 120))
    first, last = scale.quiet_days * MINUTES_A_DAY, scale.minutes - length - 3 * HOUR
    start = _aligned(int(rng.integers(first, last)), scale)
    busiest = float(np.quantile(course.expected, 0.95))
    course.effects.append(Effect(start, start + length, extra=max(size * busiest, 0.5)))
    return label("access-without-egress", size, course, start, start + length, late=2 * HOUR)


def egress_without_access(rng, course, scale, size):
    """What is sent was never read in a way that leaves a record."""
    length = int(rng.integers(2, 6)) * HOUR
    start = busy_start(rng, course.echo, scale, 200, length)
    if start is None:
        return None
    course.effects.append(Effect(start, start + length, factor=0.0))
    return label("egress-without-access", size, course, start, start + length, late=2 * HOUR)


MAKERS: tuple[tuple[str, Maker, tuple[float, ...]], ...] = (
    ("burst", burst, (3, 10, 100)),
    ("new-category", new_category, (1, 10)),
    ("new-field", new_field, (1,)),
    ("new-destination", new_destination, (1,)),
    ("silence", silence, (0,)),
    ("drop", drop, (0.3, 0.1)),
    ("leak", leak, (1.03,)),
    ("off-hours", off_hours, (0.2, 1)),
    ("mix-shift", mix_shift, (2, 4)),
    ("moved-batch", moved_batch, (4, 8)),
    ("many-destinations", many_destinations, (1, 5)),
    ("many-subjects", many_subjects, (4,)),
    ("access-without-egress", access_without_egress, (1,)),
    ("egress-without-access", egress_without_access, (1,)),
)
BY_NAME: tuple[tuple[str, Maker, tuple[float, ...]], ...] = (
    ("new-region", new_region, (1,)),
    ("new-principal", new_principal, (1,)),
)
"""Only where they are named: the others stay as they were drawn before there were these."""
_OF_READS = (access_without_egress, egress_without_access)
"""They befall the access records; all others what is sent."""
KINDS = (*(name for name, _, _ in (*MAKERS, *BY_NAME)), "new-service")
"""`new-service` is made by `world`: it is a course that begins."""


def strike(rng: np.random.Generator, courses: list[Course], scale: Scale) -> list[Incident]:
    """Incidents of all kinds and sizes in turn, at most one a sub-processor, in two thirds of
    them."""
    free = sorted({course.stream.subprocessor for course in courses})
    wanted = [
        (maker, size)
        for kind, maker, sizes in (*MAKERS, *BY_NAME)
        for size in sizes
        if (kind in scale.kinds if scale.kinds else (kind, maker, sizes) in MAKERS)
    ]
    order = [wanted[index] for index in rng.permutation(len(wanted))]
    struck: list[Incident] = []
    for maker, size in islice(cycle(order), len(free) * 2 // 3):
        open_courses = [
            course
            for course in courses
            if course.stream.subprocessor in free
            and (course.echo is not None) == (maker in _OF_READS)
        ]
        for index in rng.permutation(len(open_courses)):
            if incident := maker(rng, open_courses[index], scale, size):
                struck.append(incident)
                free.remove(incident.subprocessor)
                break
    return struck
