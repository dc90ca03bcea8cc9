"""Inhibition: a broad incident mutes its parts, as long as it is open.

A rule says which incidents mute (`source`), which are muted (`target`), and in which labels both
must agree. Rules must not go in a circle: two incidents that mute each other would never be told.
"""

from collections import defaultdict
from collections.abc import Sequence

from pydantic import Field, field_validator

from alerts.desk.labels import SINGLE, Labels, require_labels
from alerts.desk.matchers import MatcherText, all_fit, contradict, parse_matchers
from detectors.yamlfile import StrictModel


class InhibitionRule(StrictModel):
    """While an incident that fits `source` is open, those that fit `target` are not told."""

    name: str = Field(pattern=r"^[A-Za-z0-9._-]{1,64}$", examples=["unregistered-says-it-all"])
    source: list[MatcherText] = Field(examples=[["rule=unregistered-subprocessor"]])
    target: list[MatcherText] = Field(examples=[["rule=~new-category|volume-high"]])
    equal: list[str] = Field(
        default=["subprocessor"],
        description="Labels in which both agree: any of " + ", ".join(SINGLE),
    )

    @field_validator("source", "target")
    @classmethod
    def _can_fit(cls, matchers: list[str]) -> list[str]:
        parse_matchers(matchers)
        return matchers

    @field_validator("equal")
    @classmethod
    def _known_labels(cls, equal: list[str]) -> list[str]:
        return require_labels(equal, SINGLE)

    def feeds(self, other: "InhibitionRule") -> bool:
        """Whether an incident that this rule mutes may be one that mutes by the other."""
        return not contradict(parse_matchers([*self.target]) + parse_matchers([*other.source]))


def refuse_circles(rules: Sequence[InhibitionRule]) -> None:
    """ValueError that names the rules of a circle, if there is one."""
    following = {rule.name: [other.name for other in rules if rule.feeds(other)] for rule in rules}
    for start in following:
        path = _back_to(start, following)
        if path:
            circle = " -> ".join(path)
            raise ValueError(
                f"inhibition goes in a circle: {circle}; of two incidents that mute each other "
                "nobody would be told: let each rule's `source` exclude what a rule's `target` fits"
            )


def _back_to(start: str, following: dict[str, list[str]]) -> list[str]:
    """A way from a rule back to itself, or nothing."""
    ways = [[start]]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        for name in following[way[-1]]:
            if name == start:
                return [*way, name]
            if name not in seen:
                seen.add(name)
                ways.append([*way, name])
    return []


class Inhibitions:
    """Which open incidents mute which others."""

    def __init__(self, rules: Sequence[InhibitionRule]) -> None:
        self._rules = [
            (parse_matchers(rule.source), parse_matchers(rule.target), tuple(rule.equal))
            for rule in rules
        ]
        self._sources: dict[tuple[int, tuple[str, ...]], dict[str, None]] = defaultdict(dict)
        self._placed: dict[str, list[tuple[int, tuple[str, ...]]]] = {}

    def note(self, alert_id: str, labels: Labels) -> bool:
        """An open incident, as it is now; whether it may have muted others and no longer does."""
        places = [
            (number, _agreed(equal, labels))
            for number, (source, _, equal) in enumerate(self._rules)
            if all_fit(source, labels)
        ]
        if places == self._placed.get(alert_id, []):
            return False
        left = self.forget(alert_id)
        if places:
            self._placed[alert_id] = places
        for place in places:
            self._sources[place][alert_id] = None
        return left

    def forget(self, alert_id: str) -> bool:
        """An incident is no longer open; whether it may have muted others."""
        places = self._placed.pop(alert_id, [])
        for place in places:
            del self._sources[place][alert_id]
            if not self._sources[place]:
                del self._sources[place]
        return bool(places)

    def muting(self, labels: Labels) -> list[str]:
        """Ids of open incidents that mute one with these labels; one for each rule."""
        found: list[str] = []
        for number, (_, target, equal) in enumerate(self._rules):
            sources = self._sources.get((number, _agreed(equal, labels)))
            if sources and all_fit(target, labels):
                found.append(next(iter(sources)))
        return found


def _agreed(equal: tuple[str, ...], labels: Labels) -> tuple[str, ...]:
    return tuple(labels[name][0] for name in equal)
