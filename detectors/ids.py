"""Deterministic identifiers: the same input gives the same id, so that redelivery overwrites."""

from hashlib import blake2b


def stable_id(*parts: str | int) -> str:
    """32 hexadecimal digits from the parts; ("a", "bc") and ("ab", "c") differ."""
    digest = blake2b(digest_size=16)
    for part in parts:
        data = str(part).encode()
        digest.update(b"%d:" % len(data))
        digest.update(data)
    return digest.hexdigest()
