"""User names in lines of logs whose form is a standard."""

import re
from collections.abc import Iterator

from detectors.scan.base import Hit
from detectors.scan.keys import shapes
from detectors.scan.prose.segments import Prose

_LINES = (
    # the common log format of web servers: host, identity, user, [time]
    re.compile(r"(?:^|\n)[\w.:-]{2,64} [\w.-]{1,32} (?P<user>[^\s\[\]]{2,40}) \[\d\d/\w{3}/"),
    re.compile(
        r"\b(?:Accepted|Failed) \w{4,12} for (?:invalid user )?(?P<user>[\w.-]{2,40}) from "
    ),
    re.compile(r"\b[Ss]ession opened for user (?P<user>[\w.-]{2,40})"),
    re.compile(
        r"\b[Uu]ser (?P<user>[a-z]{3,30}(?:[._-]?[0-9]{1,6}|[._][a-z]{2,20}[0-9]{0,4}))"
        r",? (?:from|logged|signed|failed|has|was|is|did|could|tried|created|updated|deleted|not"
        r"|on|at)\b"
    ),
    re.compile(r"\b[Uu]ser [\"'](?P<user>[\w.@+-]{3,40})[\"']"),
)
_HINTS = ("[", " for ", "ser ")


def users(prose: Prose) -> Iterator[Hit]:
    """A hit for each user that a line of a log names."""
    text = prose.leaf.text
    if not any(hint in text for hint in _HINTS):
        return
    for pattern in _LINES:
        for found in pattern.finditer(text):
            if shapes.username(found.group("user")):
                yield Hit(prose.leaf, "USERNAME", *found.span("user"), 0.7, "log-line")
