"""Why a planted value was missed, or a finding false, as far as it shows. Without the values."""

from collections.abc import Sequence

from detectors.decode import Decoded, field_path
from monitor.evaluation.scoring import Value, touches


def why_missed(
    planted: Value, findings: Sequence[Value], decoded: Decoded, *, somewhere: bool
) -> str:
    """The first reason that holds: another name for the place, another category, a part only, not
    decoded; else that nothing spoke for it."""
    touching = [finding for finding in findings if touches(planted, finding)]
    same = [finding for finding in touching if finding.category == planted.category]
    other = sorted({finding.category for finding in touching} - {planted.category})
    if somewhere:
        return f"found at {field_path(same[0].where)} instead"
    if same:
        return "less than half of it, or far more than it, was found"
    if other:
        return f"found as {', '.join(other)}"
    holding = [leaf.path for leaf in decoded.leaves if planted.value in leaf.text]
    if planted.where in holding:
        return "nothing spoke for it"
    if holding:
        return f"nothing spoke for it; decoded at {field_path(holding[0])}"
    return "not decoded"


def why_false(finding: Value, truth: Sequence[Value], evidence: str) -> str:
    """What the finding meets of what was planted; and what spoke for it."""
    touched = [planted for planted in truth if touches(planted, finding)]
    other = sorted({planted.category for planted in touched} - {finding.category})
    if other:
        return f"planted as {', '.join(other)}; decided by {evidence}"
    if touched:
        return f"less than half of it was planted; decided by {evidence}"
    return f"decided by {evidence}"
