"""Templates: sandboxed Jinja over the members of Content, checked before they are ever used."""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

import msgspec
from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from alerts.content.content import Content

TemplateName = Literal["title", "text", "html"]
TEMPLATES: tuple[TemplateName, ...] = get_args(TemplateName)

VARIABLES = (*Content.__struct_fields__, "facts")
"""What a template may speak of."""

LONGEST = 50_000
"""Characters of a rendered template; the rest is cut."""


class TemplateFaultError(ValueError):
    """What is wrong with a template, with the line where it is known; never a rendered text."""


class Templates:
    """A set of compiled templates; those not given are the built-in ones."""

    def __init__(self, own: Mapping[TemplateName, str]) -> None:
        self._own = {name: _compiled(name, source) for name, source in own.items()}

    def render(self, name: TemplateName, content: Content) -> str:
        """The rendered text. A template of one's own that fails on this message gives way to the
        built-in one: the alert is told all the same."""
        try:
            return self.render_own(name, content)
        except Exception:  # noqa: BLE001 - a template can raise whatever Python can
            return _rendered(_built_in(name), content)

    def render_own(self, name: TemplateName, content: Content) -> str:
        """The same, without that way out: what fails, fails."""
        return _rendered(self._own.get(name) or _built_in(name), content)


def check_template(name: TemplateName, source: str, examples: tuple[Content, ...]) -> None:
    """TemplateFaultError for what does not compile, names an unknown variable, loads other
    templates, or fails on one of the examples."""
    compiled = _compiled(name, source)
    for example in examples:
        try:
            _rendered(compiled, example)
        except TemplateError as error:
            raise TemplateFaultError(f"does not render: {error.message}") from None
        except Exception as error:  # noqa: BLE001 - a template can raise whatever Python can
            raise TemplateFaultError(f"does not render: {type(error).__name__}") from None


@cache
def _environment(*, escape: bool) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, autoescape=escape, trim_blocks=True, lstrip_blocks=True
    )


def _compiled(name: TemplateName, source: str) -> Template:
    environment = _environment(escape=name == "html")
    try:
        tree = environment.parse(source)
        _check_names(tree)
        return environment.from_string(source)
    except TemplateSyntaxError as error:
        raise TemplateFaultError(f"line {error.lineno}: {error.message}") from None


def _check_names(tree: Any) -> None:
    if list(meta.find_referenced_templates(tree)):
        raise TemplateFaultError("include, import and extends are not available: write it out")
    for unknown in sorted(meta.find_undeclared_variables(tree) - set(VARIABLES)):
        near = get_close_matches(unknown, VARIABLES, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        known = ", ".join(VARIABLES)
        raise TemplateFaultError(f"unknown variable {unknown}{hint} (known are {known})")


@cache
def _built_in(name: TemplateName) -> Template:
    source = files("alerts.content").joinpath("templates", f"{name}.j2").read_text("utf-8")
    return _compiled(name, source)


def _rendered(template: Template, content: Content) -> str:
    variables = {**msgspec.structs.asdict(content), "facts": content.facts}
    return template.render(variables)[:LONGEST]
