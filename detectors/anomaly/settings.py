"""When a number is called unusual: what can be configured of the baselines."""

from pydantic import Field

from detectors.anomaly.counterpart.settings import CounterpartSettings
from detectors.anomaly.opinion.settings import DriftSettings, OpinionSettings
from detectors.yamlfile import StrictModel


class BaselineSettings(StrictModel):
    """How many false alarms are bearable, and what is too small to speak of."""

    false_alarms_a_week: float = Field(
        default=0.01, gt=0, le=10, description="False alarms of one key in a week, at most"
    )
    incidents_a_day: float = Field(
        default=5.0,
        gt=0,
        description="New incidents of the whole fleet in a day: above it, bars rise by themselves",
    )
    min_ratio: float = Field(default=2.0, gt=1, description="And at least so many times the usual")
    min_count: int = Field(default=20, ge=1, description="And at least so many")
    learning_days: float = Field(
        default=3.0, gt=0, description="Before a category, destination or service counts as new"
    )
    field_learning_days: float = Field(
        default=7.0, gt=0, description="Before a field path counts as new"
    )
    max_keys: int = Field(
        default=100_000, ge=1, description="Keys with a baseline: then the longest unseen one goes"
    )
    counterpart: CounterpartSettings = CounterpartSettings()
    second_opinion: OpinionSettings | None = Field(
        default=None, description="A model of river's beside ours, for every sub-processor"
    )
    drift: DriftSettings | None = Field(
        default=None, description="A drift detector of river's, for every sub-processor"
    )
