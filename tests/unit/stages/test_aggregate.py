"""What the combiner makes of many people."""

from detectors.membership import ask, set_of
from detectors.records import CategoryCount
from detectors.subprocessors import Registry
from detectors.taxonomy import default_taxonomy
from monitor.stages.aggregate import PRINTS_KEPT, Aggregate
from monitor.stages.names import Names
from tests.support.index_records import flow


def test_a_set_of_very_many_people_comes_in_records_that_kafka_takes() -> None:
    people = set(range(PRINTS_KEPT + 5_000))
    category = CategoryCount(name="user", values=len(people), fields=("$.users[*]",))
    total = Aggregate(Names(Registry([]), default_taxonomy()))
    total.add(flow(1, categories=(category,)), {"user": people})
    members = total.members("k1")
    assert len(members) == 2
    assert all(len(one.prints) < 1_000_000 for one in members)
    parts = [one.prints for one in members]
    asked = range(0, len(people), 997)
    assert all(ask(set_of(members[0]), parts, person).found for person in asked)
