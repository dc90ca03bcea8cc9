"""Second opinions: river's anomaly models and drift detectors, by configuration.

They look at one number, the values of personal data that a sub-processor got in an hour, beside
the baselines and not in their place: on counts they are slower and less sure (see
tests/bench/anomaly). River's own state does not survive its upgrades; ours is the observations
themselves (`history`), and a model is what replaying them makes. So a model that is loaded is the
model that was stored, whatever happened to river, and another model can be configured at any time:
it starts with what the former one had seen.

    settings   what can be configured
    history    observed hours, versioned, bounded
    river      configuration into river's objects; the extra is imported here alone, when needed
    model      an anomaly model behind `Model`
    drift      a drift detector over hours compared with a week before
    panel      both, for all sub-processors: what the baseline stage calls
"""

from detectors.anomaly.opinion.panel import Panel
from detectors.anomaly.opinion.settings import DriftSettings, OpinionSettings

__all__ = ["DriftSettings", "OpinionSettings", "Panel"]
