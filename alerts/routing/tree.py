"""The tree of routes: which receivers an alert has at a moment, and why.

From the top down: a route that matches hands the alert to its children, in order. The first child
that matches takes it, and the next ones too where that child says `continue`. A route none of whose
children matches tells its own receivers. Outside its hours a route does not match.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from alerts.messages import Receiver
from alerts.routing.atoms import plain_atoms, tree_atoms
from alerts.routing.region import Condition, OwnerOf, Region
from alerts.routing.schedule import Interval, Rotation, parse_interval
from alerts.routing.settings import Matchers, RouteSettings, RoutingSettings
from detectors.records import Alert

TIME = "time"
"""What conditions on intervals are about, beside the labels of alerts."""
ROOT = "default"
"""What the top of the tree is called."""


@dataclass(frozen=True, slots=True)
class Route:
    """One node, with what it inherits. `place` is where it stands in the configuration, and
    `described` says in words what it matches."""

    path: tuple[str, ...]
    place: tuple[str | int, ...]
    described: str
    conditions: Region
    receivers: tuple[str, ...]
    own: tuple[str, ...]
    """Of them, those that it names itself."""
    goes_on: bool
    children: tuple["Route", ...]

    @property
    def name(self) -> str:
        return self.path[-1]

    @property
    def title(self) -> str:
        """Its name with those above it."""
        return " > ".join(self.path)


class Step(NamedTuple):
    """What became of one node. `told`: its receivers are, since it is the last that matched on its
    way. `reason` says what did not hold, or what did."""

    route: Route
    matched: bool
    told: tuple[str, ...]
    reason: str


Facts = Mapping[str, Sequence[str]]
"""The labels of an alert, and the intervals that hold, each with its values."""


def facts_of(alert: Alert, owner_of: OwnerOf) -> dict[str, Sequence[str]]:
    """What routes can ask of an alert."""
    owner = owner_of(alert.subprocessor)
    return {
        "subprocessor": [alert.subprocessor],
        "category": alert.categories,
        "severity": [alert.severity],
        "service": alert.services,
        "owner": [owner] if owner else [],
        "rule": [alert.rule],
    }


class RouteTree:
    """Pure: the same alert at the same moment has the same receivers."""

    def __init__(self, settings: RoutingSettings, sinks: Sequence[str]) -> None:
        """`sinks` are the names of all that are configured, in order."""
        self.intervals: dict[str, list[Interval]] = {
            name: [parse_interval(line) for line in lines]
            for name, lines in settings.intervals.items()
        }
        self.rotations: dict[str, Rotation] = dict(settings.rotations)
        self.sinks = tuple(sinks)
        receivers = tuple(sinks if settings.receivers is None else settings.receivers)
        self.root = Route(
            path=(ROOT,),
            place=("routing",),
            described="",
            conditions=(),
            receivers=receivers,
            own=tuple(settings.receivers or ()),
            goes_on=False,
            children=_children(settings.routes, (), ("routing",), receivers),
        )

    def receivers(self, alert: Alert, owner_of: OwnerOf, moment: datetime) -> tuple[Receiver, ...]:
        """Each sink once, with the first route that names it."""
        found: dict[str, Receiver] = {}
        for step in self.explain(alert, owner_of, moment):
            for sink in step.told:
                # the top of the tree is no route of anybody's
                title = step.route.title if step.route is not self.root else ""
                found.setdefault(sink, Receiver(sink=sink, route=title))
        return tuple(found.values())

    def explain(self, alert: Alert, owner_of: OwnerOf, moment: datetime) -> list[Step]:
        """Every node, in the order of the tree; of one that does not match also those below it."""
        facts = {**facts_of(alert, owner_of), TIME: self.at(moment)}
        return list(_visit(self.root, facts, lambda name: self.sink(name, moment)))

    def at(self, moment: datetime) -> list[str]:
        """The intervals that hold at a moment."""
        return [
            name
            for name, lines in self.intervals.items()
            if any(one.holds(moment) for one in lines)
        ]

    def sink(self, receiver: str, moment: datetime) -> str:
        """The sink behind a receiver: itself, or the one whose turn it is."""
        rotation = self.rotations.get(receiver)
        return rotation.on_call(moment) if rotation else receiver


def _children(
    routes: Sequence[RouteSettings],
    path: tuple[str, ...],
    place: tuple[str | int, ...],
    inherited: tuple[str, ...],
) -> tuple[Route, ...]:
    return tuple(
        _route(one, path, (*place, "routes", number), inherited)
        for number, one in enumerate(routes)
    )


def _route(
    settings: RouteSettings,
    above: tuple[str, ...],
    place: tuple[str | int, ...],
    inherited: tuple[str, ...],
) -> Route:
    conditions = tuple(_conditions(settings))
    path = (*above, settings.name or _described(settings))
    receivers = inherited if settings.receivers is None else tuple(settings.receivers)
    return Route(
        path=path,
        place=place,
        described=_described(settings),
        conditions=conditions,
        receivers=receivers,
        own=tuple(settings.receivers or ()),
        goes_on=settings.go_on,
        children=_children(settings.routes, path, place, receivers),
    )


def _conditions(settings: RouteSettings) -> Iterator[Condition]:
    yield from _of_labels(settings.match, wanted=True)
    yield from _of_labels(settings.but_not, wanted=False)
    if settings.when is not None:
        yield Condition(TIME, plain_atoms(settings.when))
    if settings.unless is not None:
        yield Condition(TIME, plain_atoms(settings.unless), wanted=False)


def _of_labels(matchers: Matchers, *, wanted: bool) -> Iterator[Condition]:
    for label, values in matchers.given().items():
        atoms = tree_atoms(values) if label == "category" else plain_atoms(values)
        yield Condition(label, atoms, wanted)


def _described(settings: RouteSettings) -> str:
    """A name for a route that has none: what it matches."""
    given = [(label, "=", values) for label, values in settings.match.given().items()]
    given += [(label, "!=", values) for label, values in settings.but_not.given().items()]
    given += [("when", " ", settings.when)] if settings.when else []
    given += [("unless", " ", settings.unless)] if settings.unless else []
    return ", ".join(f"{label}{sign}{'|'.join(v)}" for label, sign, v in given) or "any alert"


def _visit(route: Route, facts: Facts, sink: Callable[[str], str]) -> Iterator[Step]:
    failed = next((one for one in route.conditions if not one.holds(facts[one.label])), None)
    if failed is not None:
        yield from _passed_by(route, _why_not(failed, facts))
        return
    below: list[Step] = []
    taker: Route | None = None
    for child in route.children:
        if taker is not None and not taker.goes_on:
            below += _passed_by(child, f"{taker.name} took it, and does not continue")
            continue
        steps = list(_visit(child, facts, sink))
        below += steps
        taker = child if steps[0].matched else taker
    told = () if taker is not None else tuple(dict.fromkeys(map(sink, route.receivers)))
    yield Step(route, True, told, _why(route, facts, taker))
    yield from below


def _passed_by(route: Route, reason: str) -> Iterator[Step]:
    yield Step(route, False, (), reason)
    for child in route.children:
        yield from _passed_by(child, f"{route.name} does not match")


def _why(route: Route, facts: Facts, taker: Route | None) -> str:
    held = [f"{one.label} {_values(facts[one.label])}" for one in route.conditions]
    because = ", ".join(dict.fromkeys(held)) or "matches every alert"
    if taker is not None:
        return f"{because}; a route below it takes it"
    return f"{because}; none below it matches" if route.children else because


def _why_not(condition: Condition, facts: Facts) -> str:
    """What a condition asks, against what there is."""
    asked = sorted(atom.text + ("*" if atom.open else "") for atom in condition.atoms)
    if condition.label == "category":
        asked = [text for text in asked if not text.endswith(".*")]
    wants = " or ".join(asked)
    verb = "is" if condition.wanted else "must not be"
    values = _values(facts[condition.label])
    if condition.wanted:
        return f"{condition.label} is {values}, not {wants}"
    return f"{condition.label} {verb} {wants}, and is {values}"


def _values(values: Sequence[str]) -> str:
    shown = ", ".join(values[:5])
    more = f" and {len(values) - 5} more" if len(values) > 5 else ""
    return shown + more if values else "none"
