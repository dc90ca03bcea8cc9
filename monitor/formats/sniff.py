"""Which line format a file or a stream has, by its first line."""

import re

# In a JSON string the quotes would be escaped, so this is the member itself.
_TRAFFIC = re.compile(rb'"body_b64"\s*:')


def sniff(head: bytes) -> str:
    """The format's name by the first line that is not blank, or by the beginning of it."""
    first = head.lstrip().partition(b"\n")[0]
    return "traffic" if _TRAFFIC.search(first) else "ecs"
