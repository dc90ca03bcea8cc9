"""Keyed pseudonyms of personal values: equal values give equal numbers, nobody else can tell which.

HMAC-SHA-256 (RFC 2104) over data category and normalised value, cut to 63 bits: enough for
sketches of billions, and a plain integer for them. Without the key, guessing values does not help.
"""

import hmac
import re
import unicodedata

_NOT_DIGITS = re.compile(r"\D")
_PUNCTUATION = re.compile(r"[\s\-./()]")

MIN_KEY_BYTES = 32


class Pseudonymiser:
    """Pseudonyms under one key. The key never shows in a repr; `key_id` may be stored."""

    def __init__(self, key: bytes, key_id: str) -> None:
        if len(key) < MIN_KEY_BYTES:
            raise ValueError(f"a pseudonym key needs {MIN_KEY_BYTES} bytes, this has {len(key)}")
        self._mac = hmac.new(key, digestmod="sha256")
        self.key_id = key_id

    def __repr__(self) -> str:
        return f"<Pseudonymiser {self.key_id}>"

    def of(self, category: str, value: str) -> int:
        """The 63-bit pseudonym of a value of a data category."""
        mac = self._mac.copy()
        mac.update(f"{category}\0{normalise(category, value)}".encode("utf-8", "surrogatepass"))
        return int.from_bytes(mac.digest()[:8]) >> 1

    def text(self, category: str, value: str) -> str:
        """The pseudonym as 16 hexadecimal digits, for fields such as ECS `user.hash`."""
        return f"{self.of(category, value):016x}"


def normalise(category: str, value: str) -> str:
    """One spelling for one value: `Jane@X.com ` is `jane@x.com`, `+1 (555) 01` is `155501`."""
    text = unicodedata.normalize("NFKC", value).strip().casefold()
    if category.endswith("phone_number"):
        return _NOT_DIGITS.sub("", text).removeprefix("00")
    if "financial" in category or "government_id" in category or "payment" in category:
        return _PUNCTUATION.sub("", text)
    return text
