"""What may go where: the policy, and which of its rules a flow breaks."""

from detectors.policy.judge import judge
from detectors.policy.model import Policy, load_policy

__all__ = ["Policy", "judge", "load_policy"]
