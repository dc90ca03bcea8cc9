"""Sets of fingerprints: nobody is missed, unions are unions, the stated rate is the real one."""

import random
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.index.members import MemberSets
from detectors import membership
from detectors.membership import SetName, ask, fingerprints, packed, united, unpacked
from detectors.pseudonym import Pseudonymiser
from detectors.records import Members
from tests.support.index_records import START

NAME = SetName("stripe", "user.contact.email", "2026-01-05", "k1")
PEOPLE = st.sets(st.integers(0, 2**63 - 1), min_size=1, max_size=60)


@given(PEOPLE)
def test_packing_loses_nothing(people: set[int]) -> None:
    prints = fingerprints(NAME, people)
    assert unpacked(packed(prints)).tolist() == prints.tolist()


@given(st.lists(PEOPLE, min_size=1, max_size=5))
def test_unions_in_any_order_are_the_set_of_all(parts: list[set[int]]) -> None:
    sets = [packed(fingerprints(NAME, part)) for part in parts]
    whole = packed(fingerprints(NAME, set().union(*parts)))
    assert united(sets) == united(sets[::-1]) == whole
    assert all(ask(NAME, sets, one).found for part in parts for one in part)


@given(PEOPLE)
def test_two_sets_of_the_same_people_have_nothing_in_common(people: set[int]) -> None:
    other = NAME._replace(subprocessor="hubspot")
    both = set(fingerprints(NAME, people).tolist()) & set(fingerprints(other, people).tolist())
    assert len(both) <= 1  # by chance: 60 * 60 / 2**32


def test_strangers_are_found_as_seldom_as_stated() -> None:
    rng = random.Random(5)
    data = [packed(fingerprints(NAME, (rng.getrandbits(63) for _ in range(300_000))))]
    prints = set(unpacked(data[0]).tolist())
    tries = 200_000
    strangers = fingerprints(NAME, (rng.getrandbits(63) for _ in range(tries))).tolist()
    stated = ask(NAME, data, 1).false_positive
    assert abs(stated - 300_000 / 2**32) < 1e-7
    expected = stated * tries  # about 14
    assert sum(one in prints for one in strangers) < expected + 6 * expected**0.5


def test_sets_are_as_small_as_stated() -> None:
    rng = random.Random(6)
    data = packed(fingerprints(NAME, (rng.getrandbits(63) for _ in range(10_000))))
    assert len(data) < 3 * 10_000


def test_a_look_up_errs_as_often_as_it_states(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over many sets, with 16 bits in the place of 32: mistakes so frequent that they can be
    counted."""
    monkeypatch.setattr(membership, "BITS", 16)
    rng = random.Random(7)
    with closing(sqlite3.connect(":memory:")) as connection:
        sets = MemberSets(connection)
        sets.create()
        for n in range(20):
            day = START + timedelta(days=n)
            name = NAME._replace(day=day.date().isoformat())
            prints = packed(fingerprints(name, (rng.getrandbits(63) for _ in range(300))))
            sets.add(
                [
                    Members(
                        day=day,
                        subprocessor=name.subprocessor,
                        category=name.category,
                        key_id=name.key_id,
                        prints=prints,
                    )
                ]
            )
        keys = {NAME.key_id: Pseudonymiser(b"k" * 32, NAME.key_id)}
        tries = 500
        answers = [sets.lookup(f"stranger{n}@example.org", keys) for n in range(tries)]
    stated = answers[0].false_positive
    assert 0.08 < stated < 0.09  # 1 - (1 - 300 / 65536) ** 20
    mistaken = sum(bool(answer.sent) for answer in answers)
    assert abs(mistaken - stated * tries) < 4 * (stated * (1 - stated) * tries) ** 0.5
