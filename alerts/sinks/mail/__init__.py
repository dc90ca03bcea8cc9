"""E-mail: one thread an incident, by SMTP."""

from alerts.sinks.mail.config import MailConfig

__all__ = ["MailConfig"]
