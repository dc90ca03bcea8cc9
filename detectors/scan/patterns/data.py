"""patterns.yaml as typed, compiled-once data; see the head of that file."""

from functools import cache
from importlib.resources import files

from pydantic import Field

from detectors.yamlfile import StrictModel, load


class IdentityNumber(StrictModel):
    """One kind of official number: how it is written and how it is checked."""

    check: str = ""
    shapes: tuple[str, ...] = ()
    in_context: tuple[str, ...] = ()
    loose: bool = False
    lax: bool = False


class SecretForm(StrictModel):
    """A kind of secret that can be told by its form, and plain texts of which each has one."""

    literals: tuple[str, ...] = Field(alias="with", min_length=1)
    pattern: str


class Patterns(StrictModel):
    """The content of patterns.yaml."""

    ids: dict[str, IdentityNumber]
    cues: dict[str, tuple[str, ...]]
    secrets: dict[str, SecretForm]
    roles: tuple[str, ...]
    phone_regions: tuple[str, ...]

    @classmethod
    def parse(cls, text: str, file: str = "patterns.yaml") -> "Patterns":
        """The patterns in a YAML text, or ConfigError with every problem of it."""
        return load(cls, text, file)


@cache
def default_patterns() -> Patterns:
    """The patterns that come with Egresswatch."""
    return Patterns.parse(
        files("detectors.scan.patterns").joinpath("patterns.yaml").read_text("utf-8")
    )
