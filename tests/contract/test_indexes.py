"""What every index must do, whatever it is built on.

Another index joins by one more name in `tests.support.indexes`.
"""

from collections.abc import Generator
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from alerts.index.base import Index, QueryError, Seen, Span, What
from detectors.distinct import estimate, sketch
from detectors.records import CategoryCount, Record, Violation, encode
from detectors.records.flow import Suppressed, Uninspected
from detectors.traces import pack, print_of
from tests.support.index_records import START, alert, dead_letter, finding, flow, partial_sum
from tests.support.indexes import (
    NAMES,
    elastic_indexes,  # noqa: F401 - a fixture
    sqlite_index,
)


@pytest.fixture(params=NAMES)
def index(request: pytest.FixtureRequest) -> Generator[Index]:
    if request.param == "sqlite":
        with sqlite_index() as made:
            yield made
    else:
        yield request.getfixturevalue("elastic_indexes").empty()


def ids(index: Index, what: What, query: str = "", **limits: Any) -> list[str]:
    return [row["event.id"] for row in index.search(what, query, **limits).rows]


def document(record: Record) -> dict[str, Any]:
    return msgspec.json.decode(encode(record))


RICH = flow(
    7,
    service="crm",
    destination="api.stripe.com",
    port=443,
    status=200,
    registered=True,
    categories=(
        CategoryCount(
            name="user.contact.email",
            values=3,
            entities=("EMAIL_ADDRESS",),
            fields=("body>json:$.batch[*].email",),
        ),
        CategoryCount(name="user.name", values=1, entities=("PERSON",), fields=("body>json:$.n",)),
    ),
    violations=(Violation(rule="plaintext-http", categories=("user.name",)),),
    size=1_200,
)

# writing


def test_every_record_comes_back_as_its_own_json(index: Index) -> None:
    index.add_flows([RICH])
    index.add_sums([partial_sum()])
    index.add_findings([finding()])
    index.put_alerts([alert()])
    index.add_dead_letters([dead_letter()])
    kept: dict[What, Record] = {
        "flows": RICH,
        "sums": partial_sum(),
        "findings": finding(),
        "alerts": alert(),
        "dead-letters": dead_letter(),
    }
    for what, record in kept.items():
        assert index.search(what).rows == [document(record)], what


def test_all_that_a_flow_and_a_sum_can_say_comes_back(index: Index) -> None:
    """A field that is added to a record must be added to what its index keeps."""
    whole_flow = msgspec.structs.replace(
        RICH,
        user_hash="0123456789abcdef",
        user_roles=("support",),
        scheme="https",
        method="POST",
        tls_version="1.3",
        region="eu-west-1",
        trace_id="t1",
        rows=3,
        inspected=800,
        uninspected=(Uninspected(reason="too-deep", bytes=400),),
        suppressed=(Suppressed(reason="threshold", values=2),),
        late=True,
    )
    whole_sum = partial_sum(
        registered=True,
        destinations=("api.stripe.com",),
        fields=("body>json:$.email",),
        regions=("eu-west-1",),
        principals=("role:support", "user:0123456789abcdef"),
        traced=1,
        traces=pack({print_of("t1"): 1}),
        late=True,
    )
    for record in (whole_flow, whole_sum):
        for field in msgspec.structs.fields(record):
            assert getattr(record, field.name) != field.default, f"give {field.name} a value here"
    index.add_flows([whole_flow])
    index.add_sums([whole_sum])
    assert index.search("flows").rows == [document(whole_flow)]
    assert index.search("sums").rows == [document(whole_sum)]


def test_nothing_is_a_fine_batch(index: Index) -> None:
    index.add_flows([])
    index.add_sums([])
    index.add_findings([])
    index.put_alerts([])
    index.add_dead_letters([])
    assert index.search("flows").total == 0


def test_the_first_flow_of_an_id_stays(index: Index) -> None:
    index.add_flows([flow(1, service="first"), flow(2), flow(1, service="same batch")])
    index.add_flows([flow(1, service="later"), flow(3)])
    assert ids(index, "flows") == ["flow-3", "flow-2", "flow-1"]
    assert index.search("flows", "id:flow-1").rows == [document(flow(1, service="first"))]
    assert index.search("flows", "service:first").total == 1


