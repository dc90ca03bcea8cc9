"""A request into leaves: the first step of the scan stage."""

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
    add_url(event.url.full, work)
    add_headers(request.headers, work)
    add_body(request.body, request.headers, work)
    return work.result()
