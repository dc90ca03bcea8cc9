"""Made-up records for tests: defaults that say nothing, and hypothesis strategies."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from detectors.distinct import sketch
from detectors.ids import stable_id
from detectors.membership import SetName, fingerprints, packed
from detectors.pseudonym import Pseudonymiser
from detectors.records import (
    Alert,
    CategoryCount,
    DeadLetter,
    Evidence,
    Finding,
    Flow,
    HistoryEntry,
    Members,
    PartialSum,
    Suppressed,
    Uninspected,
    Violation,
)
from detectors.windows import minute_of

START = datetime(2026, 1, 5, 12, tzinfo=UTC)


def flow(n: int = 0, **changes: Any) -> Flow:
    given: dict[str, Any] = {
        "timestamp": START + timedelta(seconds=n),
        "id": f"flow-{n}",
        "channel": "egress",
        "subprocessor": "stripe",
    }
    return Flow(**(given | changes))


def partial_sum(**changes: Any) -> PartialSum:
    given: dict[str, Any] = {
        "window": START,
        "channel": "egress",
        "subprocessor": "stripe",
        "service": "billing",
        "category": "user.contact.email",
        "events": 1,
        "values": 2,
        "size": 100,
        "subjects": sketch([1]),
    }
    return PartialSum(**(given | changes))


def finding(n: int = 0, **changes: Any) -> Finding:
    given: dict[str, Any] = {
        "timestamp": START + timedelta(seconds=n),
        "id": f"finding-{n}",
        "kind": "policy",
        "rule": "category-not-allowed",
        "message": "stripe got user.name, which its entry does not allow",
        "channel": "egress",
        "subprocessor": "stripe",
        "window": START,
        "last": START + timedelta(seconds=n + 5),
        "detected": START + timedelta(seconds=n),
        "events": 1,
        "subjects": sketch([1]),
    }
    return Finding(**(given | changes))


def alert(n: int = 0, **changes: Any) -> Alert:
    given: dict[str, Any] = {
        "opened": START + timedelta(seconds=n),
        "id": stable_id("alert", n),
        "last": START + timedelta(minutes=n + 5),
        "rule": "category-not-allowed",
        "title": "A category that is not allowed went to Stripe",
        "remedy": "Stop sending it, or allow it in policy.yaml.",
        "query": 'subprocessor:"stripe" AND violation:category-not-allowed',
        "status": "open",
        "severity": "high",
        "subprocessor": "stripe",
        "version": 1,
        "history": (HistoryEntry(at=START, what="opened"),),
    }
    return Alert(**(given | changes))


KEY = Pseudonymiser(b"k" * 32, "key-1")


def members(
    *values: str,
    to: str = "stripe",
    category: str = "user.contact.email",
    day: int = 5,
    key: Pseudonymiser = KEY,
) -> Members:
    """That these values were sent on a day of January 2026."""
    name = SetName(to, category, f"2026-01-{day:02}", key.key_id)
    return Members(
        day=datetime(2026, 1, day, tzinfo=UTC),
        subprocessor=to,
        category=category,
        key_id=key.key_id,
        prints=packed(fingerprints(name, [key.of(category, value) for value in values])),
    )


def dead_letter(n: int = 0, **changes: Any) -> DeadLetter:
    given: dict[str, Any] = {
        "timestamp": START + timedelta(seconds=n),
        "id": f"letter-{n}",
        "partition": "file:events.ndjson",
        "offset": n,
        "size": 10,
        "reason": "malformed-json",
        "problem": "the line is no JSON object",
    }
    return DeadLetter(**(given | changes))


# Few values, so that generated queries meet generated records; odd ones, so that escaping counts.
NAMES = (
    "stripe",
    "Stripe",
    "a%b",
    "a_b",
    "a*b",
    "it's",
    'quo"te',
    "x y",
    "back\\slash",
    "ünï",
    "[z]",
)
CATEGORY_NAMES = (
    "user",
    "user.name",
    "user.contact",
    "user.contact.email",
    "user.contacts",
    "User.Name",
)
PATHS = ("body>json:$.email", "body>json:$.batch[*].Email", "url>query:e_mail", "*")

_names = st.sampled_from(NAMES)
_maybe = st.one_of(st.just(""), _names)
_some = st.lists(_names, max_size=2).map(tuple)
_small = st.integers(0, 4)
_moments = st.integers(-3, 3).map(lambda n: START + timedelta(hours=17 * n, microseconds=n))
_paths = st.lists(st.sampled_from(PATHS), max_size=2, unique=True).map(tuple)
_categories = st.lists(st.sampled_from(CATEGORY_NAMES), max_size=2, unique=True).map(tuple)
_channels = st.sampled_from(["egress", "access"])


flow_lists = st.lists(
    st.fixed_dictionaries(
        {
            "timestamp": _moments,
            "channel": _channels,
            "service": _maybe,
            "user_hash": _maybe,
            "user_roles": _some,
            "destination": _maybe,
            "port": st.none() | _small,
            "scheme": _maybe,
            "method": _maybe,
            "status": st.none() | _small,
            "trace_id": _maybe,
            "subprocessor": _names,
            "registered": st.booleans(),
            "categories": st.lists(
                st.builds(
                    CategoryCount,
                    name=st.sampled_from(CATEGORY_NAMES),
                    values=_small,
                    entities=_some,
                    fields=_paths,
                ),
                max_size=2,
            ).map(tuple),
            "violations": st.lists(st.builds(Violation, rule=_names), max_size=2).map(tuple),
            "size": _small,
            "rows": _small,
            "uninspected": st.lists(
                st.builds(Uninspected, reason=_names, bytes=_small), max_size=2
            ).map(tuple),
            "suppressed": st.lists(
                st.builds(Suppressed, reason=_names, values=_small), max_size=2
            ).map(tuple),
            "late": st.booleans(),
        }
    ),
    max_size=12,
).map(lambda rows: [flow(n, **row) for n, row in enumerate(rows)])

sum_lists = st.lists(
    st.fixed_dictionaries(
        {
            "window": _moments.map(minute_of),
            "channel": _channels,
            "subprocessor": _names,
            "registered": st.booleans(),
            "service": _maybe,
            "category": st.sampled_from(CATEGORY_NAMES),
            "events": _small,
            "size": _small,
            "values": _small,
            "subjects": st.sets(st.integers(0, 9), max_size=3).map(sketch),
            "destinations": _some.map(lambda names: tuple(sorted(set(names)))),
            "fields": _paths.map(lambda names: tuple(sorted(names))),
            "late": st.booleans(),
        }
    ),
    max_size=12,
).map(lambda rows: [partial_sum(**row) for row in rows])

finding_lists = st.lists(
    st.fixed_dictionaries(
        {
            "timestamp": _moments,
            "window": _moments,
            "last": _moments,
            "kind": st.sampled_from(["policy", "anomaly"]),
            "rule": _names,
            "message": _maybe,
            "subprocessor": _names,
            "service": _maybe,
            "category": st.one_of(st.just(""), st.sampled_from(CATEGORY_NAMES)),
            "events": _small,
            "score": st.sampled_from([0.0, 0.5, 2.0, 17.25]),
            "evidence": st.builds(
                Evidence,
                fields=_paths,
                destinations=_some,
                seen=_some,
                observed=st.none() | st.sampled_from([0.5, 2.0]),
            ),
        }
    ),
    max_size=12,
).map(lambda rows: [finding(n, subjects=b"", **row) for n, row in enumerate(rows)])

alert_lists = st.lists(
    st.fixed_dictionaries(
        {
            "opened": _moments,
            "last": _moments,
            "rule": _names,
            "title": _maybe,
            "status": st.sampled_from(["open", "acknowledged", "closed"]),
            "verdict": st.none() | st.sampled_from(["expected", "duplicate"]),
            "severity": st.sampled_from(["low", "high"]),
            "subprocessor": _names,
            "services": _some,
            "categories": _categories,
            "fields": _paths,
            "destinations": _some,
            "events": _small,
            "subjects_estimate": _small,
        }
    ),
    max_size=12,
).map(lambda rows: [alert(n, **row) for n, row in enumerate(rows)])

dead_letter_lists = st.lists(
    st.fixed_dictionaries(
        {
            "timestamp": _moments,
            "partition": _names,
            "offset": _small,
            "size": _small,
            "reason": _names,
            "problem": _maybe,
        }
    ),
    max_size=12,
).map(lambda rows: [dead_letter(n, **row) for n, row in enumerate(rows)])

RECORD_LISTS: dict[str, st.SearchStrategy[list[Any]]] = {
    "flows": flow_lists,
    "sums": sum_lists,
    "findings": finding_lists,
    "alerts": alert_lists,
    "dead-letters": dead_letter_lists,
}
