"""The settings of what is told when: grouping, inhibition, maintenance, damping, storms."""

from collections import Counter
from typing import Self

from pydantic import Field, field_validator, model_validator

from alerts.desk.flapping import FlapSettings
from alerts.desk.grouping import GroupSettings
from alerts.desk.inhibition import InhibitionRule, refuse_circles
from alerts.desk.maintenance import MaintenanceWindow
from alerts.desk.silences import SilenceSettings
from alerts.desk.storm import StormSettings
from detectors.yamlfile import StrictModel


class NotificationSettings(StrictModel):
    """Whether, when, and together with what an incident is told."""

    group: GroupSettings = Field(default=GroupSettings(), description="What is told as one")
    inhibition: list[InhibitionRule] = Field(
        default=[], description="Broad incidents that mute their parts"
    )
    maintenance: list[MaintenanceWindow] = Field(
        default=[], description="Times in which certain alerts are expected"
    )
    flapping: FlapSettings = FlapSettings()
    storm: StormSettings = StormSettings()
    silences: SilenceSettings = SilenceSettings()

    @field_validator("inhibition")
    @classmethod
    def _no_circles(cls, rules: list[InhibitionRule]) -> list[InhibitionRule]:
        _require_names_once([rule.name for rule in rules])
        refuse_circles(rules)
        return rules

    @field_validator("maintenance")
    @classmethod
    def _each_once(cls, windows: list[MaintenanceWindow]) -> list[MaintenanceWindow]:
        _require_names_once([window.name for window in windows])
        return windows

    @model_validator(mode="after")
    def _wait_before_interval(self) -> Self:
        repeat = self.group.repeat_hours
        if repeat is not None and repeat * 3600 < self.group.interval_seconds:
            raise ValueError("group: repeat_hours is shorter than interval_seconds")
        return self

    def across_subprocessors(self) -> list[str]:
        """What takes incidents of several sub-processors together, which are apart over Kafka."""
        found = [] if "subprocessor" in self.group.by else ["group.by"]
        rules = [rule.name for rule in self.inhibition if "subprocessor" not in rule.equal]
        return found + [f"inhibition {name}: equal" for name in rules]


def _require_names_once(names: list[str]) -> None:
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise ValueError(f"each name once, but twice there is {', '.join(twice)}")
