"""Secrets that can be told by their form: well-known beginnings, key blocks, JWTs; and random
values under a key that says "secret".

A key that may be the sender's own (`api_key`, `token`: how its SDK signs in) says nothing: what an
SDK must send is no leak.
"""

import re
from base64 import urlsafe_b64decode
from collections import Counter
from collections.abc import Iterator, Mapping
from math import log2

from detectors.decode.base import Leaf
from detectors.scan.base import Hit
from detectors.scan.cues import Cues, default_cues
from detectors.scan.pattern_data import default_patterns

_GATE = re.compile(r"[\w-]{16}|-----BEGIN|://[^\s:/@]{1,64}:")
_RANDOM = re.compile(r"[0-9A-Za-z+/_=.~-]{20,200}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_BITS = 3.2
"""Bits a sign: hex comes to 3.7 or more at 32 signs, words joined by dashes have less variety or
no digits."""


class SecretRecogniser:
    """One pass over all known beginnings; the evidence says which one."""

    name = "SecretRecogniser"
    entities = frozenset(["SECRET"])

    def __init__(self, patterns: Mapping[str, str], cues: Cues) -> None:
        self._cues = cues
        self._names = tuple(patterns)
        numbered = (f"(?P<p{n}>{pattern})" for n, pattern in enumerate(patterns.values()))
        self._search = re.compile("|".join(numbered), re.ASCII)

    def may_match(self, text: str) -> bool:
        return _GATE.search(text) is not None

    def find(self, leaf: Leaf) -> Iterator[Hit]:
        for match in self._search.finditer(leaf.text):
            name = self._names[int((match.lastgroup or "p0")[1:])]
            if name != "jwt" or is_jwt(match[0]):
                yield Hit(leaf, "SECRET", *match.span(), 1.0, f"pattern {name}")
        if self._is_kept(leaf) and is_random(leaf.text):
            yield Hit(leaf, "SECRET", 0, len(leaf.text), 0.6, "entropy")

    def _is_kept(self, leaf: Leaf) -> bool:
        """Whether the whole leaf could be a secret whose key calls it one."""
        if _RANDOM.fullmatch(leaf.text) is None:
            return False
        return "SECRET" in self._cues.of_keys(leaf.keys[-1:])


def is_jwt(text: str) -> bool:
    """Whether the first part says how the rest is signed."""
    head = text.partition(".")[0]
    try:
        decoded = urlsafe_b64decode(head + "=" * (-len(head) % 4))
    except ValueError:
        return False
    return decoded.startswith(b"{") and b'"alg"' in decoded


def is_random(text: str) -> bool:
    """Letters and digits of a variety that words do not have; a UUID names something."""
    if not any(map(str.isdigit, text)) or _UUID.fullmatch(text):
        return False
    shares = [count / len(text) for count in Counter(text).values()]
    return -sum(share * log2(share) for share in shares) > _BITS


def secret_recognisers() -> list[SecretRecogniser]:
    return [SecretRecogniser(default_patterns().secrets, default_cues())]
