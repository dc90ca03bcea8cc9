"""What a message says: facts without personal data, templates, and what to do about each rule."""

from alerts.content.compose import Composer, MessageSettings
from alerts.content.content import Content, Fact
from alerts.content.templates import TemplateName

__all__ = ["Composer", "Content", "Fact", "MessageSettings", "TemplateName"]
