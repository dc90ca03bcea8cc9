"""Host names: their registrable domain by the public suffix list, and what of them may be stored.

The list is the snapshot inside tldextract: it is never fetched, since the core does no I/O and a
detector must give the same answer on every machine.
"""

import re
from functools import lru_cache

from tldextract import TLDExtract

_extract = TLDExtract(suffix_list_urls=(), cache_dir=None)

_HOST = re.compile(r"[\w.:-]{1,253}")
_DATA_LABEL = re.compile(r"\d{4}|.{33}|%|@")
"""Labels that look like an account or a person rather than a machine."""


def normalise(host: str) -> str:
    """Lower case, without the root's dot, port brackets and white space."""
    return host.strip().strip("[]").rstrip(".").lower()


@lru_cache(maxsize=20_000)
def registrable(host: str) -> str:
    """The registrable domain (`example.co.uk` of `a.b.example.co.uk`), else the host itself.

    As the list's algorithm says, an unlisted top-level domain is a public suffix (rule `*`).
    """
    found = _extract(host)
    if found.suffix or found.ipv4 or found.ipv6:
        return found.top_domain_under_public_suffix or host
    return ".".join(host.split(".")[-2:])


def is_public_suffix(domain: str) -> bool:
    """True for `com` or `co.uk`, which belong to nobody."""
    found = _extract(domain)
    return bool(found.suffix) and not found.domain


def is_host_name(host: str) -> bool:
    """Whether this may be a machine's name. One label that looks like data is none: senders put
    anything into fields."""
    if _HOST.fullmatch(host) is None:
        return False
    return "." in host or ":" in host or _DATA_LABEL.search(host) is None


def storable(host: str) -> str:
    """The host with `*` for labels that may be data, such as `tel-4915112345.example.com`."""
    base = registrable(host)
    if host == base:
        return host
    labels = host.removesuffix(base).rstrip(".").split(".")
    return ".".join([*("*" if _DATA_LABEL.search(label) else label for label in labels), base])
