"""What is wrong with a tree of routes, each problem with its place: names that nothing has, and
routes that nothing can reach."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from alerts.routing.atoms import matched
from alerts.routing.region import Condition, Region, World, is_covered, is_empty
from alerts.routing.tree import TIME, Route, RouteTree
from detectors.rules import OURSELVES

UNLISTED = (OURSELVES, "unknown")
"""Sub-processors without an entry in the register: this program itself, and no destination."""


class Fault(NamedTuple):
    """A problem, and the keys that lead to it in the configuration."""

    place: tuple[str | int, ...]
    problem: str


def faults(tree: RouteTree, sinks: Sequence[str], world: World) -> list[Fault]:
    """Everything that is wrong, in the order of the file."""
    found = [*_of_rotations(tree, sinks)]
    known = [*sinks, *tree.rotations]
    found += _strangers(("routing", "receivers"), tree.root.own, known)
    return found + list(_of_children(tree, tree.root, (), [], known, world))


def _of_rotations(tree: RouteTree, sinks: Sequence[str]) -> Iterator[Fault]:
    for name, rotation in tree.rotations.items():
        place = ("routing", "rotations", name)
        if name in sinks:
            yield Fault(place, "a sink has this name: give the rotation another")
        yield from _strangers((*place, "members"), rotation.members, sinks)
        for number, one in enumerate(rotation.overrides):
            where = (*place, "overrides", number, "receiver")
            yield from _strangers(where, [one.receiver], sinks)


def _of_children(
    tree: RouteTree,
    parent: Route,
    region: Region,
    taken: Sequence[tuple[Route, Region]],
    known: Sequence[str],
    world: World,
) -> Iterator[Fault]:
    """Of the routes below one: `region` is what comes to it, but for what the routes before it
    and before those above it have `taken`."""
    for route in parent.children:
        here = (*region, *route.conditions)
        yield from _strangers((*route.place, "receivers"), route.own, known)
        unknown = list(_unknown_names(tree, route, world))
        yield from unknown
        # what matches nothing because of a wrong name is told once
        problem = "" if unknown else _why_unreachable(route, region, here, taken, world)
        if problem:
            yield Fault(route.place, f"{route.name} can match nothing: {problem}")
        else:
            yield from _of_children(tree, route, here, taken, known, world)
        if not route.goes_on:
            taken = [*taken, (route, here)]


def _why_unreachable(
    route: Route,
    region: Region,
    here: Region,
    taken: Sequence[tuple[Route, Region]],
    world: World,
) -> str:
    if is_empty(here, world):
        if is_empty(route.conditions, world):
            return "its own lines contradict each other; or nothing in the register is like that"
        return "it contradicts the routes above it"
    for before, its in taken:
        if is_covered(here, [its], world):
            return f"{before.title} before it takes everything; move it up, or let that `continue`"
    if is_covered(here, [its for _, its in taken], world):
        return "the routes before it take everything; move it up, or let them `continue`"
    return ""


def _unknown_names(tree: RouteTree, route: Route, world: World) -> Iterator[Fault]:
    for condition in route.conditions:
        names = [atom.text for atom in condition.atoms if not atom.open]
        if condition.label == TIME:
            key = "when" if condition.wanted else "unless"
            yield from _strangers((*route.place, key), names, list(tree.intervals), "interval")
        elif condition.label == "subprocessor":
            # those that nobody registered go by their domain or address
            plain = [name for name in names if "." not in name and ":" not in name]
            known = [*world.owners, *UNLISTED]
            yield from _strangers(_line(route, condition), plain, known, "sub-processor")
        elif condition.label == "owner":
            owners = sorted(set(world.owners.values()) - {""})
            yield from _strangers(_line(route, condition), names, owners, "owner in the register")
        elif condition.label == "category":
            matching = [one for one in world.categories if matched(condition.atoms, [one])]
            if not matching:
                yield from _strangers(
                    _line(route, condition), names, sorted(world.categories), "category"
                )


def _line(route: Route, condition: Condition) -> tuple[str | int, ...]:
    return (*route.place, "match" if condition.wanted else "except", condition.label)


def _strangers(
    place: tuple[str | int, ...],
    names: Sequence[str],
    known: Sequence[str],
    what: str = "sink or rotation",
) -> Iterator[Fault]:
    for name in dict.fromkeys(names):
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else f" (known are {', '.join(known)})"
            yield Fault(place, f"there is no {what} {name}{hint if known else ''}")
