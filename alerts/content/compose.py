"""From a message to its content and its texts, as the configuration wants them."""

from pathlib import Path
from typing import Self

from pydantic import Field, field_validator, model_validator

from alerts.content.content import Content, content_of
from alerts.content.examples import examples
from alerts.content.runbooks import Runbook, load_runbooks
from alerts.content.templates import (
    TEMPLATES,
    TemplateFaultError,
    TemplateName,
    Templates,
    check_template,
)
from alerts.content.words import clean, short
from alerts.messages import Message
from detectors.yamlfile import ConfigFile, StrictModel


class TemplateSettings(StrictModel):
    """Templates of one's own (Jinja, sandboxed); the built-in ones are used for the others."""

    title: ConfigFile | None = Field(
        default=None, description="One line: subjects, headings, summaries"
    )
    text: ConfigFile | None = Field(
        default=None, description="Plain text: terminals, mail, tickets, Apprise"
    )
    html: ConfigFile | None = Field(default=None, description="The HTML part of mail")

    def sources(self) -> dict[TemplateName, str]:
        """The templates that are given, as they are now."""
        files: dict[TemplateName, Path | None] = {name: getattr(self, name) for name in TEMPLATES}
        return {name: _read(name, file) for name, file in files.items() if file is not None}


class MessageSettings(StrictModel):
    """What messages say beside the facts."""

    console_url: str = Field(
        default="",
        description="Where the console is; messages link there",
        examples=["https://egresswatch.example.com"],
    )
    runbooks: ConfigFile | None = Field(
        default=None,
        description="What to do about each rule (YAML: rule, then text and url)",
        examples=["runbooks.yaml"],
    )
    templates: TemplateSettings = TemplateSettings()

    @field_validator("console_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value and not value.startswith(("https://", "http://")):
            raise ValueError("is not an address such as https://egresswatch.example.com")
        return value

    @field_validator("runbooks")
    @classmethod
    def _readable_runbooks(cls, value: Path | None) -> Path | None:
        load_runbooks(value)
        return value

    @model_validator(mode="after")
    def _templates_render(self) -> Self:
        contents = tuple(
            content_of(message, Runbook(text="Stop it.", url="https://runbooks.example"), "")
            for message in examples()
        )
        for name, source in self.templates.sources().items():
            try:
                check_template(name, source, contents)
            except TemplateFaultError as error:
                raise ValueError(f"template {name}: {error}") from None
        return self


class Composer:
    """Knows the runbooks, the templates and where the console is. Pure after it was made."""

    def __init__(self, settings: MessageSettings | None = None) -> None:
        settings = settings or MessageSettings()
        self.console = settings.console_url
        self._runbooks = load_runbooks(settings.runbooks)
        self._templates = Templates(settings.templates.sources())

    def content(self, message: Message) -> Content:
        """The facts of a message."""
        runbook = self._runbooks.get(message.alert.rule, Runbook())
        return content_of(message, runbook, self.console)

    def title(self, content: Content, longest: int) -> str:
        """One printable line of at most so many characters."""
        title = clean(self._templates.render("title", content).strip())
        return short(title or content.title, longest)

    def text(self, content: Content) -> str:
        """Plain text of several lines; each one is printable."""
        lines = self._templates.render("text", content).splitlines()
        return "".join(f"{clean(line)}\n" for line in lines)

    def html(self, content: Content) -> str:
        """An HTML document, everything in it escaped."""
        return self._templates.render("html", content)


def _read(name: str, file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"template {name} cannot be read: {type(error).__name__}") from None
