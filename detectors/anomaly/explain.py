"""Anomalies in words: how much, from where to where, against what is usual."""

from datetime import datetime

from detectors.anomaly.base import Score
from detectors.anomaly.silence import Silence


def burst(what: str, where: str, metric: str, observed: float, score: Score, hour: datetime) -> str:
    """`what` is the category's label, `where` "to HubSpot from crm-sync"."""
    counted = f"distinct {what}" if metric == "subjects" else what
    ratio = f"{_number(observed / score.expected)} times" if score.expected else "where none is"
    return (
        f"{counted} {where}: {_number(observed)} in the hour from {hour:%A %H:%M} UTC, "
        f"{ratio} the usual for {score.period} "
        f"({_number(score.low)}-{_number(score.high)}, {_visits(score.visits)})"
    )


def silence(what: str, where: str, quiet: Silence) -> str:
    hours = "the hour" if quiet.hours == 1 else f"the {quiet.hours} hours"
    return (
        f"{what} {where}: {_number(quiet.observed)} in {hours} from {quiet.since:%A %H:%M} UTC, "
        f"where {_number(quiet.expected)} are usual"
    )


def new_category(what: str, where: str, since: datetime, known: int) -> str:
    return (
        f"{what} {where}: never seen there before, in traffic watched since {since:%Y-%m-%d} "
        f"({known} other {'category' if known == 1 else 'categories'} known)"
    )


def _visits(count: int) -> str:
    return f"{count} {'visit' if count == 1 else 'visits'}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"
