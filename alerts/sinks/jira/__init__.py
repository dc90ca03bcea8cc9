"""Jira: one issue an incident, its changes as comments."""

from alerts.sinks.jira.config import JiraConfig

__all__ = ["JiraConfig"]
