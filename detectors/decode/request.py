"""A request into leaves: the first step of the scan stage."""

from functools import lru_cache

from detectors.decode.base import Budget, Decoded
from detectors.decode.body import READERS, add_body
from detectors.decode.headers import add_headers
from detectors.decode.url import add_url
from detectors.decode.work import Work
from detectors.records import EgressEvent


def decode_request(event: EgressEvent, budget: Budget) -> Decoded:
    """The leaves of a request's address, headers and body, in this order.

    Never raises, and does bounded work, whatever the bytes are; what is not read is counted with
    its reason.
    """
    work = Work(budget, READERS)
    request = event.http.request
    full = event.url.full
    if len(full) <= _LONGEST_CACHED:
        work.join(_address(full, budget))
    else:
        add_url(full, work)
    add_headers(request.headers, work)
    add_body(request.body, request.headers, work)
    return work.result()


_LONGEST_CACHED = 200


@lru_cache(maxsize=4096)
def _address(full: str, budget: Budget) -> Decoded:
    """A short address by itself: most events go to one of a few."""
    work = Work(budget, READERS)
    add_url(full, work)
    return work.result()
