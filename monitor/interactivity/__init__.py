"""Answers from where alerts are read: the buttons of chat messages, as commands of analysts."""

from monitor.interactivity.server import InteractivityServer, InteractivitySettings

__all__ = ["InteractivityServer", "InteractivitySettings"]
