"""Anomalies in words: how much, from where to where, against what is usual."""

from datetime import datetime

from detectors.anomaly.base import Score


def volume(
    what: str, where: str, metric: str, observed: float, score: Score, hour: datetime
) -> str:
    """`what` is the category's label, `where` "to HubSpot from crm-sync"."""
    counted = f"{what} {where}" if metric != "subjects" else f"distinct {what} {where}"
    return (
        f"{counted}: {_number(observed)} in the hour from {hour:%A %H:%M} UTC, "
        f"{_compared(observed, score)} "
        f"({_range(score)}, {_visits(score.visits)})"
    )


def new_category(what: str, where: str, since: datetime, known: int) -> str:
    return (
        f"{what} {where}: never seen there before, in traffic watched since {since:%Y-%m-%d} "
        f"({known} other {'category' if known == 1 else 'categories'} known)"
    )


def _compared(observed: float, score: Score) -> str:
    usual = f"the usual for {score.period}"
    if observed == 0:
        return f"where {_number(score.expected)} is {usual}"
    if score.expected == 0:
        return f"where none is {usual}"
    ratio = observed / score.expected
    return f"{_number(ratio)} times {usual}"


def _range(score: Score) -> str:
    return f"{_number(score.low)}-{_number(score.high)}"


def _visits(count: int) -> str:
    return f"{count} {'visit' if count == 1 else 'visits'}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"
