"""The tuning file's schema."""

from datetime import date
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from detectors.scan.custom.own import Definition
from detectors.scan.custom.patterns import bounded
from detectors.yamlfile import StrictModel

Score = Annotated[float, Field(ge=0.0, le=1.0)]
Text = Annotated[str, Field(min_length=1, max_length=500)]
Region = Annotated[str, Field(pattern=r"^[a-z]{2}$")]


class CategoryThresholds(StrictModel):
    """Scores that a hit needs: of its category or the nearest one above it, else the default."""

    default: Score | None = None
    categories: dict[str, Score] = Field(default_factory=dict)


class Thresholds(CategoryThresholds):
    """The same, and for single sub-processors: these go before."""

    subprocessors: dict[str, CategoryThresholds] = Field(default_factory=dict)


class AllowedValues(StrictModel):
    """Values by any of four ways. `exact` stands in the file as it is: for values that are no
    personal data. `hashed` is for those that are. `suffix` ends a domain or an address at a dot or
    an `@`. `regex` is for the whole value."""

    exact: tuple[Text, ...] = ()
    hashed: tuple[Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")], ...] = ()
    suffix: tuple[Text, ...] = ()
    regex: tuple[Text, ...] = ()

    @field_validator("regex")
    @classmethod
    def _are_bounded(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            bounded(pattern)
        return patterns

    @model_validator(mode="after")
    def _has_some(self) -> "AllowedValues":
        if not (self.exact or self.hashed or self.suffix or self.regex):
            raise ValueError("give one of `exact`, `hashed`, `suffix` and `regex`")
        return self


class Allow(StrictModel):
    """One entry of the allow-list: who says so, why, until which day (the last one, in UTC), and
    of which hits. All conditions that are given must hold. In `paths`, `*` stands for anything."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    owner: Text
    reason: Text
    expires: date
    value: AllowedValues | None = None
    paths: tuple[Text, ...] = ()
    subprocessors: tuple[Text, ...] = ()
    categories: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _is_for_something(self) -> "Allow":
        if self.value is None and not self.paths:
            raise ValueError("say which hits: give `value` or `paths`")
        return self


class TuningFile(StrictModel):
    """A tuning file. Without `regions`, the packs of all countries are on."""

    regions: tuple[Region, ...] | None = None
    thresholds: Thresholds = Field(default_factory=Thresholds)
    allow: tuple[Allow, ...] = ()
    recognisers: tuple[Definition, ...] = ()
    presidio: dict[str, Any] | None = None
    presidio_classes: tuple[Text, ...] = ()
