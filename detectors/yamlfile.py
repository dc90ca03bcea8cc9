"""YAML files with a schema: every problem in one report, each with its line and remedy."""

# ruamel.yaml has no types:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportAttributeAccessIssue=false

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeVar, cast

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    FilePath,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError


class StrictModel(BaseModel):
    """The base of all configuration: unknown keys are errors, nothing changes after load,
    and no error shows what was given."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def _beside_the_file(value: object, info: ValidationInfo) -> object:
    folder: Path | None = (info.context or {}).get("folder")
    return folder / value if folder and isinstance(value, str) else value


ConfigPath = Annotated[Path, BeforeValidator(_beside_the_file)]
"""A path in a configuration: a relative one is meant from the file's own folder."""

ConfigFile = Annotated[FilePath, BeforeValidator(_beside_the_file)]
"""The same for a file that must be there."""

ModelT = TypeVar("ModelT", bound=BaseModel)


class Problem(NamedTuple):
    """One thing that is wrong in a file. Never shows the value: it may be a secret."""

    file: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.key or 'file'}: {self.message}"


class ConfigError(ValueError):
    """All that is wrong with a configuration, a problem a line."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


def load(
    model: type[ModelT], text: str, file: str, context: Mapping[str, object] | None = None
) -> ModelT:
    """The validated content of a YAML text, or ConfigError with every problem in it. `context`
    is handed to the model's validators."""
    document = parse(text, file)
    try:
        return model.model_validate(_plain(document), context=context)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        problems = [_problem(model, document, file, details) for details in found]
        raise ConfigError(sorted(set(problems), key=lambda p: p.line)) from None


def parse(text: str, file: str) -> CommentedMap:
    """The document with its line numbers; ConfigError where it is not a YAML mapping."""
    try:
        document: object = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        what = str(error.problem)
        if isinstance(error, DuplicateKeyError):
            what = "a key stands here twice"  # its own words would show both values
        raise ConfigError([Problem(file, line, "", f"not YAML: {what}")]) from None
    except YAMLError as error:
        raise ConfigError([Problem(file, 1, "", f"not YAML: {type(error).__name__}")]) from None
    except ValueError as error:  # `2026-13-45`: it looks like a date, and is none
        raise ConfigError([Problem(file, 1, "", f"a date that does not exist: {error}")]) from None
    if document is None:
        return CommentedMap()
    if not isinstance(document, CommentedMap):
        raise ConfigError([Problem(file, 1, "", "a mapping (key: value) is expected here")])
    return document


def line_of(document: object, path: Sequence[int | str]) -> int:
    """The line of the deepest part of `path` that the document has, counted from 1."""
    line, node = 1, document
    for step in path:
        if isinstance(node, CommentedMap) and step in node:
            line = cast("int", node.lc.key(step)[0]) + 1
        elif isinstance(node, CommentedSeq) and isinstance(step, int) and step < len(node):
            line = cast("int", node.lc.item(step)[0]) + 1
        else:
            continue  # a step of the model, such as a union's tag, that the file does not have
        node = cast("Any", node)[step]
    return line


def _plain(node: object) -> Any:
    """The document as plain dicts and lists, for pydantic."""
    if isinstance(node, CommentedMap):
        items = cast("dict[Any, object]", node).items()
        return {key: _plain(value) for key, value in items}
    if isinstance(node, CommentedSeq):
        return [_plain(item) for item in cast("list[object]", node)]
    return node


def _problem(
    model: type[BaseModel], document: CommentedMap, file: str, details: ErrorDetails
) -> Problem:
    path = details["loc"]
    message = details["msg"].removeprefix("Value error, ")
    if details["type"] == "extra_forbidden":
        message = "unknown key" + _suggestion(str(path[-1]), _known_keys(model))
    elif details["type"] == "missing":
        message = "is missing"
    return Problem(file, line_of(document, path), dotted(path), message)


def dotted(path: Sequence[int | str]) -> str:
    """A place in a document, as problems call it."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def _suggestion(key: str, known: set[str]) -> str:
    if key in known:
        return " here; remove it"
    near = get_close_matches(key, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else "; remove it"


def _known_keys(model: type[BaseModel]) -> set[str]:
    """Every key a model's schema knows at any depth."""
    schema = model.model_json_schema()
    shapes = [schema, *schema.get("$defs", {}).values()]
    return {key for shape in shapes for key in shape.get("properties", {})}