def test_the_first_dead_letter_of_an_id_stays(index: Index) -> None:
    index.add_dead_letters([dead_letter(1)])
    index.add_dead_letters([dead_letter(1, reason="other")])
    assert index.search("dead-letters").rows == [document(dead_letter(1))]


def test_sums_of_one_key_merge_within_and_over_batches(index: Index) -> None:
    index.add_sums([partial_sum(subjects=sketch([1, 2])), partial_sum(subjects=sketch([2, 3]))])
    index.add_sums([partial_sum(subjects=sketch([4])), partial_sum(late=True)])
    late, merged = index.search("sums").rows
    assert late["egresswatch.late"] is True
    assert merged["egresswatch.events"] == 3
    assert index.search("sums", "events:3").total == 1
    assert estimate(msgspec.convert(merged["egresswatch.subjects"], bytes)).value == 4


def test_sums_of_one_minute_in_another_zone_merge(index: Index) -> None:
    index.add_sums([partial_sum()])
    index.add_sums([partial_sum(window=datetime.fromisoformat("2026-01-05T14:00:00+02:00"))])
    assert index.search("sums").total == 1


@pytest.mark.parametrize(
    "change",
    [
        {"channel": "access"},
        {"subprocessor": "other"},
        {"service": "other"},
        {"category": "user.name"},
        {"window": START + timedelta(minutes=1)},
        {"late": True},
    ],
)
def test_sums_of_different_keys_stay_apart(index: Index, change: dict[str, Any]) -> None:
    index.add_sums([partial_sum(), partial_sum(**change)])
    assert index.search("sums").total == 2


def test_findings_of_one_id_merge(index: Index) -> None:
    index.add_findings([finding(1), finding(1)])
    index.add_findings([finding(1, score=2.0, message="stronger")])
    (row,) = index.search("findings", "message:stronger").rows
    assert row["egresswatch.events"] == 3


def test_the_newest_version_of_an_alert_stays(index: Index) -> None:
    index.put_alerts([alert(1, version=2, status="acknowledged")])
    index.put_alerts([alert(1, version=1)])
    assert ids(index, "alerts", "status:open") == []
    index.put_alerts([alert(1, version=3, status="closed", verdict="expected")])
    assert ids(index, "alerts", "verdict:expected") == [alert(1).id]


# reading


def test_the_newest_come_first(index: Index) -> None:
    index.add_flows([flow(2), flow(9), flow(4)])
    assert ids(index, "flows") == ["flow-9", "flow-4", "flow-2"]


def test_since_is_inclusive_and_until_is_not(index: Index) -> None:
    index.add_flows([flow(n) for n in range(5)])
    since, until = START + timedelta(seconds=1), START + timedelta(seconds=3)
    assert ids(index, "flows", since=since, until=until) == ["flow-2", "flow-1"]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 10])
def test_pages_hold_each_record_once(index: Index, size: int) -> None:
    index.add_flows([flow(n, timestamp=START) for n in range(5)] + [flow(n) for n in range(5, 7)])
    seen: list[str] = []
    after = ""
    while True:
        page = index.search("flows", limit=size, after=after)
        assert page.total == 7
        seen += [row["event.id"] for row in page.rows]
        index.add_flows([flow(1000 + len(seen))])  # newer ones must not move what follows
        after = page.after
        if not after:
            break
    assert sorted(seen) == sorted(f"flow-{n}" for n in range(7))


def test_the_last_page_has_no_token(index: Index) -> None:
    index.add_flows([flow(n) for n in range(4)])
    assert index.search("flows", limit=4).after == ""
    assert index.search("flows", limit=3).after != ""


def test_an_alert_is_found_by_its_id_or_the_start_of_it(index: Index) -> None:
    index.put_alerts([alert(0, id="abc1"), alert(1, id="abc12"), alert(2, id="abx")])
    assert index.alert("abc1") == alert(0, id="abc1")
    assert index.alert("abc12") == alert(1, id="abc12")
    assert index.alert("abx") == alert(2, id="abx")
    assert index.alert("zzz") is None
    assert index.alert("ABX") is None
    with pytest.raises(QueryError, match="give more of it"):
        index.alert("ab")
    with pytest.raises(QueryError, match="which alert"):
        index.alert("")


