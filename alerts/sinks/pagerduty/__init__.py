"""PagerDuty: one incident there for each of ours, through the Events API v2."""

from alerts.sinks.pagerduty.config import PagerDutyConfig

__all__ = ["PagerDutyConfig"]
