"""E-mail addresses: found from their `@` outwards, checked by the public suffix list.

Going outwards keeps the work linear: a pattern that starts at the local part takes quadratic time
on long words. The suffix list is the snapshot that is installed with tldextract, never fetched.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from detectors.decode.base import Leaf
from detectors.scan.base import Hit
from detectors.scan.patterns.data import default_patterns

_LONGEST_LOCAL, _LONGEST_DOMAIN = 64, 253
_LOCAL_BACKWARDS = re.compile(r"[\w+'’-]+(?:\.[\w+'’-]+)*")
_DOMAIN = re.compile(r"(?:\w(?:[\w-]{0,61}\w)?\.){1,8}(?:xn--[a-z0-9-]{2,59}|[^\W\d_]{2,24})\b")
_USERINFO = re.compile(r"://[^\s/@?#]*$")
_REMOTE_PATH = re.compile(r":[\w~][\w.~/-]*/|:\d+/")
_ROLE_END = re.compile(r"[+\d]")
_RESERVED: Final = frozenset(["example", "test", "invalid"])
"""Top-level domains kept for tests and examples: what is sent there has the form all the same."""
_MESSAGE_KEYS: Final = re.compile(
    r"(?:message.?id|in.?reply.?to|references|content.?id)$", re.IGNORECASE
)
SURE, ROLE = 1.0, 0.35


class EmailRecogniser:
    """Addresses of people at 1.0; those of functions (`support@`) below the threshold, with the
    evidence `role`: they are nobody's, but whoever wants them can lower it."""

    name = "EmailRecogniser"
    entities = frozenset(["EMAIL_ADDRESS"])

    def may_match(self, text: str) -> bool:
        return "@" in text

    def find(self, leaf: Leaf) -> Iterator[Hit]:
        text = leaf.text
        at = text.find("@")
        while at >= 0:
            span = _span(text, at)
            if span is not None and not _is_no_address(leaf, *span):
                role = is_role(text[span[0] : at])
                score, evidence = (ROLE, "role") if role else (SURE, "pattern")
                yield Hit(leaf, "EMAIL_ADDRESS", *span, score, evidence)
            at = text.find("@", at + 1)


def _span(text: str, at: int) -> tuple[int, int] | None:
    backwards = text[max(0, at - _LONGEST_LOCAL) : at][::-1]
    local = _LOCAL_BACKWARDS.match(backwards)
    domain = _DOMAIN.match(text, at + 1, at + 2 + _LONGEST_DOMAIN)
    if local is None or domain is None or not _is_public(domain[0]):
        return None
    name = local[0][::-1]
    bare = name.lstrip("'’-+")  # a quotation mark or a sign before the address
    return (at - len(bare), domain.end()) if bare else None


def _is_no_address(leaf: Leaf, start: int, end: int) -> bool:
    """The user of a URL (a credential or a project's key), of a repository (`git@host:a/b`), and
    the identifiers of mails."""
    text = leaf.text
    if _USERINFO.search(text, max(0, start - 300), start):
        return True
    if text.startswith(":", end) and _REMOTE_PATH.match(text, end, end + 100):
        return True
    named = leaf.keys[-1] if leaf.keys else ""
    if text.startswith(">", end) and text[start - 1 : start] == "<":
        named = named or text[max(0, start - 16) : start - 1].rstrip(": ")
        return _MESSAGE_KEYS.search(named) is not None
    return _MESSAGE_KEYS.search(named) is not None and start <= 1


def is_role(address: str) -> bool:
    """Whether an address (or its local part) is that of a function: `no-reply+7@`, `info2@`."""
    local = address.partition("@")[0].lower()
    local = local[: cut.start()] if (cut := _ROLE_END.search(local)) else local
    roles = _roles()
    return local in roles or local.split("-")[0] in roles or local.split(".")[0] in roles


@cache
def _roles() -> frozenset[str]:
    return frozenset(default_patterns().roles)


def _is_public(domain: str) -> bool:
    """Whether the domain stands below a public suffix."""
    lower = domain.lower()
    suffixes, last_labels = public_suffixes()
    return lower.rpartition(".")[2] in last_labels and lower not in suffixes


@cache
def public_suffixes() -> tuple[frozenset[str], frozenset[str]]:
    """The public suffixes, and the last labels of all of them, in Unicode and in punycode."""
    from tldextract import TLDExtract

    suffixes = TLDExtract(suffix_list_urls=(), cache_dir=None).tlds
    last = {suffix.rpartition(".")[2] for suffix in suffixes}
    encoded = {"xn--" + label.encode("punycode").decode() for label in last if not label.isascii()}
    return frozenset(suffixes), frozenset(last | encoded | _RESERVED)


def email_recognisers() -> list[EmailRecogniser]:
    return [EmailRecogniser()]
