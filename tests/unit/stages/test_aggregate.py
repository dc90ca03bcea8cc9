"""What the combiner makes of many people."""

from detectors.membership import ask, set_of
from detectors.records import CategoryCount, decode, encode
from detectors.records.sums import ANY_CATEGORY, PartialSum
from detectors.subprocessors import Registry
from detectors.taxonomy import default_taxonomy
from detectors.traces import print_of, unpack
from monitor.stages.aggregate import PRINTS_KEPT, Aggregate
from monitor.stages.names import Names
from tests.support.index_records import START, flow


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


def test_the_sum_of_all_events_says_where_they_came_from() -> None:
    total = Aggregate(Names(Registry([]), default_taxonomy()))
    category = CategoryCount(name="user", values=1)
    origin = {"user_hash": "00aa", "user_roles": ("batch",), "region": "eu-west-1"}
    total.add(flow(1, categories=(category,), trace_id="t1", **origin), {})
    total.add(flow(2, trace_id="t1", region="us-east-1"), {})
    total.add(flow(3, channel="access", rows=70, trace_id="t2"), {})
    total.add(flow(4, channel="access", rows=5), {})

    sums = {(one.channel, one.category): decode(PartialSum, encode(one)) for one in total.sums()}

    whole, access = sums["egress", ANY_CATEGORY], sums["access", ANY_CATEGORY]
    assert whole.regions == ("eu-west-1", "us-east-1")
    assert whole.principals == ("role:batch", "user:00aa")
    assert (whole.traced, unpack(whole.traces)) == (2, {print_of("t1"): 2})
    assert (access.traced, unpack(access.traces)) == (1, {print_of("t2"): 70})
    of_category = sums["egress", "user"]
    assert (of_category.regions, of_category.principals, of_category.traces) == ((), (), b"")


def test_a_sum_of_before_there_were_traces_is_read() -> None:
    old = (
        b'{"@timestamp":"2026-01-05T12:00:00Z","egresswatch.channel":"egress",'
        b'"egresswatch.subprocessor":"stripe","egresswatch.category":"*","egresswatch.events":3}'
    )
    assert decode(PartialSum, old) == PartialSum(
        window=START, channel="egress", subprocessor="stripe", category=ANY_CATEGORY, events=3
    )
