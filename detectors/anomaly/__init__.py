"""Is this usual?"""

from detectors.anomaly.base import Model, Score
from detectors.anomaly.baseline import Baseline
from detectors.anomaly.settings import BaselineSettings

__all__ = ["Baseline", "BaselineSettings", "Model", "Score"]
