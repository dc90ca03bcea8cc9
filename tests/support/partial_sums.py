"""Partial sums of a vendor that has one service and one host."""

from datetime import datetime

from detectors.records import PartialSum
from detectors.records.sums import ANY_CATEGORY


def requests_of(
    vendor: str, window: datetime, events: int, category: str = ANY_CATEGORY
) -> PartialSum:
    """A minute's requests; of a category each holds one value."""
    return PartialSum(
        window=window,
        channel="egress",
        subprocessor=vendor,
        registered=True,
        service="crm",
        category=category,
        events=events,
        values=0 if category == ANY_CATEGORY else events,
        destinations=("api.vendor.test",),
    )
