"""What can be configured of second opinions."""

from pydantic import Field

from detectors.yamlfile import StrictModel

Parameter = bool | int | float | str
Parameters = dict[str, Parameter | dict[str, Parameter]]


class OpinionSettings(StrictModel):
    """An anomaly model of river's."""

    model: str = Field(
        description="A class of river.anomaly",
        examples=["HalfSpaceTrees", "GaussianScorer", "PredictiveAnomalyDetection"],
    )
    parameters: Parameters = Field(
        default={},
        description="Its parameters; a model within is a mapping with `model`",
        examples=[{"n_trees": 25}, {"predictive_model": {"model": "HoltWinters", "alpha": 0.1}}],
    )
    min_ratio: float = Field(
        default=2.0, gt=1, description="And at least so many times the usual, or one in so many"
    )


class DriftSettings(StrictModel):
    """A drift detector of river's."""

    detector: str = Field(
        default="ADWIN", description="A class of river.drift", examples=["ADWIN", "PageHinkley"]
    )
    parameters: Parameters = Field(
        default={}, description="Its parameters", examples=[{"delta": 0.002}]
    )