def test_top_counts_records_by_value(index: Index) -> None:
    index.add_flows([RICH, flow(1, service="crm"), flow(2, service="web"), flow(3)])
    assert index.top("flows", "service") == [("crm", 2), ("web", 1)]
    assert index.top("flows", "service", limit=1) == [("crm", 2)]
    assert index.top("flows", "category") == [("user.contact.email", 1), ("user.name", 1)]
    assert index.top("flows", "registered", "service:crm") == [("false", 1), ("true", 1)]
    assert index.top("flows", "status") == [("200", 1)]
    assert index.top("flows", "time", limit=1) == [("2026-01-05T12:00:01Z", 1)]
    assert index.top("flows", "service", "bytes:>=1000") == [("crm", 1)]
    assert index.top("flows", "service", since=START + timedelta(seconds=2)) == [
        ("crm", 1),
        ("web", 1),
    ]


def test_top_tells_values_apart_that_searches_do_not(index: Index) -> None:
    index.add_flows([flow(1, service="CRM"), flow(2, service="crm")])
    assert index.top("flows", "service") == [("CRM", 1), ("crm", 1)]
    assert index.search("flows", "service:Crm").total == 2


def test_top_adds_a_measure_up(index: Index) -> None:
    index.add_flows([RICH, flow(1, service="crm", size=5), flow(2, service="web", size=50_000)])
    assert index.top("flows", "service", measure="bytes") == [("web", 50_000), ("crm", 1_205)]
    with pytest.raises(QueryError, match="a measure is one of values, rows, bytes"):
        index.top("flows", "service", measure="port")


def test_timelines_have_every_window_on_whole_multiples(index: Index) -> None:
    index.add_flows([flow(n * 60, service="crm" if n % 2 else "web") for n in (0, 1, 3, 8)])
    half = timedelta(minutes=5)
    assert index.timeline("flows", half).series == {"": [3, 1]}
    found = index.timeline("flows", half, by="service", since=START + timedelta(minutes=1))
    assert found.starts == [START, START + half]
    assert found.series == {"crm": [2, 0], "web": [0, 1]}
    assert index.timeline("flows", half, "service:nobody").starts == []


def test_timelines_are_bounded(index: Index) -> None:
    index.add_flows([flow(0), flow(86_400 * 30)])
    with pytest.raises(QueryError, match="more than 2000 windows"):
        index.timeline("flows", timedelta(minutes=1))
    with pytest.raises(QueryError, match="whole seconds"):
        index.timeline("flows", timedelta(milliseconds=1_500))


def test_first_and_last_are_told_to_the_millisecond(index: Index) -> None:
    times = [START + timedelta(microseconds=n) for n in (1_999, 5_001, 2_500)]
    index.add_flows([flow(n, timestamp=time, service="crm") for n, time in enumerate(times)])
    first, last = START + timedelta(milliseconds=1), START + timedelta(milliseconds=5)
    assert index.span("flows") == Span(3, first, last)
    assert index.span("flows", "service:nobody") == Span(0)
    assert index.seen("flows", "service") == [Seen("crm", 3, first, last)]


def test_first_and_last_are_found_wherever_they_lie(index: Index) -> None:
    days = {"crm": (0, 40, 80), "billing": (45, 46), "web": (80, 200, 30), "once": (200,)}
    index.add_flows(
        [
            flow(100 * n + day, service=service, timestamp=START + timedelta(days=day))
            for n, (service, some) in enumerate(days.items())
            for day in some
        ]
    )
    assert index.seen("flows", "service") == [
        Seen(
            service,
            len(some),
            START + timedelta(days=min(some)),
            START + timedelta(days=max(some)),
        )
        for service, some in sorted(days.items(), key=lambda one: (-len(one[1]), one[0]))
    ]
    later = START + timedelta(days=60)
    assert index.seen("flows", "service", "NOT service:once", since=later) == [
        Seen("web", 2, START + timedelta(days=80), START + timedelta(days=200)),
        Seen("crm", 1, START + timedelta(days=80), START + timedelta(days=80)),
    ]


def test_people_are_counted_once_over_services_minutes_and_days(index: Index) -> None:
    days = [
        partial_sum(
            window=START + timedelta(hours=12 * n),
            service=f"s{n % 2}",
            category=category,
            subjects=sketch(range(n, n + 3)),
        )
        for n in range(4)
        for category in ("user.name", "user.contact.email")
    ]
    index.add_sums(days)
    index.add_sums([partial_sum(subprocessor="other", subjects=sketch([99]))])
    people = index.subjects("subprocessor:stripe")
    assert {name: one.value for name, one in people.items()} == {
        "user.contact.email": 6,
        "user.name": 6,
    }
    cut = index.subjects("category:user.name", since=START + timedelta(hours=1))
    assert {name: one.value for name, one in cut.items()} == {"user.name": 5}
    short = index.subjects(until=START + timedelta(minutes=1))
    assert short["user.name"].value == 3
    by_service = index.subjects("service:s0", since=START)
    assert by_service["user.name"].value == 5
    assert index.subjects("subprocessor:nobody") == {}


