"""Findings that say more of one thing merge into one."""

import msgspec

from detectors.distinct import merge as merge_sketches
from detectors.records import Evidence, Finding
from detectors.windows import merge_names


def merge(a: Finding, b: Finding) -> Finding:
    """Two findings with one id as one: counts add up, the stronger one speaks.

    Associative and commutative for policy findings; for anomalies the numbers of a window only
    grow, and the larger score has the newer words.
    """
    strong = b if b.score > a.score else a
    return msgspec.structs.replace(
        strong,
        timestamp=min(a.timestamp, b.timestamp),
        last=max(a.last, b.last),
        detected=min(a.detected, b.detected),
        registered=a.registered or b.registered,
        events=a.events + b.events,
        values=a.values + b.values,
        subjects=merge_sketches(a.subjects, b.subjects),
        evidence=_merge_evidence(strong.evidence, a.evidence, b.evidence),
    )


def _merge_evidence(strong: Evidence, a: Evidence, b: Evidence) -> Evidence:
    return msgspec.structs.replace(
        strong,
        fields=merge_names(a.fields, b.fields),
        destinations=merge_names(a.destinations, b.destinations),
        seen=merge_names(a.seen, b.seen),
    )
