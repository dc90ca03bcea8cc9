"""A message as a mail: headers by which it threads, a text part and an HTML part."""

from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from alerts.content import Composer
from alerts.messages import Message
from detectors.records.alert import Severity

SUBJECT = 200
"""Characters of a subject."""

_IMPORTANCE: dict[Severity, str] = {"low": "low", "high": "high", "critical": "high"}


def letter(
    message: Message, composer: Composer, sender: str, recipients: Sequence[str]
) -> EmailMessage:
    """The mail; the same bytes whenever it is made of the same message."""
    content = composer.content(message)
    domain = sender.rpartition("@")[2]
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = ", ".join(recipients)
    mail["Subject"] = composer.title(content, SUBJECT)
    mail["Date"] = format_datetime(message.decided)
    root = f"<{message.alert.id}@{domain}>"
    mail["Message-ID"] = root if _is_root(message) else f"<{message.id}@{domain}>"
    if not _is_root(message):
        mail["In-Reply-To"] = root
        mail["References"] = root
    mail["Importance"] = _IMPORTANCE.get(message.alert.severity, "normal")
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["X-Egresswatch-Delivery"] = message.id
    mail.set_content(composer.text(content))
    mail.add_alternative(composer.html(content), subtype="html")
    # the default boundary is random, and would make a repeat look like another mail
    mail.set_boundary(f"egresswatch-{message.id}")
    return mail


def _is_root(message: Message) -> bool:
    """An incident has one first message, so that its mail's id can be derived from the incident's:
    all others reply to it. What is told for another sink comes beside that."""
    return message.why == "first" and not message.instead_of
