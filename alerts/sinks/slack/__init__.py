"""Slack: an app that keeps one message an incident up to date, or a plain incoming webhook."""

from alerts.sinks.slack.config import SlackConfig

__all__ = ["SlackConfig"]
