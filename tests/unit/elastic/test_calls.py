"""Errors of the client become ours, with a remedy and without anything of a query or a document."""

import pytest
from elastic_transport import ApiResponseMeta, HttpHeaders, NodeConfig
from elasticsearch import ApiError, ConnectionTimeout, TransportError

from alerts.index.base import QueryError
from alerts.index.elastic.calls import translated
from alerts.index.writer import Cause, IndexUnavailableError

SECRET = "zoe@example.com"


def refused(status: int, kind: str) -> ApiError:
    meta = ApiResponseMeta(status, "1.1", HttpHeaders(), 0.0, NodeConfig("http", "127.0.0.1", 1))
    cause = {"type": kind, "reason": f"failed on [{SECRET}]"}
    return ApiError(SECRET, meta, {"error": {**cause, "root_cause": [cause]}, "status": status})


@pytest.mark.parametrize(
    ("error", "cause", "says"),
    [
        (TransportError(SECRET), "away", "is it up"),
        (ConnectionTimeout(SECRET), "busy", "timeout_seconds"),
        (refused(429, "circuit_breaking_exception"), "busy", "status 429"),
        (refused(503, "search_phase_execution_exception"), "busy", "status 503"),
        (refused(401, "security_exception"), "denied", "roles.json"),
        (refused(403, "security_exception"), "denied", "roles.json"),
        (refused(400, "illegal_argument_exception"), "outdated", "index plan"),
    ],
)
def test_each_error_has_its_cause_and_no_value(error: Exception, cause: Cause, says: str) -> None:
    with pytest.raises(IndexUnavailableError, match=says) as raised, translated():
        raise error
    assert raised.value.cause == cause
    assert SECRET not in str(raised.value)
    assert raised.value.__suppress_context__


def test_a_question_that_is_too_much_is_the_askers_to_change() -> None:
    with pytest.raises(QueryError, match="shorter time"), translated():
        raise refused(400, "too_many_buckets_exception")