# the query language

FOUND = [
    "",
    "*",
    "*:*",
    "subprocessor:stripe",
    "egresswatch.subprocessor:stripe",
    "subprocessor:STRIPE",
    'service:"crm"',
    "category:user.contact.email",
    "category:user.contact",
    "category:user",
    "category:user.*.email",
    "entity:person",
    'field:"body>json:$.batch[*].email"',
    "field:*email",
    "violation:plaintext-http",
    "rule:plaintext-http",
    "destination:*.stripe.com",
    "destination:api.strip?.com",
    "registered:true",
    "status:200",
    "status:[200 TO 299]",
    "status:{199 TO 200]",
    "bytes:>=1200",
    "bytes:<1201",
    "bytes:[* TO 2000}",
    "bytes:[* TO *]",
    "values:4",
    "@timestamp:2026-01-05",
    "@timestamp:[2026-01-04 TO 2026-01-05]",
    "@timestamp:>=2026-01-05T12:00:07Z",
    '@timestamp:<"2026-01-05T14:00:08+02:00"',
    "_exists_:port",
    "NOT _exists_:trace.id",
    "-trace:*",
    "NOT trace:abc",
    "+service:crm -service:web",
    "service:crm subprocessor:stripe",
    "service:web OR subprocessor:stripe",
    "service:(web OR crm)",
    "service:(crm AND NOT web)",
    "(service:crm AND (bytes:1200))",
    "stripe",
    "CRM",
    "plaintext-http user.contact",
    "service:c\\rm",
    "id:flow-7",
    "id:flow*",
]
NOT_FOUND = [
    "subprocessor:strip",
    "subprocessor:stripe.com",
    "category:user.contact.email.x",
    "category:user.con",
    "category:user.contac?",
    "field:email",
    "destination:*.example.com",
    "registered:false",
    "status:[100 TO 200}",
    "bytes:>1200",
    "@timestamp:<2026-01-05",
    "@timestamp:{2026-01-05 TO *}",
    "_exists_:trace.id",
    "service:crm AND service:web",
    "service:crm service:web",
    "NOT service:crm",
    "service:(web OR api)",
    "absent",
    "id:FLOW-7",
    'service:"c*m"',
    "service:c\\*m",
]


@pytest.mark.parametrize("query", FOUND)
def test_query_finds(index: Index, query: str) -> None:
    index.add_flows([RICH])
    assert index.search("flows", query).total == 1


@pytest.mark.parametrize("query", NOT_FOUND)
def test_query_does_not_find(index: Index, query: str) -> None:
    index.add_flows([RICH])
    assert index.search("flows", query).total == 0


REFUSED = {
    "subprocesor:stripe": "no field 'subprocesor': did you mean subprocessor?",
    "categry:x": "did you mean category?",
    "zzzzzzzz:1": "known: timestamp, id",
    "bytes:many": "egresswatch.bytes holds a whole number",
    "bytes:1.5": "holds a whole number",
    "bytes:1*": "takes no wildcards",
    "bytes:99999999999999999999": "out of range",
    "registered:maybe": "holds true or false",
    "registered:[a TO b]": "ranges work on numbers and times",
    "service:[a TO b]": "ranges work on numbers and times",
    "@timestamp:yesterday": "holds a time",
    "@timestamp:[2026-13-01 TO *]": "holds a time",
    "service:": "ends too early",
    "service:(a": "ends too early",
    'service:"a': "at position 9",
    "service:a)": "at position 10",
    "service:[a b]": "at position 12",
    "service:/a.*/": "a regular expression",
    "service:abc~": "a fuzzy word",
    "service:abc^2": "a boost",
    "service:abc~1.2.3": "after a `~` or `^`",
    '"a b"~3': "a proximity",
    "bytes:-1": "negative number in quotes",
    ">=5": "a range needs a field",
    "service:(a OR category:b)": "inside another field",
    "service:?*": "a leading wildcard needs",
    "service:*a": "a leading wildcard needs",
    "service:" + "a*" * 9: "wildcards in one word",
    "a\x00b": "unprintable character at position 2",
    "\ud800": "unprintable character at position 1",
    "_exists_:(a b)": "belongs here",
    "_exists_:nothing": "no field 'nothing'",
    "(" * 40 + "a" + ")" * 40: "nested deeper",
    "NOT " * 40 + "a": "nested deeper",
    "a " * 300: "asks too much",
    " OR ".join(["service:*abc"] * 9): "asks too much",
    "x" * 5_000: "longer than",
}


