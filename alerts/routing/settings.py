"""The tree of routes as people write it."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator

from alerts.routing.schedule import Rotation, parse_interval
from detectors.records.alert import Severity
from detectors.rules import RULES
from detectors.yamlfile import StrictModel

Label = Literal["subprocessor", "category", "severity", "service", "owner", "rule"]


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Values = Annotated[list[str], BeforeValidator(_listed), Field(min_length=1)]
"""One value or several; any of them will do. A * at the end means all that begin so."""


class Matchers(StrictModel):
    """What an alert must be like: each label that is named, with one of its values."""

    subprocessor: Values | None = Field(
        default=None, description="Ids of the register, or domains", examples=[["stripe"]]
    )
    category: Values | None = Field(
        default=None, description="With everything below it", examples=[["user.health"]]
    )
    severity: Annotated[list[Severity], BeforeValidator(_listed), Field(min_length=1)] | None = (
        Field(default=None, examples=[["high", "critical"]])
    )
    service: Values | None = Field(
        default=None, description="The sending services", examples=[["checkout", "billing-*"]]
    )
    owner: Values | None = Field(
        default=None, description="Who owns the sub-processor, by the register"
    )
    rule: Values | None = Field(default=None, examples=[["pii-in-url"]])

    @field_validator("rule")
    @classmethod
    def _known_rules(cls, value: list[str] | None) -> list[str] | None:
        strangers = [one for one in value or [] if one not in RULES and not one.endswith("*")]
        if strangers:
            known = ", ".join(RULES)
            raise ValueError(f"there is no rule {', '.join(strangers)}; the rules are {known}")
        return value

    def given(self) -> dict[Label, list[str]]:
        """The labels that are named, with their values."""
        return {name: values for name, values in self if values is not None}  # pyright: ignore[reportReturnType] - the members are the labels


class RouteSettings(StrictModel):
    """One node. The first of its children that matches takes the alert, and others too where that
    one says `continue`; where none does, its own receivers are told."""

    name: str = Field(
        default="",
        pattern=r"^[\w .:/+-]*$",
        max_length=64,
        description="What messages and `routes test` call it; else what it matches",
        examples=["payments"],
    )
    match: Matchers = Field(default=Matchers(), description="What an alert must be like")
    but_not: Matchers = Field(
        default=Matchers(),
        alias="except",
        description="What it must not be like: one of these values is enough to pass it by",
    )
    when: Values | None = Field(
        default=None, description="Only in one of these intervals", examples=[["office"]]
    )
    unless: Values | None = Field(default=None, description="In none of these intervals")
    receivers: list[str] | None = Field(
        default=None,
        min_length=1,
        description="Sinks and rotations; else those of the node above",
        examples=[["on-call", "mail"]],
    )
    go_on: bool = Field(
        default=False, alias="continue", description="Try the routes after it as well"
    )
    routes: list["RouteSettings"] = Field(default=[], description="Its children, in order")


class RoutingSettings(StrictModel):
    """Whom an alert is told."""

    receivers: list[str] | None = Field(
        default=None,
        min_length=1,
        description="Who is told where no route matches; else all sinks",
        examples=[["mail"]],
    )
    intervals: dict[str, Values] = Field(
        default={},
        description="Hours by name, each a line or several",
        examples=[{"office": "weekdays 08:00-18:00 Europe/Berlin"}],
    )
    rotations: dict[str, Rotation] = Field(default={}, description="Sinks that take turns, by name")
    routes: list[RouteSettings] = Field(default=[], description="The routes, in order")

    @field_validator("intervals")
    @classmethod
    def _readable(cls, value: dict[str, list[str]]) -> dict[str, list[str]]:
        for name, lines in value.items():
            for line in lines:
                try:
                    parse_interval(line)
                except ValueError as error:
                    raise ValueError(f"{name}: {error}") from None
        return value
