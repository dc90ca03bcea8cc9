"""Sets of alerts, by what routes ask of them: enough to tell routes that nothing can reach.

An alert has one severity, rule and sub-processor, whose owner the register knows; it has any
number of categories and services. A moment is in any number of intervals.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from alerts.routing.atoms import FRESH, Atoms, matched
from alerts.severity import LEVELS
from detectors.rules import RULES


class Condition(NamedTuple):
    """One line of a matcher: of this label's values one is (or `wanted` false: none is) among the
    atoms."""

    label: str
    atoms: Atoms
    wanted: bool = True

    def holds(self, values: Sequence[str]) -> bool:
        return matched(self.atoms, values) is self.wanted

    @property
    def opposite(self) -> "Condition":
        return self._replace(wanted=not self.wanted)


OwnerOf = Callable[[str], str]
"""The owner of a sub-processor; empty where there is none."""


@dataclass(frozen=True, slots=True)
class World:
    """What the register knows, the owner of each of its sub-processors; and all categories."""

    owners: dict[str, str]
    categories: frozenset[str] = frozenset()

    def owner(self, subprocessor: str) -> str:
        return self.owners.get(subprocessor, "")


Region = tuple[Condition, ...]
"""The alerts for which all the conditions hold."""


def is_empty(region: Region, world: World) -> bool:
    """Whether no alert can be like that."""
    several = {one.label for one in region} - {"severity", "rule", "subprocessor", "owner"}
    return (
        any(_none_of_several(_of(region, label)) for label in several)
        or not any(_all_hold(_of(region, "severity"), level) for level in LEVELS)
        or not any(_all_hold(_of(region, "rule"), rule) for rule in RULES)
        or not any(_vendor_fits(region, name, world) for name in _vendors(region, world))
    )


def is_covered(region: Region, others: Sequence[Region], world: World) -> bool:
    """Whether every alert of the region is in one of the others."""
    if is_empty(region, world):
        return True
    near = [other for other in others if not is_empty((*region, *other), world)]
    if not near:
        return False
    first, *rest = near
    return all(is_covered((*region, *piece), rest, world) for piece in _outside(first))


def _outside(region: Region) -> Iterator[Region]:
    """What is not in a region, in pieces that do not overlap."""
    for number, condition in enumerate(region):
        yield (*region[:number], condition.opposite)


def _of(region: Region, label: str) -> list[Condition]:
    return [one for one in region if one.label == label]


def _all_hold(conditions: Sequence[Condition], *values: str) -> bool:
    return all(one.holds(values) for one in conditions)


def _none_of_several(conditions: Sequence[Condition]) -> bool:
    """Where one alert may have many values, only what is forbidden as a whole is missing."""
    forbidden = [atom for one in conditions if not one.wanted for atom in one.atoms]
    return any(
        all(any(not_this.covers(atom) for not_this in forbidden) for atom in one.atoms)
        for one in conditions
        if one.wanted
    )


def _vendors(region: Region, world: World) -> Iterator[str]:
    """Sub-processors that stand for all there can be."""
    yield from world.owners
    yield FRESH
    for one in _of(region, "subprocessor"):
        yield from (atom.example for atom in one.atoms)


def _vendor_fits(region: Region, subprocessor: str, world: World) -> bool:
    owner = world.owner(subprocessor)
    return _all_hold(_of(region, "subprocessor"), subprocessor) and _all_hold(
        _of(region, "owner"), *([owner] if owner else [])
    )