@pytest.mark.parametrize("query", REFUSED, ids=lambda query: repr(query[:30]))
def test_query_is_refused_with_what_is_wrong(index: Index, query: str) -> None:
    with pytest.raises(QueryError) as refused:
        index.search("flows", query)
    assert REFUSED[query] in str(refused.value)
    with pytest.raises(QueryError):
        index.top("flows", "service", query)


def test_refusals_do_not_quote_what_was_looked_for(index: Index) -> None:
    for query in ("bytes:zoe@example.com", "@timestamp:zoe@example.com", "id:'zoe@example.com"):
        with pytest.raises(QueryError) as refused:
            index.search("flows", query)
        assert "zoe" not in str(refused.value)


def test_a_refused_query_does_not_disturb_the_next(index: Index) -> None:
    index.add_flows([RICH])
    for bad in ("service:(", '"x', "a)", "'"):
        with pytest.raises(QueryError):
            index.search("flows", bad)
        assert index.search("flows", "service:crm AND stripe").total == 1


@pytest.mark.parametrize(
    "value",
    [
        "'; DROP TABLE flows; --",
        "stripe' OR '1'='1",
        '"; SELECT 1; --',
        "%",
        "_tripe",
        "?",
        "\\",
        "') OR 1=1 --",
    ],
)
def test_injections_are_just_values(index: Index, value: str) -> None:
    quoted = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    index.add_flows([RICH, flow(1, subprocessor=value, service=value)])
    for query in (f"subprocessor:{quoted}", f"category:{quoted} OR service:{quoted}", quoted):
        assert ids(index, "flows", query) == ["flow-1"], query
    assert index.search("flows").total == 2


@pytest.mark.parametrize("limit", [0, -1, 10_001])
def test_the_limit_is_bounded(index: Index, limit: int) -> None:
    with pytest.raises(QueryError, match="limit"):
        index.search("flows", limit=limit)
    with pytest.raises(QueryError, match="limit"):
        index.top("flows", "service", limit=limit)


def test_tokens_of_other_searches_and_damaged_ones_are_refused(index: Index) -> None:
    index.add_flows([flow(n) for n in range(3)])
    token = index.search("flows", "stripe", limit=1).after
    assert ids(index, "flows", "stripe", after=token) == ["flow-1", "flow-0"]
    for what, query, after in (
        ("flows", "other", token),
        ("alerts", "stripe", token),
        ("flows", "stripe", token[:-4]),
        ("flows", "stripe", "é"),
        ("flows", "stripe", "bm90IG91cnM"),
    ):
        with pytest.raises(QueryError, match="token"):
            index.search(what, query, after=after)


def test_times_without_a_zone_and_unknown_kinds_are_refused(index: Index) -> None:
    with pytest.raises(QueryError, match="time zone"):
        index.search("flows", since=datetime(2026, 1, 1))  # noqa: DTZ001 - the point of the test
    with pytest.raises(QueryError, match="choose from flows"):
        index.search("people", "")  # pyright: ignore[reportArgumentType] - the point of the test


def test_numbers_that_no_store_holds_are_kept_as_the_largest(index: Index) -> None:
    index.add_flows([flow(1, rows=2**64 - 1)])
    assert ids(index, "flows", f"rows:>={2**62}") == ["flow-1"]
    assert index.search("flows").rows[0]["egresswatch.rows"] == 2**64 - 1


def test_absurd_sizes_make_no_question_fail(index: Index) -> None:
    index.add_flows([flow(n, service="crm", size=2**63 - 1) for n in range(4)])
    ((_, total),) = index.top("flows", "service", measure="bytes")
    assert total >= 2**62
    (counts,) = index.timeline("flows", timedelta(hours=1), measure="bytes").series.values()
    assert counts[0] >= 2**62
