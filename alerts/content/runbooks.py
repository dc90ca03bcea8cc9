"""What to do about each rule: built in, replaced rule by rule by the organisation's own file."""

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Self

from pydantic import Field, RootModel, field_validator, model_validator

from detectors.rules import RULES
from detectors.yamlfile import ConfigError, Problem, StrictModel, load


class Runbook(StrictModel):
    """The first step, and where the rest is written."""

    text: str = Field(default="", max_length=1000, description="What to do first")
    url: str = Field(default="", max_length=2000, description="The runbook's address")

    @field_validator("url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value and not value.startswith(("https://", "http://")):
            raise ValueError("is not an address: it has to begin with https:// or http://")
        return value


class _Runbooks(RootModel[dict[str, Runbook]]):
    @model_validator(mode="after")
    def _known_rules(self) -> Self:
        if strangers := sorted(set(self.root) - set(RULES)):
            known = ", ".join(RULES)
            raise ValueError(f"there is no rule {', '.join(strangers)}; the rules are {known}")
        return self


@cache
def built_in() -> dict[str, Runbook]:
    """The runbooks that come with Egresswatch; every rule has one."""
    return _parsed(files("alerts.content").joinpath("runbooks.yaml").read_text("utf-8"), "runbooks")


def load_runbooks(path: Path | None) -> dict[str, Runbook]:
    """The built-in runbooks with those of a file in their place; ConfigError for a bad file."""
    if path is None:
        return built_in()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problem = f"the runbooks cannot be read: {type(error).__name__}"
        raise ConfigError([Problem(str(path), 1, "", problem)]) from None
    own = _parsed(text, str(path))
    return {rule: _joined(own.get(rule), runbook) for rule, runbook in built_in().items()}


def _parsed(text: str, file: str) -> dict[str, Runbook]:
    return load(_Runbooks, text, file).root


def _joined(own: Runbook | None, built: Runbook) -> Runbook:
    """A file that names only an address keeps the built-in words."""
    if own is None:
        return built
    return Runbook(text=own.text or built.text, url=own.url or built.url)
