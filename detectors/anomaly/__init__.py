"""Is this usual? Rolling baselines for each key, and exact rules for what was never seen."""

from detectors.anomaly.base import Model, Score
from detectors.anomaly.baseline import Baseline, BaselineSettings

__all__ = ["Baseline", "BaselineSettings", "Model", "Score"]
