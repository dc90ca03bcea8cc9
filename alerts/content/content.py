"""What a message says, once for all channels: a sink chooses a form, never the facts."""

from collections.abc import Iterator
from urllib.parse import quote

import msgspec

from alerts.content.runbooks import Runbook
from alerts.content.words import amount, clean, group, minute, short, some, subjects, why
from alerts.messages import Message
from detectors.records import Alert

_REASONS = 3
_TITLE = 200
_LINE = 1000

Fact = tuple[str, str]
"""A label and what there is to say; never empty."""


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of one message, as text that is safe to show: every member is one printable line
    of bounded length, or a tuple of such.

    It holds names, counts and field paths, never a value of the traffic, and of the alert's
    history neither notes nor people. Its members are the variables of a template.
    """

    title: str
    severity: str
    status: str
    verdict: str
    why: str
    why_sent: str
    amount: str
    compared: tuple[str, ...]
    group: str
    subjects: str
    since: str
    last_seen: str
    subprocessor: str
    destinations: str
    services: str
    categories: str
    fields: str
    to_do: str
    runbook_url: str
    query: str
    console_url: str
    alert: str
    rule: str
    repeat: bool
    instead_of: str
    route: str

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Everything but the title, in the order a reader needs it; what is unknown is left out."""
        return tuple((label, text) for label, text in self._facts() if text)

    def _facts(self) -> Iterator[Fact]:
        yield "why sent", self.why_sent
        yield "group", self.group
        yield "how much", self.amount
        yield "subjects", self.subjects
        yield "compared", "; ".join(self.compared)
        yield "since", f"{self.since} (last seen {self.last_seen})"
        to = f" ({self.destinations})" if self.destinations else ""
        yield "to", f"{self.subprocessor}{to}"
        yield "services", self.services
        yield "category", self.categories
        yield "fields", self.fields
        yield "to do", self.to_do
        yield "runbook", self.runbook_url
        yield "console", self.console_url
        yield "query", self.query
        yield "alert", f"{self.alert} (rule {self.rule})"


def content_of(message: Message, runbook: Runbook, console: str) -> Content:
    """The content of a message; `console` is the console's address, or empty."""
    alert = message.alert
    texts = {
        "title": short(alert.title, _TITLE),
        "severity": alert.severity,
        "status": alert.status,
        "verdict": alert.verdict or "",
        "why": message.why,
        "why_sent": why(message),
        "amount": amount(alert),
        "group": group(message),
        "subjects": subjects(alert),
        "since": minute(alert.opened),
        "last_seen": minute(alert.last),
        "subprocessor": short(alert.subprocessor, _TITLE),
        "destinations": some(alert.destinations),
        "services": some(alert.services),
        "categories": some(alert.categories),
        "fields": some(alert.fields),
        "to_do": runbook.text or alert.remedy,
        "runbook_url": runbook.url,
        "query": alert.query,
        "console_url": _console(console, alert),
        "alert": alert.id,
        "rule": alert.rule,
        "instead_of": message.instead_of,
        "route": message.route,
    }
    shown = {name: short(clean(text), _LINE) for name, text in texts.items()}
    reasons = alert.reasons[:_REASONS]
    compared = tuple(short(clean(reason.message), _LINE) for reason in reasons)
    return msgspec.convert({**shown, "compared": compared, "repeat": message.repeat}, Content)


def _console(console: str, alert: Alert) -> str:
    """The alert's page."""
    return f"{console.rstrip('/')}/alerts/{quote(alert.id, safe='')}" if console else ""
