"""Parts of sets: they grow, they end, and what was not acknowledged is written again."""

import random
from datetime import UTC, datetime

from alerts.index.elastic.parts import FULL, Change, Parts
from detectors.membership import SetName, ask, fingerprints, packed, unpacked
from detectors.records import Members

DAY = datetime(2026, 1, 5, tzinfo=UTC)


def members(*people: int, to: str = "stripe") -> Members:
    name = SetName(to, "user.contact.email", "2026-01-05", "k1")
    prints = packed(fingerprints(name, people))
    return Members(
        day=DAY, subprocessor=to, category=name.category, key_id=name.key_id, prints=prints
    )


def holds(change: Change) -> int:
    return len(unpacked(change.record.prints))


def test_a_part_takes_in_what_is_new_and_is_left_alone_otherwise() -> None:
    parts = Parts()
    (first,) = parts.changes([members(1, 2), members(2, 3)])
    assert holds(first) == 3
    parts.written([first])
    assert parts.changes([members(1), members(3, 2)]) == []
    (second,) = parts.changes([members(3, 4)])
    assert second.part.id == first.part.id
    assert ask(second.name, [second.record.prints], 4).found
    assert holds(second) == 4


def test_what_was_not_acknowledged_is_a_change_again() -> None:
    parts = Parts()
    parts.changes([members(1)])
    (again,) = parts.changes([members(1)])
    assert holds(again) == 1


def test_a_full_part_stays_and_the_next_holds_nothing_of_it() -> None:
    rng = random.Random(1)
    many = [rng.getrandbits(63) for _ in range(FULL)]
    parts = Parts()
    (full,) = parts.changes([members(*many)])
    parts.written([full])
    assert parts.changes([members(*many[:100])]) == []
    (following,) = parts.changes([members(*many[:100], 1, 2)])
    assert following.part.id != full.part.id
    assert holds(following) == 2


def test_two_writers_write_parts_of_their_own() -> None:
    (ours,) = Parts().changes([members(1)])
    (theirs,) = Parts().changes([members(1)])
    assert ours.part.id != theirs.part.id
    assert ask(ours.name, [ours.record.prints, theirs.record.prints], 1).false_positive == 1 / 2**32


def test_memory_is_bounded_and_what_is_forgotten_is_written_again() -> None:
    parts = Parts(remembered=5)
    for n, vendor in enumerate(("stripe", "hubspot", "segment")):
        parts.written(parts.changes([members(*range(10 * n, 10 * n + 3), to=vendor)]))
    assert parts.changes([members(20, 21, to="segment")]) == []
    (again,) = parts.changes([members(0, to="stripe")])
    assert holds(again) == 1
