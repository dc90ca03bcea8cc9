"""Libraries whose log lines may quote what they were given."""

import logging
from collections.abc import Iterable

TALKATIVE = ("presidio-analyzer", "tldextract", "httpx", "httpcore", "httpx2", "httpcore2")
"""presidio-analyzer logs the values it fails on; the others log hosts and URLs."""


def silence_libraries(more: Iterable[str] = ()) -> None:
    """Keeps their lines out of every log, and those of `more`. Personal data that a library logs
    is a leak."""
    for name in (*TALKATIVE, *more):
        logger = logging.getLogger(name)
        logger.propagate = False
        logger.handlers = [logging.NullHandler()]
