"""An analyst's verdict on an alert, as the baselines learn from it."""

from datetime import datetime

import msgspec

from detectors.records.alert import Verdict
from detectors.records.base import Record


class Feedback(Record, frozen=True, kw_only=True):
    """What a closed alert was about, and what it turned out to be.

    It concerns the keys of one sub-processor with these `services` and `categories` (any, where
    there are none) that gave rise to the alert between `since` and `until`.
    """

    at: datetime = msgspec.field(name="@timestamp")
    alert: str
    rule: str = msgspec.field(name="rule.id")
    verdict: Verdict = msgspec.field(name="egresswatch.verdict")
    subprocessor: str = msgspec.field(name="egresswatch.subprocessor")
    services: tuple[str, ...] = msgspec.field(name="service.name", default=())
    categories: tuple[str, ...] = msgspec.field(name="egresswatch.category", default=())
    since: datetime
    until: datetime
