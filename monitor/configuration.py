"""A configuration file with the files it names: read, and checked against each other."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from alerts.routing import RouteTree, World, faults
from detectors.policy import Policy, load_policy
from detectors.scan.tuning import Tuning
from detectors.subprocessors import Registry, load_registry
from detectors.yamlfile import ConfigError, Problem, dotted, line_of, parse
from monitor.detection import load_tuning, unworkable
from monitor.settings import NamedFiles, Settings, load_settings, named_files, read_text

LoadedT = TypeVar("LoadedT")


@dataclass(frozen=True, slots=True)
class Configuration:
    """A configuration file with the files it names, all of them valid."""

    settings: Settings
    registry: Registry
    policy: Policy
    tuning: Tuning
    folder: Path
    """The folder of the configuration file; its relative paths start there."""


def load_configuration(path: Path) -> Configuration:
    """Reads everything a run needs; ConfigError reports every problem of every file at once."""
    problems: list[Problem] = []
    settings = _attempt(lambda: load_settings(path), problems)
    files = settings.files() if settings else named_files(path)
    registry_file, policy_file = files.registry, files.policy
    registry = registry_file and _attempt(
        lambda: load_registry(read_text(registry_file, "the register"), str(registry_file)),
        problems,
    )
    policy = policy_file and _attempt(
        lambda: load_policy(read_text(policy_file, "the policy"), str(policy_file)), problems
    )
    tuning = _attempt(lambda: load_tuning(files.tuning, files.pseudonym_key), problems)
    if registry:
        problems += _strangers(registry, policy, tuning, files)
    if settings and tuning:
        problems += unworkable(settings.detection, tuning, path)
    if settings and registry and tuning:
        problems += _misrouted(settings, world_of(registry, tuning), path)
    if problems or not (settings and registry and policy and tuning):
        raise ConfigError(problems)
    return Configuration(settings, registry, policy, tuning, path.resolve().parent)


def _attempt(load: Callable[[], LoadedT], problems: list[Problem]) -> LoadedT | None:
    """What `load` gives; where it fails, its problems are added and nothing is returned."""
    try:
        return load()
    except ConfigError as error:
        problems.extend(error.problems)
        return None


def _strangers(
    registry: Registry, policy: Policy | None, tuning: Tuning | None, files: NamedFiles
) -> list[Problem]:
    """Sub-processors that the policy or the tuning speaks of and the registry does not know."""
    found: list[Problem] = []
    if policy and files.policy:
        named = [(("subprocessors", name), name) for name in policy.subprocessors]
        found += unknown_in(files.policy, registry, named)
    if tuning and files.tuning:
        found += unknown_in(files.tuning, registry, tuning.subprocessors())
    return found


def unknown_in(
    file: Path, registry: Registry, named: Iterable[tuple[Sequence[int | str], str]]
) -> list[Problem]:
    """Of the sub-processors that a file names, each after its place there, the unknown ones."""
    document = parse(read_text(file, "the file"), str(file))
    return [
        Problem(
            str(file),
            line_of(document, place),
            ".".join(map(str, place)),
            "is not in the register: add it there",
        )
        for place, name in named
        if name not in registry.subprocessors
    ]


def _misrouted(settings: Settings, world: World, path: Path) -> list[Problem]:
    """What is wrong with the routes, each with its line."""
    document = parse(read_text(path, "the configuration file"), str(path))
    sinks = [sink.name for sink in settings.sinks]
    return [
        Problem(str(path), line_of(document, place), dotted(place), problem)
        for place, problem in faults(RouteTree(settings.routing, sinks), sinks, world)
    ]


def world_of(registry: Registry, tuning: Tuning) -> World:
    """What routes can ask for."""
    owners = {one.id: one.owner for one in registry.subprocessors.values()}
    return World(owners, frozenset(tuning.taxonomy.categories))
