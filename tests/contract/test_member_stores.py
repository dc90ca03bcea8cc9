"""What every store of people's sets must do: found or not, since when, under which key; audited.

Another store joins by one more parameter of `people`.
"""

import sqlite3
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from datetime import date
from typing import NamedTuple

import pytest

from alerts.index.elastic.members import ElasticMembers
from alerts.index.members import Asked, Gap, MemberSets, MemberStore
from alerts.index.writer import Entry
from detectors.pseudonym import Pseudonymiser
from detectors.records import Members
from tests.support.index_records import KEY
from tests.support.index_records import members as sent
from tests.support.indexes import (
    NAMES,
    elastic_indexes,  # noqa: F401 - a fixture
)

NEXT_KEY = Pseudonymiser(b"n" * 32, "key-2")
EMAIL = "user.contact.email"


class People(NamedTuple):
    """A store, and what writes to it."""

    store: MemberStore
    add: Callable[[Sequence[Members]], None]


@pytest.fixture(params=NAMES)
def people(request: pytest.FixtureRequest) -> Generator[People]:
    if request.param == "sqlite":
        with closing(sqlite3.connect(":memory:")) as connection:
            sets = MemberSets(connection)
            sets.create()
            yield People(sets, sets.add)
    else:
        index = request.getfixturevalue("elastic_indexes").empty()
        log = Log()
        yield People(
            ElasticMembers(index.client, index.layout),
            lambda members: log.written(index.writer.write(log.entries(members))),
        )


class Log:
    """Gives each record a place of its own."""

    def __init__(self) -> None:
        self._next = 0

    def entries(self, members: Sequence[Members]) -> list[Entry]:
        self._next += len(members)
        return [Entry(one, "members/0", self._next + n) for n, one in enumerate(members)]

    def written(self, rejected: Sequence[object]) -> None:
        assert list(rejected) == []


KEYS = {KEY.key_id: KEY}


def test_nothing_is_known_of_nobody(people: People) -> None:
    assert people.store.lookup("ada@example.org", KEYS) == ([], 0, None, None, 0, [])
    assert people.store.period() is None


def test_sent_says_to_whom_and_from_when_to_when(people: People) -> None:
    people.add([sent("ada@example.org", "x@y.org", day=5), sent("grace@example.org", day=6)])
    people.add([sent("ADA@example.org ", day=8), sent("ada@example.org", to="hubspot", day=7)])
    found = people.store.lookup("ada@example.org", KEYS)
    assert [(one.subprocessor, one.days, one.first, one.last) for one in found.sent] == [
        ("hubspot", 1, date(2026, 1, 7), date(2026, 1, 7)),
        ("stripe", 2, date(2026, 1, 5), date(2026, 1, 8)),
    ]
    assert (found.sets, found.first, found.last) == (4, date(2026, 1, 5), date(2026, 1, 8))
    assert people.store.period() == (date(2026, 1, 5), date(2026, 1, 8))
    assert found.false_positive == pytest.approx(5 / 2**32, rel=1e-6)
    assert people.store.lookup("nobody@example.org", KEYS).sent == []


def test_a_value_of_another_category_is_another_value(people: People) -> None:
    people.add([sent("12345", category="user.financial")])
    assert people.store.lookup("12345", KEYS).sent[0].category == "user.financial"
    people.add([sent("12345", category=EMAIL)])
    assert [one.category for one in people.store.lookup("12345", KEYS).sent] == [
        EMAIL,
        "user.financial",
    ]


def test_days_bound_the_question(people: People) -> None:
    people.add([sent("ada@example.org", day=day) for day in (5, 6, 7)])

    def days(since: date | None, until: date | None) -> int:
        answer = people.store.lookup("ada@example.org", KEYS, since, until)
        assert answer.sets == sum(one.days for one in answer.sent)
        return answer.sets

    assert days(date(2026, 1, 6), None) == 2
    assert days(None, date(2026, 1, 6)) == 1
    assert days(date(2026, 1, 6), date(2026, 1, 7)) == 1
    assert days(date(1, 1, 1), date(9999, 12, 31)) == 3


def test_a_set_grows_by_batches_and_a_repeated_one_changes_nothing(people: People) -> None:
    batches = [[sent(*(f"p{n}-{i}@example.org" for i in range(20)))] for n in range(40)]
    for batch in [*batches, *batches[:10]]:
        people.add(batch)
    for value in ("p0-0@example.org", "p39-19@example.org"):
        found = people.store.lookup(value, KEYS)
        assert (found.sets, found.sent[0].days) == (1, 1)
        assert found.false_positive == pytest.approx(800 / 2**32, rel=1e-6)


def test_each_key_answers_for_its_days_and_a_lost_one_is_told(people: People) -> None:
    people.add(
        [
            sent("ada@example.org", day=5),
            sent("ada@example.org", day=6),
            sent("ada@example.org", day=6, key=NEXT_KEY),
            sent("ada@example.org", day=9, key=NEXT_KEY),
        ]
    )
    both = people.store.lookup("ada@example.org", {NEXT_KEY.key_id: NEXT_KEY, **KEYS})
    assert (both.sent[0].days, both.gaps, both.sets) == (3, [], 4)
    lost = people.store.lookup("ada@example.org", {NEXT_KEY.key_id: NEXT_KEY})
    assert (lost.sent[0].days, lost.sets) == (2, 2)
    assert lost.gaps == [Gap("key-1", date(2026, 1, 5), date(2026, 1, 6))]


def test_questions_are_kept_in_their_order(people: People) -> None:
    asked = [
        Asked(f"2026-01-{day:02}T12:00:00.000001+00:00", "dpo", f"DSR-{day}", "0f" * 8, since, "")
        for day, since in ((1, ""), (2, "2025-12-01"), (30, ""))
    ]
    for one in asked:
        people.store.audit(one)
    assert people.store.audited() == asked
