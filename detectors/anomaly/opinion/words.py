"""Second opinions in words."""

from datetime import datetime

from detectors.anomaly.opinion.model import Opinion


def strange(who: str, model: str, values: int, opinion: Opinion, hour: datetime) -> str:
    """`who` is the sub-processor's name."""
    score = opinion.score
    return (
        f"personal data to {who}: {values:,} values in the hour from {hour:%A %H:%M} UTC, where "
        f"{score.expected:,.0f} are usual on {score.period} ({score.low:,.0f}-{score.high:,.0f}, "
        f"{score.visits} visits); river's {model} finds it stranger than each of the "
        f"{opinion.among} hours before"
    )


def level_changed(who: str, detector: str, ratio: float, hour: datetime) -> str:
    """`ratio` is how much more there is lately than a week before."""
    return (
        f"personal data to {who}: the level has changed, as river's {detector} sees it in the hour "
        f"from {hour:%A %H:%M} UTC: {ratio:.2g} times that of the same hours a week before"
    )
