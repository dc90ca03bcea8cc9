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
from detectors.scan.patterns.cues import Cues, default_cues
from detectors.scan.patterns.data import SecretForm, default_patterns

_SIGNS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/_=.~-"
_AS_SIGN = bytes.maketrans(_SIGNS, b"a" * len(_SIGNS))
_TWENTY = b"a" * 20
_DIGIT = re.compile(r"[0-9]")
_RANDOM = re.compile(r"[0-9A-Za-z+/_=.~-]{20,200}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_BITS = 3.2
"""Bits a sign: hex comes to 3.7 or more at 32 signs, words joined by dashes have less variety or
no digits."""


class SecretRecogniser:
    """One pass over all known beginnings; the evidence says which one."""

    name = "SecretRecogniser"
    entities = frozenset(["SECRET"])

    def __init__(self, forms: Mapping[str, SecretForm]) -> None:
        self._names = tuple(forms)
        self._literals = tuple(text for form in forms.values() for text in form.literals)
        numbered = (f"(?P<p{n}>{form.pattern})" for n, form in enumerate(forms.values()))
        self._search = re.compile("|".join(numbered), re.ASCII)

    def may_match(self, text: str) -> bool:
        return any(map(text.__contains__, self._literals))

    def find(self, leaf: Leaf) -> Iterator[Hit]:
        for match in self._search.finditer(leaf.text):
            name = self._names[int((match.lastgroup or "p0")[1:])]
            if name == "jwt" and not is_jwt(match[0]):
                continue
            if name == "private-key" or _DIGIT.search(match[0]) or "@" in match[0]:
                yield Hit(leaf, "SECRET", *match.span(), 1.0, f"pattern {name}")


class KeptRecogniser:
    """Random values under a key that says "secret"."""

    name = "KeptRecogniser"
    entities = frozenset(["SECRET"])

    def __init__(self, cues: Cues) -> None:
        self._cues = cues

    def may_match(self, text: str) -> bool:
        return _TWENTY in text.encode("ascii", "replace").translate(_AS_SIGN)

    def find(self, leaf: Leaf) -> Iterator[Hit]:
        if self._is_kept(leaf) and is_random(leaf.text):
            yield Hit(leaf, "SECRET", 0, len(leaf.text), 0.6, "entropy")

    def _is_kept(self, leaf: Leaf) -> bool:
        """Whether the whole leaf could be a secret whose key calls it one."""
        if "SECRET" not in self._cues.of_keys(leaf.keys[-1:]):
            return False
        return _RANDOM.fullmatch(leaf.text) is not None


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


def secret_recognisers() -> list[SecretRecogniser | KeptRecogniser]:
    return [SecretRecogniser(default_patterns().secrets), KeptRecogniser(default_cues())]
