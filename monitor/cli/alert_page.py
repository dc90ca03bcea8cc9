"""One alert as an analyst reads it at three in the morning: what, how bad, since when, what now."""

import shlex
import textwrap
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from detectors.records import Alert, Finding
from detectors.records.sums import ANY_CATEGORY
from monitor.cli.output import shown, utc_text

WIDTH = 100
_LABEL = 14


def alert_page(alert: Alert, findings: Sequence[Finding], now: datetime) -> str:
    """The alert in words. `findings`: the strongest behind it, where they are at hand."""
    lines = [
        f"{alert.severity.upper()}  {shown(alert.title)}",
        f"{_status(alert)}  ·  alert {alert.id}  ·  version {alert.version}",
        "",
        *_entry("Since", f"{utc_text(alert.opened)} UTC ({_ago(alert.opened, now)} ago)"),
        *_entry("Whose", alert.assignee),
        *_entry("Muted by", ", ".join(alert.muted)),
        *_entry("Last seen", f"{utc_text(alert.last)} UTC ({_ago(alert.last, now)} ago)"),
        *_entry("How much", _amount(alert)),
        *_entry("People", _people(alert)),
        *_entry("Compared to", *[text for one in findings if (text := _comparison(one))]),
        *_entry("Why", *[reason.message for reason in alert.reasons]),
        *_entry("Receiver", alert.subprocessor, ", ".join(alert.destinations)),
        *_entry("Sent by", ", ".join(alert.services)),
        *_entry("Categories", ", ".join(alert.categories)),
        *_entry("Fields", *alert.fields),
        "",
        *_entry("What to do", alert.remedy),
        *_entry("Show it", *_searches(alert)),
        *_entry("Answer it", *_answers(alert)),
        *_entry("History", *_history(alert)),
    ]
    return "\n".join(lines)


def _entry(label: str, *texts: str) -> Iterator[str]:
    """A label with its lines beside it; nothing where there is nothing to say."""
    for n, text in enumerate(filter(None, texts)):
        lead = label if n == 0 else ""
        # what is there to be copied stays on one line
        width = WIDTH if " " in text and not text.startswith("egresswatch ") else 10_000
        yield textwrap.fill(
            shown(text),
            width,
            initial_indent=lead.ljust(_LABEL),
            subsequent_indent=" " * _LABEL,
            break_long_words=False,
            break_on_hyphens=False,
        )


def _status(alert: Alert) -> str:
    if not alert.verdict:
        return alert.status
    other = f" of {alert.duplicate_of[:8]}" if alert.duplicate_of else ""
    return f"closed as {alert.verdict}{other}"


def _amount(alert: Alert) -> str:
    if not alert.events:
        return ""
    requests = _counted(alert.events, "request")
    return f"{requests} with {_counted(alert.values, 'personal value')}"


def _people(alert: Alert) -> str:
    if not alert.subjects_estimate:
        return ""
    between = f"(95 % sure: {alert.subjects_low:,} to {alert.subjects_high:,})"
    return f"about {alert.subjects_estimate:,} {between}"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _comparison(finding: Finding) -> str:
    """The numbers of an anomaly: observed, usual, and what that was learnt from."""
    evidence = finding.evidence
    if evidence.observed is None:
        return ""
    text = f"{evidence.observed:,.0f} {evidence.metric}"
    if finding.category not in {"", ANY_CATEGORY}:
        text += f" of {finding.category}"
    if evidence.low is not None and evidence.high is not None:
        text += f"; usual are {evidence.low:,.0f} to {evidence.high:,.0f}"
    if evidence.expected:
        text += f", middle {evidence.expected:,.0f} ({evidence.observed / evidence.expected:.1f}x)"
    if evidence.visits:
        text += f"; learnt from {evidence.visits} visits of {evidence.period or 'this hour'}"
    return text


def _searches(alert: Alert) -> list[str]:
    since = alert.opened.astimezone(UTC).isoformat().replace("+00:00", "Z")
    until = (alert.last + timedelta(seconds=1)).astimezone(UTC).isoformat().replace("+00:00", "Z")
    return [f"egresswatch search {shlex.quote(alert.query)} --since {since} --until {until}"]


def _answers(alert: Alert) -> list[str]:
    name = alert.id[:8]
    if alert.status == "closed":
        return [f"egresswatch alerts reopen {name}"]
    close = f"egresswatch alerts close {name} --verdict true-positive|expected|false-positive"
    ack = [f"egresswatch alerts ack {name}"] if alert.status == "open" else []
    return [*ack, close]


def _history(alert: Alert) -> list[str]:
    return [
        f"{utc_text(entry.at)} UTC  {entry.what}"
        + (f" by {entry.who}" if entry.who else "")
        + (f": {entry.note}" if entry.note else "")
        for entry in alert.history
    ]


def _ago(moment: datetime, now: datetime) -> str:
    minutes = max(0, int((now - moment).total_seconds()) // 60)
    days, hours = minutes // 1440, minutes // 60
    if days > 1:
        return f"{days} days"
    return f"{hours} h" if hours > 1 else f"{minutes} min"
